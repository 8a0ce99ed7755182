"""Two kinds of timer: one that may be put off at no cost, and one that keeps things in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any


class Deadline:
    """Calls back once the latest instant it was put off to has passed.

    Putting it off, as every frame of speech does, only notes the instant: the running timer finds out.
    """

    def __init__(self, reached: Callable[[], None]) -> None:
        self._reached = reached
        self._when = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def put_off(self, when: float) -> None:
        """Call back at loop time ``when``, or later if it was or will be put off to later."""
        self._when = max(self._when, when)
        if self._timer is None:
            self._set()

    def cancel(self) -> None:
        """Do not call back. It may be put off again afterwards."""
        self._when = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._when, self._look, self._when)

    def _look(self, when: float) -> None:
        # Compared with the instant it was set for, not with the loop's time, which may be less by rounding.
        self._timer = None
        if self._when > when:
            self._set()
        else:
            self._when = 0.0
            self._reached()


class Outbox:
    """Calls functions at their instants, but never one before another that was posted earlier."""

    def __init__(self) -> None:
        self._posted: deque[tuple[float, Callable[..., None], tuple[Any, ...]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def post(self, when: float, call: Callable[..., None], *args: Any) -> None:
        """Call ``call(*args)`` at loop time ``when``, or when all that was posted before has been called."""
        self._posted.append((when, call, args))
        if self._timer is None:
            self._set()

    def clear(self) -> None:
        """Call nothing of what is posted."""
        self._posted.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        when = self._posted[0][0]
        self._timer = asyncio.get_running_loop().call_at(when, self._deliver, when)

    def _deliver(self, until: float) -> None:
        self._timer = None
        while self._posted and self._posted[0][0] <= until:
            _, call, args = self._posted.popleft()
            call(*args)
        if self._posted:
            self._set()
