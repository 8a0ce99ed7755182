"""Waiting for something to be recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from simulator.trace.record import Record

if TYPE_CHECKING:
    from simulator.trace.trace import Trace

Predicate = Callable[[Record], bool]


class Watch:
    """Looks for one record; made by `Trace.watch`.

    ``record`` is the first one found, ``index`` its place in the trace; both are None until then. The
    predicate runs while recording, so it must be quick and must not record.
    """

    def __init__(
        self, trace: Trace, watches: list[Watch], predicate: Predicate, *, since_ns: int, since_index: int
    ) -> None:
        self.record: Record | None = None
        self.index: int | None = None
        self._error: Exception | None = None
        self._trace = trace
        self._watches = watches
        self._predicate = predicate
        self._since_ns = since_ns
        self._waiter: asyncio.Future[None] | None = None
        watches.append(self)
        self._look_back(trace.records, since_index)

    def see(self, index: int, record: Record) -> None:
        """Look at one record; the trace calls this for every new one."""
        if record.t_ns < self._since_ns:
            return
        try:
            if not self._predicate(record):
                return
            self.record, self.index = record, index
        except Exception as error:  # the one who waits shall hear of it, not the one who records
            self._error = error
        self.close()

    async def wait(self, until_ns: int | None = None) -> Record | None:
        """The record looked for, or None once the clock has passed ``until_ns`` or the watch is closed."""
        remaining_ns = 0 if until_ns is None else until_ns - self._trace.now_ns()
        if self.record is None and self._error is None and remaining_ns >= 0:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            # One nanosecond past the deadline: by then all that happens at the deadline itself has happened.
            deadline = (
                None if until_ns is None else loop.call_at(loop.time() + (remaining_ns + 1) / 1e9, self._wake)
            )
            try:
                await self._waiter
            finally:
                self._waiter = None
                if deadline is not None:
                    deadline.cancel()
        if self._error is not None:
            raise self._error
        if self.record is None or (until_ns is not None and self.record.t_ns > until_ns):
            return None
        return self.record

    def close(self) -> None:
        """Stop looking, and let nobody wait any longer. What was found stays."""
        if self in self._watches:
            self._watches.remove(self)
        self._wake()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _look_back(self, records: Sequence[Record], since_index: int) -> None:
        for index in range(since_index, len(records)):
            self.see(index, records[index])
            if self not in self._watches:
                return

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
