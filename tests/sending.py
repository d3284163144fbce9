"""Sends webhooks in tests: rules that call, events that trigger, names that lead anywhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from branch_mock import Branch
from branch_mock.domain.webhooks import Delivery
from branch_mock.webhooks import Sender


def make(branch: Branch, url: str, event: str = "buy", **fields: Any) -> None:
    branch.rules.create(
        branch.apps.default,
        event=event,
        type="web_hook",
        calculation_type=fields.get("calculation_type", 0),
        location=fields.get("location", 0),
        metadata={"web_hook_url": url},
    )


def report(branch: Branch, identity: str = "ann", name: str = "buy", **metadata: Any) -> None:
    branch.events.create(branch.apps.default, name, identity=identity, metadata=metadata)


@asynccontextmanager
async def sending(
    branch: Branch,
    *,
    resolver: AbstractResolver | None = None,
    timeout: float = 5,  # noqa: ASYNC109
) -> AsyncIterator[Sender]:
    sender = Sender(branch, resolver=resolver, timeout=timeout)
    await sender.start()
    try:
        yield sender
    finally:
        await sender.stop()


async def finished(branch: Branch, n: int = 1) -> list[Delivery]:
    return await asyncio.to_thread(branch.webhooks.wait, n, 10)


class Names(AbstractResolver):
    """Knows the addresses of every name: each list for one look-up, the last for all others."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - as aiohttp has it
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing is open."""
