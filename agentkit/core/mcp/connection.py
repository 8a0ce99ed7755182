"""The connection to one MCP server: kept up, and made anew when it is lost."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agentkit.core.llm.tools import ToolError
from agentkit.core.mcp.content import value_of
from agentkit.core.mcp.servers import MCPServer
from agentkit.core.mcp.watched import Watched

if TYPE_CHECKING:
    import mcp

FIRST_DELAY_S = 0.5
"""How long after a connection was lost the first attempt is made to get it back."""

LONGEST_DELAY_S = 30.0
"""Each further attempt comes after twice as long, up to this."""

MOST_PAGES = 100
"""Pages of functions that a server may tell: one that never ends must not keep us."""

CLOSE_S = 0.25
"""How long a connection may take to end properly, and again to end once it was cut."""


class Connection:
    """Connects to ``server`` in a task of its own, and again after a while whenever that fails.

    ``up`` is called with the functions as the server tells them, ``down`` as soon as they cannot be called any more,
    ``lost`` with the reason once that is known, and ``failed`` with the error of an attempt that came to nothing.
    """

    def __init__(
        self,
        server: MCPServer,
        *,
        up: Callable[[list[mcp.Tool]], None],
        down: Callable[[], None],
        lost: Callable[[str], None],
        failed: Callable[[ConnectionError], None],
    ) -> None:
        self.server = server
        self._up = up
        self._down = down
        self._lost = lost
        self._failed = failed
        self._client: mcp.Client | None = None
        self._over = asyncio.Event()
        self._attempted = asyncio.Event()
        self._closing = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._keep_up())

    async def attempted(self) -> None:
        """Return when the first attempt to connect has succeeded or failed."""
        await self._attempted.wait()

    async def call(self, tool: str, arguments: str) -> Any:
        """Call a function of the server. Raises `ToolError` with what it, or the connection, has to say."""
        client, name = self._client, self.server.name
        if client is None:
            raise ToolError(f"the MCP server {name!r} cannot be reached at the moment")
        from mcp import MCPError

        try:
            result = await client.call_tool(tool, json.loads(arguments))
        except MCPError as error:
            if not _means_lost(error):
                raise ToolError(error.message) from error
            self._part()
            told = f"the MCP server {name!r} went away; whether {tool} was carried out is not known"
            raise ToolError(told) from error
        return value_of(result)

    async def close(self) -> None:
        """End the connection, within twice `CLOSE_S`."""
        self._closing.set()
        self._over.set()
        await asyncio.wait([self._task], timeout=CLOSE_S)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSE_S)

    async def _keep_up(self) -> None:
        """One session after the other, with growing pauses while there is none to be had."""
        delay = FIRST_DELAY_S
        try:
            while not self._closing.is_set():
                if await self._attempt():
                    delay = FIRST_DELAY_S
                self._attempted.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(delay):
                        await self._closing.wait()
                delay = min(2 * delay, LONGEST_DELAY_S)
        finally:
            self._attempted.set()

    async def _attempt(self) -> bool:
        """Connect, stay connected for as long as possible, and say what ended it. False if there was no session."""
        self._over.clear()
        await asyncio.to_thread(importlib.import_module, "mcp")  # which takes a second, the first time
        from mcp import Client

        transport = self.server.open()
        problem: Exception | None = None
        connected = False
        try:
            async with asyncio.timeout(self.server.connect_timeout_s) as patience:
                async with Client(Watched(transport, self._part)) as client:
                    tools = await _list_tools(client)
                    patience.reschedule(None)
                    connected = True
                    self._client = client
                    self._up(tools)
                    self._attempted.set()
                    await self._over.wait()
        except Exception as error:
            problem = _innermost(error)
        finally:
            self._part()
        if self._closing.is_set():
            return connected
        reason = self._reason(problem, transport)
        if connected:
            self._lost(reason)
        else:
            self._failed(ConnectionError(f"MCP server {self.server.name!r}: {reason}"))
        return connected

    def _part(self) -> None:
        """Let go of the server: it is gone."""
        self._over.set()
        if self._client is not None:
            self._client = None
            self._down()

    def _reason(self, problem: Exception | None, transport: object) -> str:
        """Why there is no connection, or no longer one."""
        if problem is None or _means_lost(problem):
            return getattr(transport, "epitaph", "it closed the connection")
        if isinstance(problem, TimeoutError):
            return f"it took longer than {self.server.connect_timeout_s:g} s to tell its functions"
        return f"{type(problem).__name__}: {problem}"


async def _list_tools(client: mcp.Client) -> list[mcp.Tool]:
    tools: list[mcp.Tool] = []
    cursor = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools


def _means_lost(error: Exception) -> bool:
    """Whether ``error`` says that the session is over, rather than that a call failed."""
    from mcp import MCPError
    from mcp.types import CONNECTION_CLOSED

    if not isinstance(error, MCPError):
        return False
    return error.code == CONNECTION_CLOSED or error.message == "Session terminated"  # it was restarted


def _innermost(error: Exception) -> Exception:
    """The first error of a group, which is what the task groups of ``mcp`` raise."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
