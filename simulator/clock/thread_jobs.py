"""Executor jobs on real threads, in parallel: for work that releases the GIL, and for jobs that call back.

A thread starts to work when its job is taken. At the job's virtual instant the loop stops and really waits for the
next thing that the thread does: return, hand a callback to the loop, or block on a future. Since it waits for one
thing at a time, and lets the loop settle in between, the order is that of the program and never that of the threads.
"""

from __future__ import annotations

import concurrent.futures
import queue
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agentkit.core import clock
from simulator.clock import outside
from simulator.clock.guards import StuckJobError
from simulator.clock.jobs import Cost, Job, Jobs
from simulator.clock.report import stack_of
from simulator.clock.source import NS
from simulator.clock.timers import Timer

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop

Future = concurrent.futures.Future[Any]


class ThreadJob(Job):
    """What the loop and the thread tell each other about a job. All of it changes under `changed`."""

    def __init__(
        self, number: int, func: Callable[..., object], args: tuple[Any, ...], loop: VirtualLoop
    ) -> None:
        super().__init__(number, func, args, loop)
        self.changed = threading.Condition()
        self.thread: int | None = None
        self.blocked_on: Future | None = None
        self.blocked_until_ns: int | None = None
        self.timed_out = False
        self.abandoned = False
        self.done = False
        self.parked: object = (
            None  # which of its waits virtual time goes on for; only the loop's thread sets it
        )

    def __str__(self) -> str:
        return super().__str__() + (", which waits for a future" if self.blocked_on is not None else "")

    def has_news(self) -> bool:
        """The thread has done something that the loop has not yet dealt with."""
        return bool(self.callbacks) or self.done or self.blocked_on is not None

    def tell(self, callback: Timer) -> None:
        with self.changed:
            super().tell(callback)
            self.changed.notify_all()

    def block(self, future: Future, until_ns: int | None) -> bool:
        """Called by the thread: wait until the loop says that `future` is done, or that it is too late (False)."""
        with self.changed:
            self.blocked_on, self.blocked_until_ns, self.timed_out = future, until_ns, False
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.blocked_on is None or self.abandoned)
            return not (self.timed_out or self.abandoned)

    def unblock(self, now_ns: int, *, timed_out: bool) -> None:
        """Called by the loop."""
        with self.changed:
            self.blocked_on, self.timed_out = None, timed_out
            self.now_ns = max(self.now_ns, now_ns)
            self.changed.notify_all()

    def abandon(self) -> None:
        """Called by the loop: nobody will answer any more, do not wait."""
        with self.changed:
            self.abandoned = True
            self.changed.notify_all()

    def finish(self) -> None:
        """Called by the thread, last of all."""
        with self.changed:
            self.done = True
            self.changed.notify_all()


class ThreadJobs(Jobs):
    """A pool of as many threads as there are virtual workers, so that a job that is taken never waits for one."""

    may_block = True

    def __init__(self, loop: VirtualLoop, *, cost: Cost | None, workers: int, timeout: float) -> None:
        super().__init__(loop, cost=cost, workers=workers, timeout=timeout)
        self._workers = workers
        self._threads: list[threading.Thread] = []
        self._taken: queue.SimpleQueue[ThreadJob | None] = queue.SimpleQueue()
        self._by_thread: dict[int, ThreadJob] = {}
        self._stuck_threads: set[int | None] = set()

    def here(self) -> ThreadJob | None:
        return self._by_thread.get(threading.get_ident())

    def block_on(self, future: Future, timeout: float | None) -> None:
        job = self._by_thread[threading.get_ident()]
        until_ns = None if timeout is None else job.now_ns + round(timeout * NS)
        if not job.block(future, until_ns):
            raise concurrent.futures.TimeoutError

    def close(self) -> None:
        for job in self._by_thread.copy().values():
            job.abandon()
        for _ in self._threads:
            self._taken.put(None)
        for thread in self._threads:
            if thread.ident not in self._stuck_threads:
                thread.join(self.timeout)

    def _make(self, number: int, func: Callable[..., object], args: tuple[Any, ...]) -> ThreadJob:
        return ThreadJob(number, func, args, self.loop)

    def _start(self, job: Job) -> None:
        assert isinstance(job, ThreadJob)
        super()._start(job)
        if not self._threads:
            self._start_threads()
        self._taken.put(job)

    def _start_threads(self) -> None:
        self.loop.use_time_of(self._now_ns_here)
        for number in range(self._workers):
            # Daemons: a stuck job must not keep the process from ending.
            thread = threading.Thread(target=self._work, name=f"virtual-worker-{number}", daemon=True)
            self._threads.append(thread)
            outside.real_thread_start(thread)

    def _work(self) -> None:
        """The life of a worker thread."""
        ident = threading.get_ident()
        with outside.belonging_to(self.loop), clock.use(self.loop.clock):
            while (job := self._taken.get()) is not None:
                job.thread = ident
                self._by_thread[ident] = job
                try:
                    job.execute()
                except BaseException as error:
                    job.error = error
                finally:
                    del self._by_thread[ident]
                    job.finish()

    def _run(self, job: Job) -> None:
        """The loop has settled at the job's instant: wait, really, for the next thing its thread does."""
        assert isinstance(job, ThreadJob)
        with job.changed:
            if not job.changed.wait_for(job.has_news, self.timeout):
                raise self._stuck(job)
            blocked_on = job.blocked_on
        if job.callbacks:
            self._hand_over(job, self._run)
        elif blocked_on is not None:
            self._park(job, blocked_on)
        else:
            self._settle_at(job.now_ns, self._finish, job, first=True)

    def _park(self, job: ThreadJob, future: Future) -> None:
        """Let virtual time go on until `future` is done or the job's patience ends."""
        loop = self.loop
        deadline: Timer | None = None
        job.parked = wait = object()

        def wake(timed_out: bool) -> None:
            if job.parked is wait:
                job.parked = None
                if deadline is not None:
                    deadline.cancel()
                job.unblock(loop.now_ns, timed_out=timed_out)
                loop.call_when_settled(self._run, job)

        if job.blocked_until_ns is not None:
            deadline = loop.call_at_ns(job.blocked_until_ns, wake, True, context=job.context)
        # A future that another thread completes tells the loop in that thread's turn.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(wake, False))

    def _now_ns_here(self) -> int:
        job = self.here()
        return self.loop.now_ns if job is None else job.now_ns

    def _stuck(self, job: ThreadJob) -> StuckJobError:
        self.give_up(job)
        self._stuck_threads.add(job.thread)
        where = stack_of(sys._current_frames().get(job.thread or 0))
        return self.loop.failure(
            StuckJobError,
            f"stuck executor job: {job} is still running {self.timeout:g} real seconds after its virtual "
            f"instant; it is at {where}",
            "a job may wait for the loop with run_coroutine_threadsafe(...).result(), which the simulation "
            "understands, but not with locks, events or queues. If it only computes for that long, raise job_timeout.",
        )
