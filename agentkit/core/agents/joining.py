"""The two ways to write a join: ``async with agent.join(call)`` and ``with await agent.join(call)``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Self


class Joining:
    """A join that happens when it is awaited or entered, and is undone at the end of the block.

    ``leave`` begins to leave, and gives the task that does.
    """

    def __init__(self, join: Callable[[], Awaitable[None]], leave: Callable[[], asyncio.Task[None]]) -> None:
        self._join = join
        self._leave = leave
        self._joined = False

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self._join().__await__()
        self._joined = True
        return self

    async def __aenter__(self) -> Self:
        return await self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(self._leave())

    def __enter__(self) -> Self:
        if not self._joined:
            raise RuntimeError("write `async with agent.join(call):`, or `with await agent.join(call):`")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()  # a plain `with` cannot wait: leaving goes on by itself, and `await agent.close()` waits for it
