"""`branch-mock simulate`."""

import json

import click

from branch_mock.cli.remote import Server, verb


@click.command()
@click.argument("what", metavar="VERB")
@click.argument("fields", metavar="[NAME=VALUE]...", nargs=-1)
@verb
def simulate(server: Server, what: str, fields: tuple[str, ...]) -> None:
    """Do what a device or user would do: click, open, install, event, referral.

    \b
    branch-mock simulate click url=http://127.0.0.1:8080/test-link device=pixel
    branch-mock simulate install device=iphone identity=ann
    branch-mock simulate event event=purchase identity=ann 'metadata={"sku":1}'
    branch-mock simulate referral referrer=ann referred=ben

    A value that is JSON is sent as such, any other as a text. /_mock/docs tells every field.
    """
    told = server.call("POST", f"/_mock/simulate/{what}", dict(map(_field, fields)))
    server.say("\n".join(f"{name}: {_shown(value)}" for name, value in told.items()), told)


def _field(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"expected NAME=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
