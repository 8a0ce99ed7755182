"""MCP servers for tests: one that lives in memory and dies on demand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp.server
import pytest
from mcp.shared.memory import create_client_server_memory_streams

from agentkit.core.events import BaseEvent
from agentkit.core.mcp import MCPServer


class Desk(MCPServer):
    """A hotel's desk. ``opened`` is when it was called, in seconds since it was made."""

    def __init__(self, name: str = "desk", *functions: str, connect_timeout_s: float = 10.0) -> None:
        super().__init__(name, connect_timeout_s, None)
        self.up = True
        self.hangs = False
        self.opened: list[float] = []
        self.began = asyncio.get_running_loop().time()
        self._cut: Callable[[], Any] | None = None
        self._server: Any = mcp.server.MCPServer(name)
        for function in functions or ("find_room", "book_room"):
            self.add(function)

    def add(self, function: str, **options: Any) -> None:
        """Offer a function called ``function``, which takes three seconds."""

        async def call(people: int) -> str:
            await asyncio.sleep(3)
            return f"{self.name}: {function} for {people}"

        self._server.add_tool(call, name=function, description=f"{function} at the desk.", **options)

    def offer(self, function: Any, **options: Any) -> None:
        """Offer ``function`` itself."""
        self._server.add_tool(function, **options)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        """Streams to and from the server."""
        self.opened.append(asyncio.get_running_loop().time() - self.began)
        if not self.up:
            raise OSError("connection refused")
        lowlevel = self._server._lowlevel_server
        async with (
            create_client_server_memory_streams() as (client, server),
            anyio.create_task_group() as tasks,
        ):
            if not self.hangs:
                tasks.start_soon(lowlevel.run, *server, lowlevel.create_initialization_options())
            self._cut = server[1].aclose
            yield client
            tasks.cancel_scope.cancel()

    async def die(self) -> None:
        """Go away without a word."""
        self.up = False
        if self._cut is not None:
            await self._cut()


def told(events: list[BaseEvent]) -> list[tuple[str, str]]:
    """What events say of the servers: which, and its functions or what is wrong."""
    story = []
    for event in events:
        if event.type == "mcp.connected":
            story.append((event.server, " ".join(event.functions)))  # type: ignore[attr-defined]
        elif event.type == "mcp.disconnected":
            story.append((event.server, event.reason))  # type: ignore[attr-defined]
        elif event.type == "error":
            story.append(("error", event.error_message))  # type: ignore[attr-defined]
    return story


@pytest.fixture(scope="session")
def make_desk() -> type[Desk]:
    logging.getLogger("mcp").setLevel(logging.WARNING)
    return Desk


@pytest.fixture(scope="session")
def story_of() -> Callable[[list[BaseEvent]], list[tuple[str, str]]]:
    return told
