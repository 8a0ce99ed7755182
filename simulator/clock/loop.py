"""VirtualLoop: an asyncio event loop for simulations."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, Literal, TypeVar, TypeVarTuple

from agentkit.core import clock
from simulator.clock import outside
from simulator.clock.guards import ForeignThreadError, Guards
from simulator.clock.inline_jobs import InlineJobs
from simulator.clock.jobs import Cost, Jobs
from simulator.clock.replay import Recorder, Replay, Step
from simulator.clock.scheduler import START_NS, Scheduler
from simulator.clock.source import NS, Chance, VirtualClock
from simulator.clock.tasks import OrderedWeakSet, VirtualTask
from simulator.clock.thread_jobs import ThreadJobs
from simulator.clock.timers import Handle, Timer

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Wall time at the start of a simulation, 2026-01-01T00:00Z, in seconds since 1970.
EPOCH = 1_767_225_600.0


class VirtualLoop(Scheduler):
    """An event loop in virtual time: the same program with the same seed runs the same way everywhere, at once.

    `time()` starts at 1000.0 and moves only when nothing can run. Nothing is slept, no file is open, no socket.

    seed         of all chance: `agentkit.core.clock.rng` and, within `virtual_time`, `random`, `uuid`, `secrets`
    epoch        wall time at the start, in seconds since 1970
    max_virtual  virtual seconds after which the run is given up; None: never
    stall_after  virtual seconds without a call of `progress()` after which it is given up; None: never
    max_spin     callbacks that may run without time passing
    executor     "inline": jobs run on the loop's thread; "thread": in parallel, and may call back and wait
    cost         `cost(func, args)`: virtual seconds that an executor job takes, 0 unless given
    workers      virtual workers of the executor
    job_timeout  real seconds after which an executor job is taken for stuck
    threads      "refuse" to let code start threads of its own, or "allow" it and give up on identical runs
    record       keep the instant and name of every callback in `steps`
    replay       `steps` of an earlier run, to compare with while running

    What the simulation cannot go on with is raised as a `SimulationError` that says who waits where, and what to do.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        epoch: float = EPOCH,
        max_virtual: float | None = 3600.0,
        stall_after: float | None = None,
        max_spin: int = 100_000,
        executor: Literal["inline", "thread"] = "inline",
        cost: Cost | None = None,
        workers: int = 8,
        job_timeout: float = 30.0,
        threads: Literal["refuse", "allow"] = "refuse",
        record: bool = False,
        replay: Sequence[Step] | None = None,
    ) -> None:
        policy = _one_of("executor", executor, {"inline": InlineJobs, "thread": ThreadJobs})
        if workers < 1:
            raise ValueError(f"VirtualLoop(workers={workers!r}): expected at least 1")
        self.foreign_threads = _one_of("threads", threads, {"refuse": False, "allow": True})
        super().__init__(
            Guards(START_NS, max_virtual=max_virtual, stall_after=stall_after, max_spin=max_spin),
            Replay(replay) if replay is not None else Recorder() if record else None,
            patience=job_timeout if self.foreign_threads else None,
        )
        self.seed = seed
        #: Time, ids and chance, as `agentkit.core.clock` gives them while the loop runs.
        self.clock = VirtualClock(
            seed=seed,
            monotonic_ns=self.time_ns,
            wall_offset_ns=round(epoch * NS) - START_NS,
            chance_of_job=self._chance_of_job,
        )
        self.jobs: Jobs = policy(self, cost=cost, workers=workers, timeout=job_timeout)
        self._task_count = 0
        self._asyncgens = OrderedWeakSet()

    @property
    def steps(self) -> list[Step]:
        """The instant in ns and the name of every callback so far. Needs `record` or `replay`."""
        if self.recorder is None:
            raise ValueError("this loop records no steps: make it with VirtualLoop(record=True)")
        return self.recorder.steps

    def progress(self) -> None:
        """Something observable happened (audio came out, a transcript, a tool call): this is no stall."""
        self.guards.progress(self.now_ns)

    def run_forever(self) -> None:
        with outside.simulated(self), clock.use(self.clock), self.jobs.watched():
            super().run_forever()

    def close(self) -> None:
        if not self.is_running() and not self.is_closed():
            self.jobs.close()
        super().close()

    def _chance_of_job(self) -> Chance | None:
        job = self.jobs.here()
        return None if job is None else job.chance

    # Tasks

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: contextvars.Context | None = None,
        **options: Any,
    ) -> asyncio.Task[T]:
        factory = self.get_task_factory()
        if factory is not None and factory is getattr(asyncio, "eager_task_factory", None):
            options.setdefault("eager_start", True)
        elif factory is not None:
            return super().create_task(coro, name=name, context=context, **options)
        self._check_closed()
        return VirtualTask(coro, loop=self, name=name, context=context, **options)

    def next_task_number(self) -> int:
        self._task_count += 1
        return self._task_count

    # Threads

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> Handle | Timer:
        """For executor jobs, and for the loop's own thread. The callback runs at the job's instant."""
        self._check_closed()
        job = self.jobs.here()
        if job is not None:
            timer = Timer(job.now_ns, callback, args, self, context)
            timer.pending = False  # until the loop takes it in
            job.tell(timer)
            return timer
        if self.foreign_threads:
            handle = self.call_soon(callback, *args, context=context)
            self._posted.set()
            return handle
        if self._thread_id not in (None, threading.get_ident()):
            name = threading.current_thread().name
            self.refuse(
                ForeignThreadError,
                f"foreign thread: {name!r} calls loop.call_soon_threadsafe({callback!r}); when that happens depends "
                "on the computer, not on the program",
                "run what the thread does with `await asyncio.to_thread(...)`, or put something else in its place. "
                "With VirtualLoop(threads='allow') it may call, but no two runs need be the same.",
            )
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(
        self, executor: concurrent.futures.Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Every job goes to the virtual workers, whichever executor it names."""
        self._check_closed()
        if executor is None:
            self._check_default_executor()
        return self.jobs.submit(func, args)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._executor_shutdown_called = True
        if not self._failed:
            await self.jobs.drain()


def _one_of(option: str, value: str, choices: dict[str, T]) -> T:
    if value not in choices:
        raise ValueError(f"VirtualLoop({option}={value!r}): expected {' or '.join(map(repr, choices))}")
    return choices[value]
