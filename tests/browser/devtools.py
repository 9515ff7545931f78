"""Chromium's DevTools protocol over one WebSocket: commands by number, events by session."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Self

import aiohttp

Event = dict[str, Any]

LARGEST_MESSAGE = 64 * 2**20
"""Bytes: a screenshot of a long page, in base64."""


class CommandFailed(Exception):
    """The browser refused a command; the message is its own."""


class DevTools:
    """One connection to a browser. A context manager."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stack = contextlib.AsyncExitStack()
        self._last = 0
        self._waiting: dict[int, asyncio.Future[Event]] = {}
        self._listeners: dict[str, list[Callable[[str, Event], None]]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._socket = await self._stack.enter_async_context(
            session.ws_connect(self._address, max_msg_size=LARGEST_MESSAGE)
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._stack.aclose()

    def listen(self, session: str, listener: Callable[[str, Event], None]) -> None:
        """Tell the listener the name and the parameters of each event of the session."""
        self._listeners[session].append(listener)

    async def command(self, method: str, session: str = "", **params: Any) -> Event:
        """Send one command and wait for its result; CommandFailed with the browser's words."""
        self._last += 1
        answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting[self._last] = answer
        message = {"id": self._last, "method": method, "params": params}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        return await answer

    async def _read(self) -> None:
        async for message in self._socket:
            self._take(json.loads(message.data))
        for answer in self._waiting.values():
            answer.set_exception(CommandFailed("the browser is gone"))

    def _take(self, message: Event) -> None:
        if "id" not in message:
            for listener in self._listeners[message.get("sessionId", "")]:
                listener(message["method"], message["params"])
            return
        answer = self._waiting.pop(message["id"])
        if "error" in message:
            answer.set_exception(CommandFailed(message["error"]["message"]))
        else:
            answer.set_result(message["result"])
