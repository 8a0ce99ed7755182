"""What runs when: virtual time, callbacks, timers, and the loop that goes round.

Time is an integer number of nanoseconds. It stands still while anything can run, and then moves *to* the next
deadline: nothing adds up, so no rounding does.
"""

from __future__ import annotations

import contextvars
import threading
from asyncio import format_helpers
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar, TypeVarTuple

from simulator.clock.guards import DeadlockError, Guards, RealIOError, SimulationError
from simulator.clock.real_io import ADVICE as IO_ADVICE
from simulator.clock.real_io import LoopWithoutIO
from simulator.clock.replay import Recorder
from simulator.clock.report import explain, label
from simulator.clock.source import NS
from simulator.clock.timers import NEVER, Handle, Timer, TimerQueue

if TYPE_CHECKING:
    from simulator.clock.jobs import Jobs

Ts = TypeVarTuple("Ts")
E = TypeVar("E", bound=SimulationError)

#: `loop.time()` at the start. Not 0: code that says `self._started or time.monotonic()` takes 0 for "not yet".
START_NS = 1_000 * NS


class Scheduler(LoopWithoutIO):
    """The half of `VirtualLoop` that knows time."""

    jobs: Jobs

    def __init__(self, guards: Guards, recorder: Recorder | None, *, patience: float | None) -> None:
        super().__init__()
        self.start_ns = START_NS
        self.now_ns = START_NS
        self.timers = TimerQueue()
        self.guards = guards
        self.recorder = recorder
        self._settled: deque[Handle] = deque()
        self._failure: SimulationError | None = None
        self._failed = False
        self._patience = patience
        self._posted = threading.Event()
        self._clock_resolution = 1 / NS
        self._time_of_job: Callable[[], int] | None = None

    # The clock

    def time(self) -> float:
        """Virtual seconds, from 1000.0 on; in an executor job, on the job's own clock."""
        read = self._time_of_job
        return (self.now_ns if read is None else read()) / NS

    def time_ns(self) -> int:
        """`time()` in nanoseconds, exactly."""
        read = self._time_of_job
        return self.now_ns if read is None else read()

    def use_time_of(self, read: Callable[[], int] | None) -> None:
        """While executor jobs run, `read` tells the time, which for a job is its own."""
        self._time_of_job = read

    # Scheduling

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> Handle:
        if self._closed:
            self._check_closed()
        handle = Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_when_settled(self, callback: Callable[[*Ts], object], *args: *Ts, first: bool = False) -> Handle:
        """Call at this instant, when everything else that can run at it has run.

        Those who wait for that are called one at a time, in order, or with `first` before those who wait already.
        """
        handle = Handle(callback, args, self)
        if first:
            self._settled.appendleft(handle)
        else:
            self._settled.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> Timer:
        """Call in `delay` seconds. More than nothing is at least 1 ns: no sleep leaves time where it is."""
        if self._closed:
            self._check_closed()
        try:
            delay_ns = int(delay * NS + 0.5)
        except OverflowError:  # infinite
            delay_ns = NEVER if delay > 0 else 0
        if delay_ns <= 0 < delay:
            delay_ns = 1
        return self.timers.push(Timer(self.now_ns + delay_ns, callback, args, self, context))

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> Timer:
        if self._closed:
            self._check_closed()
        try:
            when_ns = int(when * NS + 0.5)
        except OverflowError:
            when_ns = NEVER if when > 0 else 0
        if when_ns <= self.now_ns < when * NS:
            when_ns = self.now_ns + 1
        return self.timers.push(Timer(when_ns, callback, args, self, context))

    def call_at_ns(
        self,
        when_ns: int,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> Timer:
        """`call_at` in nanoseconds. Timers of one instant fire in the order in which they were made."""
        if self._closed:
            self._check_closed()
        return self.timers.push(Timer(when_ns, callback, args, self, context))

    def schedule(self, timer: Timer) -> None:
        """Take in a timer that was made elsewhere."""
        if timer.when_ns > self.now_ns:
            timer.pending = True
            self.timers.push(timer)
        else:
            self._ready.append(timer)

    def close(self) -> None:
        super().close()
        self.timers.clear()
        self._settled.clear()

    # Going round

    def _run_once(self) -> None:
        """Run until somebody stops the loop. (The stock loop comes back after each batch of callbacks.)"""
        ready, timers, guards, recorder = self._ready, self.timers, self.guards, self.recorder
        heap, popleft = timers.heap, ready.popleft
        while self._failure is None:
            if not ready and not self._stopping:
                self._advance()
            if heap and heap[0][0] <= self.now_ns:
                timers.pop_due(self.now_ns, ready)
            count = len(ready)
            guards.spin += count
            if guards.spin > guards.spin_alarm:
                guards.on_spin(self)
            observed = recorder is not None or guards.counts is not None
            for _ in range(count):
                handle = popleft()
                callback = handle._callback
                if callback is None:
                    continue
                if observed:
                    self._observe(handle)
                try:
                    handle._context.run(callback, *handle._args)
                except SimulationError:
                    self._failure = None
                    raise
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    self._report(handle, error)
            if self._stopping:
                return
        failure, self._failure = self._failure, None
        raise failure

    def _advance(self) -> None:
        """Nothing can run: go on with what waited for that, or move time to the next deadline."""
        if self._settled:
            self._ready.append(self._settled.popleft())
            return
        if not self.timers.foreground:
            self._nobody_left()
            return
        when_ns = self.timers.next_ns()
        if when_ns > self.now_ns:
            if when_ns > self.guards.alarm_ns:
                self.guards.before_moving_to(when_ns, self)
            self.now_ns = when_ns
            self.guards.spin = 0

    def _nobody_left(self) -> None:
        """Wait for the threads that are allowed to run beside the simulation; else it is a deadlock."""
        if self._patience is not None and self._posted.wait(self._patience):
            self._posted.clear()
            return
        pending = "only background timers are" if self.timers.heap else "no timer is"
        raise self.failure(
            DeadlockError,
            f"deadlock: nothing can run and {pending} pending",
            "take the task whose wait should have ended and look for what was to end it: an event that nobody sets, "
            "a queue that nobody fills, a future that nobody completes.",
        )

    def _observe(self, handle: Handle | Timer) -> None:
        if self.guards.counts is not None:
            self.guards.counts[label(handle)] += 1
        if self.recorder is not None:
            self.recorder.on_step(handle, self)

    def _report(self, handle: Handle | Timer, error: BaseException) -> None:
        source = format_helpers._format_callback_source(handle._callback, handle._args)
        self.call_exception_handler(
            {"message": f"Exception in callback {source}", "exception": error, "handle": handle}
        )

    # Giving up

    def failure(self, kind: type[E], headline: str, advice: str) -> E:
        """The error to raise, with its report. What is left of the run has a little time to clean up."""
        error = kind(explain(self, headline, advice))
        error.headline, error.advice = headline, advice
        self.guards.relax(self.now_ns)
        self._failed = True
        return error

    def refuse(self, kind: type[SimulationError], headline: str, advice: str) -> NoReturn:
        """Raise in the calling code, and at the loop too: a task would keep the error to itself."""
        error = self.failure(kind, headline, advice)
        self._failure = self._failure or error
        raise error

    def refuse_io(self, what: str) -> NoReturn:
        self.refuse(RealIOError, f"real I/O: {what} inside the simulation", IO_ADVICE)
