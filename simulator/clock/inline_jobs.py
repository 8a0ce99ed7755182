"""Executor jobs on the loop's own thread: no threads at all, and the fastest way to run short ones."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from simulator.clock.guards import StuckJobError
from simulator.clock.jobs import Job, Jobs
from simulator.clock.report import stack_of


class InlineJobs(Jobs):
    """Runs each job at its instant, in one go, with the running loop hidden as it would be in a thread."""

    _current: Job | None = None

    def here(self) -> Job | None:
        return self._current

    def _run(self, job: Job) -> None:
        before, self._current = self._current, job
        asyncio._set_running_loop(None)
        self.loop.use_time_of(lambda: job.now_ns)
        try:
            with _alarm(self.timeout, lambda frame: self._stuck(job, frame)):
                job.execute()
        except BaseException:
            self.give_up(job)
            raise
        finally:
            self.loop.use_time_of(None)
            asyncio._set_running_loop(self.loop)
            self._current = before
        self._wind_up(job)

    def _wind_up(self, job: Job) -> None:
        """The code has run: let its consequences happen, one at a time and at their instants."""
        if job.callbacks:
            self._hand_over(job, self._wind_up)
        else:
            self._settle_at(job.now_ns, self._finish, job, first=True)

    def _stuck(self, job: Job, frame: FrameType | None) -> NoReturn:
        raise self.loop.failure(
            StuckJobError,
            f"stuck executor job: {job} has been running for {self.timeout:g} real seconds; it is at {stack_of(frame)}",
            "a job that waits for the loop, or for another job, never ends on the loop's thread: pass "
            "VirtualLoop(executor='thread'). If it only computes for that long, raise job_timeout.",
        )


@contextmanager
def _alarm(seconds: float, ring: Callable[[FrameType | None], None]) -> Iterator[None]:
    """Call `ring(frame)` from within the block if it takes longer, where the platform has a way and it is free."""
    free = (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    )
    if not free:
        yield
        return
    signal.signal(signal.SIGALRM, lambda _number, frame: ring(frame))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
