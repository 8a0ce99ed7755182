"""Executor jobs on the loop's own thread: no threads at all, and the fastest way to run short ones."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from simulator.clock.guards import StuckJobError
from simulator.clock.jobs import Job, Jobs
from simulator.clock.report import stack_of


class InlineJobs(Jobs):
    """Runs each job at its instant, in one go, with the running loop hidden as it would be in a thread."""

    _current: Job | None = None
    _has_alarm = False

    def here(self) -> Job | None:
        return self._current

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take the alarm of the process, where the platform has one and nobody else uses it."""
        self._has_alarm = (
            hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        )
        if not self._has_alarm:
            yield
            return
        signal.signal(signal.SIGALRM, self._ring)
        try:
            yield
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _run(self, job: Job) -> None:
        self._current = job
        asyncio._set_running_loop(None)
        self.loop.use_time_of(lambda: job.now_ns)
        if self._has_alarm:
            signal.setitimer(signal.ITIMER_REAL, self.timeout)
        try:
            job.execute()
        except BaseException:
            self.give_up(job)
            raise
        finally:
            if self._has_alarm:
                signal.setitimer(signal.ITIMER_REAL, 0)
            self.loop.use_time_of(None)
            asyncio._set_running_loop(self.loop)
            self._current = None
        self._wind_up(job)

    def _wind_up(self, job: Job) -> None:
        """The code has run: let its consequences happen, one at a time and at their instants."""
        if job.callbacks:
            self._hand_over(job, self._wind_up)
        else:
            self._settle_at(job.now_ns, self._finish, job, first=True)

    def _ring(self, _signal: int, frame: FrameType | None) -> None:
        job = self._current
        if job is not None:
            raise self.loop.failure(
                StuckJobError,
                f"stuck executor job: {job} has been running for {self.timeout:g} real seconds; "
                f"it is at {stack_of(frame)}",
                "a job that waits for the loop, or for another job, never ends on the loop's thread: pass "
                "VirtualLoop(executor='thread'). If it only computes for that long, raise job_timeout.",
            )
