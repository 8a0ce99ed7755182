"""The two ways to write a join: ``async with agent.join(call)`` and ``with await agent.join(call)``."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent
    from agentkit.core.edge import Call


class Joining:
    """A join that happens when it is awaited or entered, and is undone at the end of the block."""

    def __init__(self, agent: Agent, call: Call, participant_wait_timeout: float | None) -> None:
        self.agent = agent
        self.call = call
        self._timeout = participant_wait_timeout

    def __await__(self) -> Generator[None, None, Self]:
        yield from self.agent._join(self.call, self._timeout).__await__()
        return self

    async def __aenter__(self) -> Self:
        await self.agent._join(self.call, self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.agent.close()

    def __enter__(self) -> Self:
        if self.agent._connection is None:
            raise RuntimeError("write `async with agent.join(call):`, or `with await agent.join(call):`")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A plain `with` cannot wait: the closing goes on by itself, and `await agent.close()` waits for it.
        self.agent._closing = self.agent._closing or asyncio.get_running_loop().create_task(
            self.agent._close()
        )
