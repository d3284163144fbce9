"""A process that does nothing but serve one emulator, as `branch-mock serve` does."""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from importlib import import_module
from signal import Signals
from threading import Thread

from branch_mock.branch import Branch
from branch_mock.doors import Doors
from branch_mock.emulator import Emulator
from branch_mock.responder import compile_schemas
from branch_mock.settings import Settings
from branch_mock.state_files import begin, end

_COLLECT_AFTER = 50_000
"""Objects after which the process looks for garbage: what an emulator remembers has no cycles."""

_TURN = 0.0005
"""Seconds that a thread beside the loop may keep it waiting: one that writes export files, say."""


async def run_server(
    settings: Settings,
    *,
    announce: Callable[[Branch, Doors], None],
    signals: Iterable[Signals],
) -> None:
    """Serve until one of `signals` comes. Seeds load while health is answered already.

    `announce` is told where it listens once calls can be answered. Raises SettingsError and
    SeedError.
    """
    sys.setswitchinterval(_TURN)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    settings.token()
    branch = Branch(settings)
    doors = Doors(Emulator(branch))
    await doors.open()
    planted, stopped = _plant_aside(branch), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((planted, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            planted.result()
            announce(branch, doors)
            await asyncio.gather(stopped, _settle(stop))
    finally:
        planted.cancel()
        stopped.cancel()
        await doors.close()
        end(branch)


async def _settle(stop: asyncio.Event) -> None:
    """Do what nobody has to wait for, between calls, unless the process is to stop."""
    for _ in compile_schemas():
        if stop.is_set():
            return
        await asyncio.sleep(0)
    aside = Thread(target=import_module, args=("jsonschema",), name="branch_mock", daemon=True)
    aside.start()  # else the first call that is refused waits for it; nobody waits for it here
    gc.freeze()  # modules, schemas and seeds stay: the collector need not look at them again
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    gc.enable()


def _plant_aside(branch: Branch) -> "asyncio.Future[None]":
    """Load seeds in a thread that does not keep the process from ending."""
    planted: Future[None] = Future()
    planted.set_running_or_notify_cancel()

    def run() -> None:
        try:
            begin(branch)
        except Exception as error:  # noqa: BLE001 - raised where the future is awaited
            planted.set_exception(error)
        else:
            planted.set_result(None)

    Thread(target=run, name="branch_mock seeds", daemon=True).start()
    return asyncio.wrap_future(planted)
