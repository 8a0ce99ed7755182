"""Executor jobs in virtual time.

A job occupies one of `workers` virtual workers from the instant at which one is free. Its declared cost passes first,
then its code runs, and what it sleeps is added. Its result is delivered at the instant at which that is over, after
everything else at that instant has settled, one job at a time. How long it really takes changes nothing.

The two policies differ in where the code runs: on the loop's own thread (`InlineJobs`), or in parallel on real
threads for which virtual time waits (`ThreadJobs`).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.clock.guards import SimulationError
from simulator.clock.report import place_of
from simulator.clock.source import NS, Chance
from simulator.clock.tasks import VirtualFuture

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop
    from simulator.clock.timers import Timer

#: Seconds of virtual time that a job takes, apart from what it sleeps.
Cost = Callable[[Callable[..., object], tuple[Any, ...]], float]


class Job:
    """One call of `func`. Its own clock, `now_ns`, starts when its cost has passed and grows with each sleep."""

    def __init__(
        self, number: int, func: Callable[..., object], args: tuple[Any, ...], loop: VirtualLoop
    ) -> None:
        self.number = number
        self.func = func
        self.args = args
        self.future = VirtualFuture(number, loop=loop)
        self.now_ns = 0
        self._seed = loop.seed
        self.callbacks: deque[Timer] = deque()  # which it hands to the loop, each due at the job's time then
        self.result: object = None
        self.error: BaseException | None = None
        self.context = contextvars.copy_context()  # of the caller: its timers are background if the caller is

    @functools.cached_property
    def chance(self) -> Chance:
        return Chance(self._seed, job=self.number)

    def __str__(self) -> str:
        return f"{self.number} {name_of(self.func)}"

    def tell(self, callback: Timer) -> None:
        """Called by the job's code: hand a callback to the loop."""
        self.callbacks.append(callback)

    def execute(self) -> None:
        """Run the code, in the empty context that a fresh thread would have."""
        try:
            self.result = contextvars.Context().run(self.func, *self.args)
        except (SystemExit, KeyboardInterrupt, SimulationError):
            raise
        except StopIteration as error:  # no future takes one
            self.error = RuntimeError("the executor job raised StopIteration")
            self.error.__cause__ = error
        except BaseException as error:
            self.error = error

    def deliver(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Jobs:
    """The virtual workers and the jobs waiting for one."""

    #: Whether the code of a job may wait for the loop.
    may_block = False

    def __init__(self, loop: VirtualLoop, *, cost: Cost | None, workers: int, timeout: float) -> None:
        self.loop = loop
        self.timeout = timeout
        self._cost = cost
        self._idle_workers = workers
        self._waiting: deque[Job] = deque()
        self._unfinished: dict[int, Job] = {}
        self._submitted = 0
        self._all_done: asyncio.Future[None] | None = None

    def submit(self, func: Callable[..., object], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        self._submitted += 1
        job = self._make(self._submitted, func, args)
        self._unfinished[job.number] = job
        if self._idle_workers:
            self._idle_workers -= 1
            self._start(job)
        else:
            self._waiting.append(job)
        return job.future

    def here(self) -> Job | None:
        """The job whose code the calling thread is running."""
        raise NotImplementedError

    def block_on(self, future: concurrent.futures.Future[Any], timeout: float | None) -> None:
        """Wait in virtual time, in the calling job, until `future` is done. Only where `may_block`."""
        raise NotImplementedError

    def describe(self) -> list[str]:
        """A line for each job that has not been delivered."""
        return [str(job) for job in self._unfinished.values()]

    def give_up(self, job: Job) -> None:
        """Never deliver this job."""
        self._unfinished.pop(job.number, None)

    async def drain(self) -> None:
        """Wait, in virtual time, until every job has been delivered."""
        if self._unfinished:
            self._all_done = self.loop.create_future()
            await self._all_done

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While the loop runs: be ready to notice a stuck job."""
        yield

    def close(self) -> None:
        """Let go of everything real."""

    def _make(self, number: int, func: Callable[..., object], args: tuple[Any, ...]) -> Job:
        return Job(number, func, args, self.loop)

    def _start(self, job: Job) -> None:
        """A worker takes the job: come back to it when its cost has passed."""
        cost = 0.0 if self._cost is None else self._cost(job.func, job.args)
        if cost < 0:
            raise ValueError(f"cost= returned {cost!r} s for {name_of(job.func)}: expected 0 or more")
        job.now_ns = self.loop.now_ns + round(cost * NS)
        self._settle_at(job.now_ns, self._run, job)

    def _run(self, job: Job) -> None:
        """The instant `job.now_ns` has come and settled."""
        raise NotImplementedError

    def _hand_over(self, job: Job, then: Callable[[Job], None]) -> None:
        """Let the loop have the job's next callback, and go on when it has dealt with it."""
        self.loop.schedule(job.callbacks.popleft())
        self.loop.call_when_settled(then, job, first=True)

    def _settle_at(
        self, when_ns: int, callback: Callable[[Job], None], job: Job, *, first: bool = False
    ) -> None:
        loop = self.loop
        if when_ns <= loop.now_ns:
            loop.call_when_settled(callback, job, first=first)
        else:
            loop.call_at_ns(when_ns, loop.call_when_settled, callback, job, context=job.context)

    def _finish(self, job: Job) -> None:
        del self._unfinished[job.number]
        job.deliver()
        while self._waiting and self._waiting[0].future.cancelled():
            del self._unfinished[self._waiting.popleft().number]
        if self._waiting:
            self._start(self._waiting.popleft())
        else:
            self._idle_workers += 1
        if self._all_done is not None and not self._unfinished and not self._all_done.done():
            self._all_done.set_result(None)


def name_of(func: Callable[..., object]) -> str:
    """What a job's function is called, and where it is defined."""
    if isinstance(func, functools.partial):
        in_context = isinstance(getattr(func.func, "__self__", None), contextvars.Context)
        # asyncio.to_thread and anyio submit `partial(context.run, the function, ...)`
        return name_of(func.args[0] if in_context and func.args else func.func)
    name = getattr(func, "__qualname__", None) or type(func).__qualname__
    code = getattr(func, "__code__", None)
    return name if code is None else f"{name} ({place_of(code, code.co_firstlineno)})"
