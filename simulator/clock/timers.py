"""Callbacks and timers: the stock ones with less to store, and a heap that is first in, first out.

The stock heap compares deadlines only, so timers of one deadline fire in an arbitrary order. Here the heap holds
`(deadline in ns, number of the timer, timer)`.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from simulator.clock.source import NS

if TYPE_CHECKING:
    from simulator.clock.scheduler import Scheduler

#: The deadline of a timer that never fires, as in `asyncio.sleep(math.inf)`.
NEVER = 1 << 63

_background: contextvars.ContextVar[bool] = contextvars.ContextVar("background", default=False)


def is_background(context: contextvars.Context) -> bool:
    """Whether `context` was copied within a `background()` block."""
    return context.get(_background, False)


@contextmanager
def background() -> Iterator[None]:
    """Mark the timers and tasks made in this block, and by its tasks, as background: nobody waits for them.

    A heartbeat or a metrics flush would otherwise hide a deadlock, since its next beat is always pending. When
    only background timers are left the simulation reports a deadlock, and `run` cancels background tasks without
    reporting them as left over.

        with background():
            task = asyncio.create_task(heartbeat())
    """
    token = _background.set(True)
    try:
        yield
    finally:
        _background.reset(token)


class Handle(asyncio.Handle):
    """A callback that is due. To be cancelled is to have no callback."""

    __slots__ = ()
    _callback: Any
    _args: Any
    _source_traceback = None
    _repr = None
    _cancelled = property(lambda self: self._callback is None)

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: Scheduler,
        context: contextvars.Context | None = None,
    ) -> None:
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context

    def cancel(self) -> None:
        self._callback = self._args = None


class Timer(asyncio.TimerHandle):
    """A callback that falls due at `when_ns` on the loop's clock."""

    __slots__ = ("background", "pending", "when_ns")
    _callback: Any
    _args: Any
    _source_traceback = None
    _repr = None
    _cancelled = property(lambda self: self._callback is None)
    _when = property(lambda self: self.when_ns / NS)

    def __init__(
        self,
        when_ns: int,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: Scheduler,
        context: contextvars.Context | None = None,
    ) -> None:
        self.when_ns = when_ns
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = context = copy_context() if context is None else context
        self.background = context.get(_background, False) or when_ns >= NEVER
        self.pending = True

    @property
    def never_fires(self) -> bool:
        return self.when_ns >= NEVER

    def cancel(self) -> None:
        if self.pending and self._callback is not None:
            self._loop.timers.on_cancel(self)
        self._callback = self._args = None


class TimerQueue:
    """Pending timers by deadline, first in first out among equal ones. Counts those that keep somebody waiting."""

    __slots__ = ("_cancelled", "_next_number", "foreground", "heap")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Timer]] = []
        self.foreground = 0
        self._cancelled = 0
        self._next_number = itertools.count().__next__

    def push(self, timer: Timer) -> Timer:
        if not timer.background:
            self.foreground += 1
        heappush(self.heap, (timer.when_ns, self._next_number(), timer))
        return timer

    def pop_due(self, now_ns: int, ready: deque[asyncio.Handle]) -> None:
        """Move the timers that are due at `now_ns` to `ready`, in order."""
        heap = self.heap
        while heap and heap[0][0] <= now_ns:
            timer = heappop(heap)[2]
            timer.pending = False
            if timer._callback is None:
                self._cancelled -= 1
            else:
                if not timer.background:
                    self.foreground -= 1
                ready.append(timer)

    def next_ns(self) -> int:
        """The next deadline. There is one: ask only while `foreground` is not 0."""
        heap = self.heap
        while heap[0][2]._callback is None:
            heappop(heap)[2].pending = False
            self._cancelled -= 1
        return heap[0][0]

    def on_cancel(self, timer: Timer) -> None:
        """Account for a pending timer that is being cancelled; drop them once they are most of the heap."""
        if not timer.background:
            self.foreground -= 1
        self._cancelled += 1
        if self._cancelled > 100 and self._cancelled * 2 > len(self.heap):
            kept = [entry for entry in self.heap if entry[2]._callback is not None and entry[2] is not timer]
            heapify(kept)
            self.heap[:] = kept  # in place: the loop holds on to the list
            self._cancelled = 0

    def upcoming(self) -> list[Timer]:
        """The timers that will fire, in order."""
        return [timer for _, _, timer in sorted(self.heap) if timer._callback is not None]

    def clear(self) -> None:
        self.heap.clear()
        self.foreground = self._cancelled = 0
