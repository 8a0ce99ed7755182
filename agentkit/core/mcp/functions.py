"""The functions of an agent's MCP servers, offered to its model."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agentkit.core.events import ErrorEvent, EventManager
from agentkit.core.llm.functions import Function
from agentkit.core.llm.llm import LLM
from agentkit.core.llm.tool_runner import CLOSE_GRACE_S
from agentkit.core.mcp.connection import Connection
from agentkit.core.mcp.events import MCPServerConnectedEvent, MCPServerDisconnectedEvent
from agentkit.core.mcp.servers import MCPServer

if TYPE_CHECKING:
    import mcp

_NOT_OF_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")


class MCPFunctions:
    """Keeps an agent connected to ``servers`` and offers their functions to ``llm``, as long as they are there.

    A function goes by its own name. If that is taken it is ``server_function``: the functions of the agent come
    first, then the servers in their order. Once given, a name stays with its function.
    """

    def __init__(self, servers: Sequence[MCPServer], llm: LLM, events: EventManager) -> None:
        self._servers = list(servers)
        self._llm = llm
        self._events = events
        self._connections: list[Connection] = []
        self._told: dict[int, list[mcp.Tool]] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._offered: dict[int, list[str]] = {}
        self._started = False
        events.register(MCPServerConnectedEvent, MCPServerDisconnectedEvent)

    async def start(self) -> None:
        """Connect to all servers at once, each within its time. One that cannot be reached is tried again and again.

        Raises what trying again would not mend, such as a program that is not there.
        """
        for server in self._servers:
            server.check()
        self._connections = [self._connect(number, server) for number, server in enumerate(self._servers)]
        await asyncio.gather(*(connection.attempted() for connection in self._connections))
        self._started = True
        for number in sorted(self._told):
            self._offer(number)

    async def close(self) -> None:
        """End all connections; a call that is under way may finish for a moment."""
        await self._llm.tools.idle(CLOSE_GRACE_S)
        await asyncio.gather(*(connection.close() for connection in self._connections))

    def _connect(self, number: int, server: MCPServer) -> Connection:
        def up(tools: list[mcp.Tool]) -> None:
            self._told[number] = list({tool.name: tool for tool in tools}.values())
            if self._started:
                self._offer(number)

        def down() -> None:
            self._told.pop(number, None)
            self._withdraw(number)

        def lost(reason: str) -> None:
            self._events.send(MCPServerDisconnectedEvent(server=server.name, reason=reason))

        def failed(error: ConnectionError) -> None:
            self._events.send(
                ErrorEvent(error=error, context="connecting to an MCP server", plugin_name="mcp")
            )

        return Connection(server, up=up, down=down, lost=lost, failed=failed)

    def _offer(self, number: int) -> None:
        server = self._servers[number]
        names = self._offered[number] = []
        for tool in self._told[number]:
            function = self._function(number, tool)
            self._llm.functions.add(function)
            names.append(function.name)
        self._events.send(MCPServerConnectedEvent(server=server.name, functions=list(names)))

    def _withdraw(self, number: int) -> None:
        for name in self._offered.pop(number, ()):
            self._llm.functions.remove(name)

    def _function(self, number: int, tool: mcp.Tool) -> Function:
        server, connection = self._servers[number], self._connections[number]

        async def run(arguments: str) -> Any:
            return await connection.call(tool.name, arguments)

        only_reads = tool.annotations is not None and tool.annotations.read_only_hint
        return Function(
            name=self._name(number, tool.name),
            description=tool.description or "",
            parameters_schema=tool.input_schema,
            run=run,
            on_interrupt="cancel" if only_reads else "finish",
            timeout_s=server.call_timeout_s,
        )

    def _name(self, number: int, tool: str) -> str:
        """What the model calls it: by its own name if it can, of letters that providers accept."""
        server = self._servers[number].name
        wanted = (
            [tool, f"{server}_{tool}"] if (number, tool) not in self._names else [self._names[number, tool]]
        )
        others = {name for key, name in self._names.items() if key != (number, tool)}
        for one in itertools.chain(wanted, (f"{again}_{server}_{tool}" for again in itertools.count(2))):
            name = _NOT_OF_A_NAME.sub("_", one)[:64]
            if name and name not in others and name not in self._llm.functions:
                break
        self._names[number, tool] = name
        return name
