"""The only doors to wall time, ids and chance.

Framework code asks here instead of `time`, `uuid` and `random`, so that a simulated call can answer with its
own time and its own dice and come out the same every time. Nobody has to pass a clock around: the event loop
of a simulation installs its own while it runs, everything else gets the computer's.

>>> now()                      # seconds since 1970
>>> new_id()                   # "8f0c1f5e-..."
>>> rng("jitter:alice").gauss(0.0, 0.015)
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

__all__ = ["Clock", "SystemClock", "monotonic", "new_id", "now", "rng", "use"]


@runtime_checkable
class Clock(Protocol):
    """A source of time, ids and chance."""

    def now(self) -> float:
        """Wall time, in seconds since 1970-01-01T00:00Z."""

    def monotonic(self) -> float:
        """Seconds that only grow, on the scale of the running loop's `time()`."""

    def new_id(self) -> str:
        """A string in the shape of a UUID that this clock has not returned before."""

    def rng(self, name: str) -> random.Random:
        """The stream of random numbers called `name`, independent of all other names."""


class SystemClock:
    """Time as the computer tells it and chance as the operating system deals it."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        import asyncio  # not at the top: `agentkit --help` needs ids and dates, but no event loop

        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return time.monotonic()

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def rng(self, name: str) -> random.Random:
        return random.Random()


class _Here(threading.local):
    clock: Clock = SystemClock()


_here = _Here()


def now() -> float:
    """Wall time, in seconds since 1970-01-01T00:00Z."""
    return _here.clock.now()


def monotonic() -> float:
    """Seconds that only grow: the running loop's `time()` if one runs in this thread, else `time.monotonic()`.

    For measuring from within code that may or may not be called by a loop. Inside a coroutine,
    `asyncio.get_running_loop().time()` says the same.
    """
    return _here.clock.monotonic()


def new_id() -> str:
    """A fresh id in the shape of a UUID. In a simulation ids count up, so the same run has the same ids."""
    return _here.clock.new_id()


def rng(name: str) -> random.Random:
    """The stream of random numbers called `name`.

    Give each thing that draws its own name (`"jitter:alice"`), so that one more draw here does not change
    what is drawn there. Real streams start from the operating system's entropy. Simulated ones start from the
    seed of the run and the name; there, asking again for the same name goes on with the same stream.
    """
    return _here.clock.rng(name)


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Let `clock` answer in this thread until the block ends, then whoever answered before.

    It covers the thread, not the context: do not hold it across an `await` in one task of several.
    """
    before = _here.clock
    _here.clock = clock
    try:
        yield clock
    finally:
        _here.clock = before
