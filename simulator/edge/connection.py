"""The agent's presence in a simulated call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agentkit.core.edge import Connection


class SimulatedConnection(Connection):
    """Knows when people are there; leaving it is up to the edge that made it."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._present = 0
        self._idle_since = 0.0
        self._someone = asyncio.Event()

    def person_came(self) -> None:
        """Someone entered the call."""
        self._present += 1
        self._idle_since = 0.0
        self._someone.set()

    def person_went(self) -> None:
        """Someone left the call."""
        self._present -= 1
        if not self._present:
            self._idle_since = asyncio.get_running_loop().time()
            self._someone.clear()

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        async with asyncio.timeout(timeout):
            await self._someone.wait()

    def idle_since(self) -> float:
        return self._idle_since

    async def close(self) -> None:
        self._leave()
