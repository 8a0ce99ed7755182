"""What can be wrong with a provider for a while: it stalls, is slow, fails, or the connection to it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

How = Literal["stalls", "disconnects", "errors", "is slow"]

LOST = "the connection was lost"
FAILED = "the provider failed"


class Service:
    """The condition of one provider. Whoever asks it for something goes through `asked`, `during` and `goes_on`.

    ``changed(how)`` is called with the new condition, or with None when it is well again.
    """

    def __init__(self, changed: Callable[[How | None], None]) -> None:
        self.how: How | None = None
        self.message = ""
        self.by_s = 0.0
        self._changed = changed
        self._ends: asyncio.TimerHandle | None = None
        self._well: asyncio.Future[None] | None = None
        self._under_way: dict[asyncio.Timeout, None] = {}  # not a set: they are broken off in order

    def begin(
        self, how: How, for_s: float | None = None, *, message: str | None = None, by_s: float = 0.0
    ) -> None:
        """From now on it is like that: for so many seconds, or until it recovers. Another trouble ends this one."""
        self._end()
        self.how, self.by_s = how, by_s
        self.message = message or (LOST if how == "disconnects" else FAILED)
        loop = asyncio.get_running_loop()
        if how == "stalls":
            self._well = loop.create_future()
        if for_s is not None:
            self._ends = loop.call_later(for_s, self.recover)
        self._changed(how)
        if how == "disconnects":
            for patience in self._under_way:
                if not patience.expired():  # else it is being broken off already
                    patience.reschedule(loop.time())

    def recover(self) -> None:
        """It is well again, if it was not."""
        if self.how is not None:
            self._end()
            self._changed(None)

    def close(self) -> None:
        """Nobody will ask it again: whoever still waits for it goes on, and nobody is told."""
        self._end()

    def _end(self) -> None:
        self.how = None
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None
        if self._well is not None:
            self._well.set_result(None)
            self._well = None

    def refuse(self) -> None:
        """Raise `ConnectionError` if nobody gets through to it."""
        if self.how in ("errors", "disconnects"):
            raise ConnectionError(self.message)

    async def asked(self) -> None:
        """It is asked for something: it may fail, be late, or not answer before it is well again."""
        self.refuse()
        if self.how == "is slow":
            await asyncio.sleep(self.by_s)
        await self.goes_on()
        self.refuse()

    async def goes_on(self) -> None:
        """Return as soon as it does not stall."""
        while self._well is not None:
            await asyncio.shield(self._well)

    @asynccontextmanager
    async def during(self) -> AsyncIterator[None]:
        """It is at work on something: a lost connection ends the block with a `ConnectionError`."""
        patience = asyncio.timeout(None)
        self._under_way[patience] = None
        try:
            async with patience:
                yield
        except TimeoutError:
            if patience.expired():  # else it is what the provider raised
                raise ConnectionError(self.message) from None
            raise
        finally:
            del self._under_way[patience]
