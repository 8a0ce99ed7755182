"""What somebody reads when a simulation cannot go on: who waits where, and what to do."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import itertools
import threading
import time

import pytest

from simulator.clock import (
    BlockingCallError,
    DeadlockError,
    ForeignThreadError,
    LivelockError,
    SimulationError,
    StallError,
    StuckJobError,
    VirtualLoop,
    VirtualTimeLimitError,
    background,
    run,
)


async def heartbeat(interval: float = 5.0) -> None:
    for _ in itertools.count():
        await asyncio.sleep(interval)


async def take(queue: asyncio.Queue[int]) -> int:
    return await queue.get()


def line_of(function: object, text: str) -> str:
    """`test_virtual_guards.py:12` for the first line of `function` that has `text` in it."""
    lines, first = inspect.getsourcelines(function)  # type: ignore[arg-type]
    return f"test_virtual_guards.py:{first + next(i for i, line in enumerate(lines) if text in line)}"


def report_of(kind: type[SimulationError], main: object, **options: object) -> str:
    with pytest.raises(kind) as caught:
        run(main, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_deadlock_names_each_task_and_the_line_where_it_waits():
    async def relay() -> int:
        return await take(asyncio.Queue())

    async def main() -> None:
        relaying = asyncio.create_task(relay(), name="relay")
        await asyncio.sleep(1.5)
        await relaying

    report = report_of(DeadlockError, main())
    assert report.startswith("deadlock: nothing can run and no timer is pending")
    assert "1.500000000 s into the simulation" in report
    chain = next(line for line in report.splitlines() if line.startswith("  relay waits in"))
    outer, inner, innermost = chain.split(" > ")
    assert outer.endswith(f"{line_of(relay, 'await take')})")
    assert "take (" in inner
    assert inner.endswith(f"{line_of(take, 'queue.get')})")
    assert innermost.startswith("Queue.get (asyncio/queues.py:")
    assert "What to do: take the task whose wait should have ended and look for what was to end it" in report


def test_a_simulation_in_which_only_background_timers_are_left_is_a_deadlock():
    async def main() -> None:
        with background():
            beating = asyncio.create_task(heartbeat(), name="beat")
        await take(asyncio.Queue())
        await beating

    report = report_of(DeadlockError, main())
    assert "only background timers are pending" in report
    assert "timer at 1005.000000000 s (background): beat heartbeat" in report


def test_background_timers_that_are_cancelled_or_foreground_ones_do_not_hide_a_deadlock():
    async def main() -> None:
        with background():
            beating = asyncio.create_task(heartbeat())
        asyncio.get_running_loop().call_later(3000, print).cancel()
        await take(asyncio.Queue())
        await beating

    assert "0.000000000 s into the simulation" in report_of(DeadlockError, main())


def test_a_heartbeat_that_keeps_the_simulation_alive_is_named_at_the_limit():
    async def main() -> None:
        beating = asyncio.create_task(heartbeat(), name="beat")
        await take(asyncio.Queue())
        await beating

    report = report_of(VirtualTimeLimitError, main(), max_virtual=100)
    assert (
        "the next timer is at 1105.000000000 s, but the simulation was to end by 1100.000000000 s" in report
    )
    assert "most frequent callbacks: 10x beat heartbeat" in report
    assert "raise max_virtual" in report
    assert "`with background():`" in report


def test_a_poll_without_any_progress_is_a_stall():
    async def main() -> None:
        await heartbeat(0.1)

    report = report_of(StallError, main(), stall_after=30)
    assert report.startswith("stall: nothing observable has happened for 30 virtual seconds")
    assert "x Task-1 " in report.split("most frequent callbacks: ")[1]
    assert "raise stall_after" in report


def test_progress_keeps_a_long_simulation_from_being_a_stall():
    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        for _ in range(20):
            await asyncio.sleep(29)
            loop.progress()
        return loop.time()

    assert run(main(), stall_after=30) == 1580.0


def test_a_circle_of_callbacks_is_a_livelock():
    async def main() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    report = report_of(LivelockError, main(), max_spin=5_000)
    assert report.startswith("livelock: 5,001 callbacks ran without time passing")
    assert "most frequent callbacks: 1000x Task-1 " in report
    assert "asyncio.sleep(0)" in report
    assert "raise max_spin" in report


def test_a_livelock_report_does_not_count_what_was_busy_before():
    async def busy() -> None:
        for _ in range(1_500):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.create_task(busy(), name="prelude")
        await asyncio.sleep(1)
        for _ in itertools.count():
            await asyncio.sleep(0)

    report = report_of(LivelockError, main(), max_spin=2_000)
    assert "most frequent callbacks: 1000x Task-1 " in report
    assert "prelude" not in report


def test_much_work_at_many_instants_is_no_livelock():
    async def main() -> None:
        for _ in range(20):
            for _ in range(900):
                await asyncio.sleep(0)
            await asyncio.sleep(0.001)

    run(main(), max_spin=1_000)


def test_sleeping_on_the_thread_of_the_loop_is_refused_with_its_line():
    async def main() -> None:
        time.sleep(0.25)  # noqa: ASYNC251

    report = report_of(BlockingCallError, main())
    assert (
        f"time.sleep(0.25) on the event loop's thread, tests/simulator/clock/{line_of(main, 'time.sleep')}"
        in report
    )
    assert "await asyncio.sleep(0.25)" in report
    assert "asyncio.to_thread" in report


def test_sleeping_in_a_task_that_nobody_awaits_ends_the_simulation_too():
    async def careless() -> None:
        with contextlib.suppress(Exception):
            time.sleep(1)  # noqa: ASYNC251

    async def main() -> None:
        task = asyncio.create_task(careless())
        await asyncio.sleep(10)
        await task

    report_of(BlockingCallError, main())


def test_waiting_for_a_future_on_the_thread_of_the_loop_is_refused():
    async def main() -> None:
        concurrent.futures.Future[int]().result()

    report = report_of(BlockingCallError, main())
    assert line_of(main, ".result()") in report
    assert "await asyncio.wrap_future(future)" in report


def test_a_job_that_waits_inline_for_a_future_is_told_about_threads():
    def job() -> None:
        concurrent.futures.Future[int]().result()

    report = report_of(BlockingCallError, asyncio.to_thread(job))
    assert line_of(job, ".result()") in report
    assert "executor='thread'" in report
    assert f"executor job 1 {job.__qualname__} (tests/simulator/clock/{line_of(job, 'def job')})" in report


@pytest.mark.parametrize(
    ("executor", "advice"), [("inline", "executor='thread'"), ("thread", "run_coroutine_threadsafe")]
)
def test_a_job_that_never_returns_is_stuck(executor: str, advice: str):
    release = threading.Event()

    async def main() -> None:
        await asyncio.to_thread(release.wait, 20)

    report = report_of(StuckJobError, main(), executor=executor, job_timeout=0.05)
    release.set()
    assert "stuck executor job: 1 Event.wait (" in report
    assert "0.05 real seconds" in report
    assert "it is at" in report
    assert advice in report


def test_code_under_test_cannot_swallow_a_report_with_except_exception():
    async def main() -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except Exception:
            return "swallowed"
        return "went on"

    assert not issubclass(SimulationError, Exception)
    report_of(DeadlockError, main())


def test_after_a_report_tasks_can_still_clean_up_in_virtual_time():
    cleaned: list[float] = []

    async def careful() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(2)
            cleaned.append(asyncio.get_running_loop().time())

    async def main() -> None:
        await asyncio.create_task(careful())

    report_of(DeadlockError, main(), max_virtual=1)
    assert cleaned == [1002.0]


@pytest.mark.parametrize("executor", ["inline", "thread"])
def test_after_a_refusal_too(executor: str):
    cleaned: list[float] = []

    async def careful() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(2)
            cleaned.append(asyncio.get_running_loop().time())

    async def main() -> None:
        waiting = asyncio.create_task(careful())
        await asyncio.to_thread(threading.Thread(target=print).start)
        await waiting

    report_of(ForeignThreadError, main(), executor=executor)
    assert cleaned == [1002.0]


def test_a_long_list_of_tasks_is_cut():
    async def main() -> None:
        await asyncio.gather(*(asyncio.Event().wait() for _ in range(50)))

    assert "... and 31 more tasks" in report_of(DeadlockError, main())
