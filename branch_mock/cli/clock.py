"""`branch-mock clock`."""

from typing import Any

import click

from branch_mock.cli.remote import Server, verb


@click.group(invoke_without_command=True)
@click.pass_context
def clock(context: click.Context) -> None:
    """The emulated time; without a verb it is shown."""
    if context.invoked_subcommand is None:
        with show.make_context("show", [], parent=context) as shown:
            show.invoke(shown)


@clock.command("show")
@verb
def show(server: Server) -> None:
    """What time is it?"""
    _tell(server, server.call("GET", "/_mock/clock"))


@clock.command("freeze")
@click.argument("at", required=False)
@verb
def freeze(server: Server, at: str | None) -> None:
    """Stand still, now or at a moment: ISO 8601, UTC without an offset."""
    _change(server, freeze=at or True)


@clock.command("set")
@click.argument("at")
@verb
def set_(server: Server, at: str) -> None:
    """Jump to a moment: ISO 8601, UTC without an offset."""
    _change(server, set=at)


@clock.command("advance", context_settings={"ignore_unknown_options": True})
@click.argument("seconds", type=float)
@verb
def advance(server: Server, seconds: float) -> None:
    """Move on by seconds; negative moves back."""
    _change(server, advance=seconds)


@clock.command("resume")
@verb
def resume(server: Server) -> None:
    """Run on from the present moment."""
    _change(server, resume=True)


def _change(server: Server, **verb_and_value: Any) -> None:
    _tell(server, server.call("POST", "/_mock/clock", verb_and_value))


def _tell(server: Server, view: dict[str, Any]) -> None:
    lines = [f"{view['now']} {'frozen' if view['frozen'] else 'running'}"]
    lines += [f"  {item['date']} {item['what']}" for item in view.get("happened", [])]
    server.say("\n".join(lines), view)
