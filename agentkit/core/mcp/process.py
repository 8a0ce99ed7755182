"""A local MCP server: a process, and JSON lines to and from it.

The transport of the package ``mcp`` gives a process six seconds to end, and does not tell why one did. An agent that
is closed has one second, so this one is quicker, and it remembers the last words of the process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import anyio
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams

logger = logging.getLogger(__name__)

STEP_S = 0.2
"""How long the process may take to end by itself, and again once it was asked to, before it is killed."""

MESSAGE_BYTES = 16 * 1024 * 1024
"""The longest message that is read; a process that sends a longer one is taken for broken."""

LAST_LINES = 3
"""How much of what the process wrote to its standard error goes into the report of its end."""


class ServerProcess:
    """The process, from entering to leaving. Entering raises `OSError` when it cannot be started."""

    def __init__(
        self, command: str, args: Sequence[str], *, env: Mapping[str, str], cwd: str | Path | None
    ) -> None:
        self._command = [command, *args]
        self._env = get_default_environment() | dict(env)
        self._cwd = cwd
        self._said: deque[str] = deque(maxlen=LAST_LINES)

    async def __aenter__(self) -> TransportStreams:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._env,
            cwd=self._cwd,
            limit=MESSAGE_BYTES,
            start_new_session=True,
        )
        heard, self._read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        self._write, to_say = anyio.create_memory_object_stream[SessionMessage](0)
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._hear(heard)),
            loop.create_task(self._say(to_say)),
            loop.create_task(self._note_errors()),
        ]
        return self._read, self._write

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._end()
        finally:
            self._signal(signal.SIGKILL)
            try:
                await self._ended()
            finally:  # whoever closes the agent may have run out of patience at any of these
                for task in self._tasks:
                    task.cancel()
                self._process._transport.close()  # type: ignore[attr-defined] # a grandchild may hold the pipes open
                self._read.close()
                self._write.close()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def epitaph(self) -> str:
        """How the process ended, and its last words."""
        code = self._process.returncode
        how = "it closed its output" if code is None else f"it ended with exit code {code}"
        return f"{how}; it last said: {' | '.join(self._said)}" if self._said else how

    async def _hear(self, heard: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        assert self._process.stdout is not None
        async with heard:
            with suppress(anyio.BrokenResourceError):  # nobody listens any more
                while line := await self._process.stdout.readline():
                    try:
                        await heard.send(
                            SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
                        )
                    except ValueError as error:
                        await heard.send(error)  # the session knows what to make of it

    async def _say(self, to_say: MemoryObjectReceiveStream[SessionMessage]) -> None:
        assert self._process.stdin is not None
        async with to_say:
            async for one in to_say:
                line = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                self._process.stdin.write(line.encode() + b"\n")
                with suppress(ConnectionError):  # the process is gone, which `_hear` finds out
                    await self._process.stdin.drain()

    async def _note_errors(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            text = line.decode(errors="replace").rstrip()
            logger.debug("%s: %s", self._command[0], text)
            if text:
                self._said.append(text)

    async def _end(self) -> None:
        """Close the process's input, which is how it is told to end; insist if it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if not await self._ended():
            self._signal(signal.SIGTERM)
            await self._ended()

    async def _ended(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(STEP_S):
                await self._process.wait()
        return self._process.returncode is not None

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, and to all that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
