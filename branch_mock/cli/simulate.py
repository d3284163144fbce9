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

    A value that is JSON is sent as such, any other as a text: identity=ann metadata={"sku":1}
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
