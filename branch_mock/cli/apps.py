"""`branch-mock apps`."""

import click

from branch_mock.cli.remote import Server, given, json_text, verb

_COLUMNS = ("id", "branch_key", "branch_secret", "app_name", "default_short_url_domain")


@click.group()
def apps() -> None:
    """Apps: the tenants of the emulator."""


@apps.command("list")
@verb
def list_(server: Server) -> None:
    """Show every app, with its key and secret."""
    server.show(server.call("GET", "/_mock/apps"), _COLUMNS)


@apps.command("mint")
@click.option("--test", is_flag=True, help="With a key_test_… key.")
@click.option("--profile", help="documented or observed, with ,flag=value overrides.")
@click.option("--config", type=json_text, metavar="JSON", help="Its configuration, as JSON.")
@verb
def mint(server: Server, *, test: bool, profile: str | None, config: object) -> None:
    """Make an app with everything of its own."""
    sent = given(live=not test, profile=profile, config=config)
    app = server.call("POST", "/_mock/apps", sent)
    lines = (f"{name:6}  {app['branch_' + name]}" for name in ("key", "secret"))
    server.say("\n".join(lines), app)
