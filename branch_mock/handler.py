"""Answers what aiohttp read: reads on, waits, streams, and leaves webhooks for after the answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import web

from branch_mock.api.adapter import (
    drop_packed,
    incoming_of,
    read_raw,
    response_of,
    size_of,
    stream,
)
from branch_mock.api.call import Reply
from branch_mock.api.connection import disturb
from branch_mock.api.exchange import Exchange
from branch_mock.api.replies import fault_reply
from branch_mock.emulator import Emulator
from branch_mock.errors import ApiError
from branch_mock.faults import Fault, Phase
from branch_mock.responder import Responder
from branch_mock.webhooks import Sender


class Handler:
    """aiohttp's handler for one emulator, and what goes on beside the requests."""

    def __init__(self, emulator: Emulator) -> None:
        self.responder = Responder(emulator)
        self.sender = Sender(emulator.branch)
        self._emulator = emulator
        self.clock = emulator.branch.clock
        self.settings = emulator.branch.settings
        self._delayed: set[asyncio.Task[object]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, whatever it is: first the journal, then the answer, then webhooks."""
        with self.sender.hold():
            return await self._answer(request)

    async def sending(self, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG002
        """Send webhooks while an application runs: one of its cleanup contexts."""
        await self.sender.start()
        yield
        await self.sender.stop()

    async def release(self, app: web.Application) -> None:  # noqa: ARG002
        """End the requests that a fault holds up, and live events: an application is shutting
        down."""
        self.hang_up()
        for task in self._delayed:
            task.cancel()

    def hang_up(self) -> None:
        """Let those who listen to live events come to their end."""
        self._emulator.live.end()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        responder = self.responder
        exchange = responder.open(incoming_of(request, self.settings.public_url))
        await self._read(request, exchange)
        fault = responder.strike(exchange)
        if fault is None:
            reply = await self._perform(exchange)
        else:
            reply = await self._fail(exchange, fault)
        responder.close(exchange, reply)
        if exchange.connection is not None:
            with self._held_up():
                await disturb(request, exchange.connection, reply)
        if reply.chunks is not None:
            return await stream(request, reply, self.clock.now_ms())
        return response_of(reply, self.clock.now_ms())

    async def _read(self, request: web.BaseRequest, exchange: Exchange) -> None:
        limit = exchange.max_body
        exchange.size = size_of(request)
        try:
            patience = self.settings.request_timeout
            raw = b"" if limit is None else await read_raw(request, limit, patience)
        except ApiError as error:
            exchange.error = error
        else:
            exchange.size += len(raw)
            self.responder.read(exchange, raw)
        finally:
            drop_packed(request)

    async def _perform(self, exchange: Exchange) -> Reply:
        """Answer; a slow endpoint does it in a thread, and learns there when nobody waits."""
        abandoned = None if exchange.call is None else exchange.call.abandoned
        if abandoned is None:
            return self.responder.perform(exchange)
        try:
            return await asyncio.to_thread(self.responder.perform, exchange)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    async def _fail(self, exchange: Exchange, fault: Fault) -> Reply:
        """Answer a request that a fault hits; the change is made first where the fault says so."""
        exchange.fault, exchange.connection = fault.id, fault.connection
        with self._held_up():
            await asyncio.sleep(self._emulator.faults.seconds(fault))
        reply = Reply()
        if fault.phase is Phase.AFTER or not fault.replaces_reply:
            reply = await self._perform(exchange)
        return fault_reply(fault, reply)

    @contextmanager
    def _held_up(self) -> Iterator[None]:
        """Inside, a fault holds up the request of the running task."""
        task = asyncio.current_task()
        assert task is not None
        self._delayed.add(task)
        try:
            yield
        finally:
            self._delayed.discard(task)
