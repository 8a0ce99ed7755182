"""What the simulation refuses to go on with, and the limits it watches while it runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from simulator.clock.source import NS

if TYPE_CHECKING:
    from simulator.clock.scheduler import Scheduler

#: Virtual time that is left for cleaning up once an error has been reported.
GRACE_NS = 60 * NS
#: How many callbacks ahead of the livelock limit they begin to be counted by name.
SPIN_SAMPLE = 1_000


class SimulationError(BaseException):
    """The simulation itself gives up.

    Not an `Exception`: `except Exception` in the code under test must not swallow it. ``headline`` says what is wrong
    and ``advice`` what to do; between them, ``str()`` tells who waits where.
    """

    headline = advice = ""


class DeadlockError(SimulationError):
    """Everybody waits, and nothing that is pending will wake anybody."""


class StallError(SimulationError):
    """Time passes, but nothing observable has happened for `stall_after` virtual seconds."""


class LivelockError(SimulationError):
    """`max_spin` callbacks ran without time passing."""


class VirtualTimeLimitError(SimulationError):
    """The simulation did not end within `max_virtual` virtual seconds."""


class StuckJobError(SimulationError):
    """An executor job did not return within `job_timeout` real seconds."""


class BlockingCallError(SimulationError):
    """A call would block the thread of the event loop."""


class ForeignThreadError(SimulationError):
    """A thread that virtual time cannot wait for."""


class RealIOError(SimulationError):
    """An attempt to reach the world outside of the simulation."""


class NondeterminismError(SimulationError):
    """A repeated run took another course."""


class Guards:
    """The limits on one simulation.

    The loop compares `alarm_ns` with each instant that it is about to move to, and `spin_alarm` with the number of
    callbacks run at the present one; only past an alarm is there more to do. An alarm rings a while before its limit:
    from there on callbacks are counted by name in `counts`, so that the report can say which ones kept it busy.
    """

    def __init__(
        self,
        start_ns: int,
        *,
        max_virtual: float | None,
        stall_after: float | None,
        max_spin: int,
    ) -> None:
        self.max_spin = max_spin
        self.spin = 0
        self.spin_alarm = 0
        self.alarm_ns = 0
        self.counts: Counter[str] | None = None
        self._stall_ns = None if stall_after is None else round(stall_after * NS)
        self._progress_ns = start_ns
        self._set_limit(start_ns, None if max_virtual is None else round(max_virtual * NS))
        self._rest()

    def progress(self, now_ns: int) -> None:
        """Something observable happened: the wait for the next such thing begins anew."""
        self._progress_ns = now_ns

    def relax(self, now_ns: int) -> None:
        """After an error: leave whoever cleans up some time, and a limit in case that does not end either."""
        self._stall_ns = None
        self._set_limit(now_ns, GRACE_NS)
        self._rest()

    def before_moving_to(self, when_ns: int, loop: Scheduler) -> None:
        """Called when time is about to pass `alarm_ns`. Raises VirtualTimeLimitError or StallError."""
        if self._limit_ns is not None and when_ns > self._limit_ns:
            raise loop.failure(
                VirtualTimeLimitError,
                f"virtual time limit: the next timer is at {when_ns / NS:.9f} s, "
                f"but the simulation was to end by {self._limit_ns / NS:.9f} s",
                "if it may take that long, raise max_virtual. If a heartbeat or a poll keeps it alive, end that with "
                "its owner, or start it inside `with background():` so that nobody waits for it.",
            )
        if self._stall_ns is not None and when_ns - self._progress_ns > self._stall_ns:
            raise loop.failure(
                StallError,
                f"stall: nothing observable has happened for {self._stall_ns / NS:g} virtual seconds",
                "somebody looks again and again for what will not happen; see the most frequent callbacks. "
                "Wait for an event instead, or find why it is not set. If the silence is meant, raise stall_after.",
            )
        self._rest()
        if when_ns > self.alarm_ns:
            self.counts = Counter()
            self.alarm_ns = self._first_limit_ns()

    def on_spin(self, loop: Scheduler) -> None:
        """Called when more than `spin_alarm` callbacks have run at this instant. Raises LivelockError."""
        if self.spin > self.max_spin:
            raise loop.failure(
                LivelockError,
                f"livelock: {self.spin:,} callbacks ran without time passing",
                "somebody waits in a circle for what is always ready, such as asyncio.sleep(0); see the most "
                "frequent callbacks. Await the thing itself. If so many callbacks at one instant are meant, "
                "raise max_spin.",
            )
        if self.counts is None:
            self.counts = Counter()
        self.spin_alarm = self.max_spin
        self.alarm_ns = 0  # when time does pass, stop counting

    def _set_limit(self, from_ns: int, length_ns: int | None) -> None:
        self._limit_ns = None if length_ns is None else from_ns + length_ns
        self._near_limit_ns = None if length_ns is None else from_ns + length_ns * 3 // 4

    def _rest(self) -> None:
        """Nothing is near: count nothing, and set the alarms."""
        self.spin = 0
        self.spin_alarm = self.max_spin - min(SPIN_SAMPLE, self.max_spin // 2)
        self.counts = None
        near_stall_ns = None if self._stall_ns is None else self._progress_ns + self._stall_ns // 2
        self.alarm_ns = _earliest(self._near_limit_ns, near_stall_ns)

    def _first_limit_ns(self) -> int:
        return _earliest(
            self._limit_ns, None if self._stall_ns is None else self._progress_ns + self._stall_ns
        )


def _earliest(*instants: int | None) -> int:
    return min((instant for instant in instants if instant is not None), default=1 << 64)
