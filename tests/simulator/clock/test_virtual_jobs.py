"""Executor jobs: what they take, when they are delivered and what they see, wherever they run."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import clock
from simulator.clock import DeadlockError, VirtualLoop, background, run

policies = pytest.mark.parametrize("executor", ["inline", "thread"])


def now() -> float:
    return asyncio.get_running_loop().time()


@policies
def test_a_job_takes_its_declared_cost(executor: str):
    async def main() -> tuple[str, float]:
        return await asyncio.to_thread("{}".format, "done"), now()

    assert run(main(), executor=executor, cost=lambda func, args: 0.03) == ("done", 1000.03)


@policies
def test_the_cost_can_depend_on_the_function(executor: str):
    def slow() -> None: ...

    def quick() -> None: ...

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        instants = []
        for func in (slow, quick):
            await loop.run_in_executor(None, func)
            instants.append(now())
        return instants

    costs = {slow: 2.0, quick: 0.5}
    assert run(main(), executor=executor, cost=lambda func, args: costs[func]) == [1002.0, 1002.5]


@policies
def test_more_jobs_than_workers_wait_for_one(executor: str):
    async def main() -> list[float]:
        async def job() -> float:
            await asyncio.to_thread(time.sleep, 0.1)
            return now()

        return await asyncio.gather(*(job() for _ in range(5)))

    assert run(main(), executor=executor, workers=2) == [1000.1, 1000.1, 1000.2, 1000.2, 1000.3]


@policies
def test_a_job_has_its_own_time(executor: str):
    def job(loop: asyncio.AbstractEventLoop) -> list[float]:
        instants = [loop.time()]
        time.sleep(0.25)
        return [*instants, loop.time(), clock.monotonic(), clock.now() - 1_767_225_600.0]

    async def main() -> tuple[list[float], float]:
        return await asyncio.to_thread(job, asyncio.get_running_loop()), now()

    seen, after = run(main(), executor=executor, cost=lambda func, args: 1.0)
    assert seen == [1001.0, 1001.25, 1001.25, 1.25]
    assert after == 1001.25


@policies
def test_an_exception_in_a_job_is_raised_where_it_is_awaited(executor: str):
    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(divmod, 1, 0)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.to_thread(next, iter(()))
        return now()

    assert run(main(), executor=executor) == 1000.0


@policies
def test_a_job_sees_no_running_loop_and_a_context_of_its_own(executor: str):
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    def job() -> str:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        assert variable.get() == "unset"
        return threading.current_thread().name

    async def main() -> str:
        variable.set("set by the caller")
        assert await asyncio.to_thread(variable.get) == "set by the caller"
        return await asyncio.get_running_loop().run_in_executor(None, job)

    in_a_thread = run(main(), executor=executor).startswith("virtual-worker-")
    assert in_a_thread == (executor == "thread")


@policies
def test_a_result_is_delivered_after_everything_else_at_its_instant(executor: str):
    async def main() -> list[str]:
        order: list[str] = []

        async def job(which: str) -> None:
            await asyncio.to_thread(time.sleep, 0.1)
            order.append(which)
            await asyncio.sleep(0)
            order.append(f"{which}, settled")

        async def other() -> None:
            await asyncio.sleep(0.1)
            order.append("other")

        await asyncio.gather(job("first"), job("second"), other())
        return order

    expected = ["other", "first", "first, settled", "second", "second, settled"]
    assert run(main(), executor=executor) == expected


@policies
def test_jobs_of_one_instant_are_dealt_with_one_after_the_other(executor: str):
    async def main() -> list[str]:
        loop, order = asyncio.get_running_loop(), []

        def work(which: str) -> None:
            loop.call_soon_threadsafe(order.append, f"{which} begins")
            loop.call_soon_threadsafe(order.append, f"{which} ends")

        async def job(which: str) -> None:
            await asyncio.to_thread(work, which)
            order.append(f"{which} is done")

        await asyncio.gather(job("a"), job("b"))
        return order

    expected = ["a begins", "a ends", "a is done", "b begins", "b ends", "b is done"]
    assert run(main(), executor=executor) == expected


@policies
def test_the_result_of_a_future_that_is_done_is_there_at_once(executor: str):
    def double(future: concurrent.futures.Future[int]) -> int:
        return 2 * future.result()

    async def main() -> int:
        done: concurrent.futures.Future[int] = concurrent.futures.Future()
        done.set_result(21)
        assert done.exception() is None
        return await asyncio.to_thread(double, done)

    assert run(main(), executor=executor) == 42


@policies
def test_a_job_is_waited_for_even_if_it_got_its_worker_from_a_background_job(executor: str):
    async def main() -> float:
        loop = asyncio.get_running_loop()
        with background():
            loop.run_in_executor(None, lambda: time.sleep(1))
        waiting = loop.run_in_executor(None, lambda: time.sleep(1))
        loop.call_later(1.5, int)  # until then this is what keeps the simulation going
        await waiting
        return loop.time()

    assert run(main(), executor=executor, workers=1) == 1002.0


@policies
def test_sys_exit_in_a_job_ends_the_run(executor: str):
    with pytest.raises(SystemExit):
        run(asyncio.to_thread(sys.exit, 3), executor=executor)


@policies
def test_what_a_job_draws_depends_on_no_other_draw(executor: str):
    def draw() -> tuple[float, str]:
        return clock.rng("dice").random(), clock.new_id()

    def drawn(first: int) -> list[tuple[float, str]]:
        async def main() -> list[tuple[float, str]]:
            for _ in range(first):
                clock.rng("dice").random()
                clock.new_id()
            return await asyncio.gather(*(asyncio.to_thread(draw) for _ in range(8)))

        return run(main(), executor=executor)

    assert drawn(0) == drawn(5)
    assert len(set(drawn(0))) == 8
    assert len({number for number, _ in drawn(0)}) == 8


@policies
def test_callbacks_from_a_job_arrive_at_the_instants_at_which_it_makes_them(executor: str):
    async def main() -> list[tuple[str, float]]:
        loop, seen = asyncio.get_running_loop(), []

        def note(what: str) -> None:
            seen.append((what, loop.time()))

        def job() -> None:
            for part in ("one", "two", "three"):
                loop.call_soon_threadsafe(note, part)
                time.sleep(0.5)

        async def ticks() -> None:
            for _ in range(3):
                await asyncio.sleep(0.4)
                note("tick")

        await asyncio.gather(asyncio.to_thread(job), ticks())
        note("end")
        return seen

    assert run(main(), executor=executor) == [
        ("one", 1000.0),
        ("tick", 1000.4),
        ("two", 1000.5),
        ("tick", 1000.8),
        ("three", 1001.0),
        ("tick", 1001.2),
        ("end", 1001.5),
    ]


@policies
def test_a_cancelled_wait_does_not_wait_for_the_job(executor: str):
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 5), timeout=1)
        return now()

    assert run(main(), executor=executor) == 1001.0


@policies
def test_a_job_cancelled_before_it_got_a_worker_never_runs(executor: str):
    ran: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        first = loop.run_in_executor(None, time.sleep, 1)
        second = loop.run_in_executor(None, ran.append, "second")
        third = loop.run_in_executor(None, ran.append, "third")
        second.cancel()
        await asyncio.gather(first, third)

    run(main(), executor=executor, workers=1)
    assert ran == ["third"]


@policies
def test_a_job_that_nobody_awaits_is_finished_before_the_run_ends(executor: str):
    ran: list[str] = []

    def job() -> None:
        time.sleep(3)
        ran.append("job")

    async def main() -> None:
        asyncio.get_running_loop().run_in_executor(None, job)

    run(main(), executor=executor)
    assert ran == ["job"]


@policies
def test_an_executor_of_ones_own_is_served_by_the_virtual_workers_too(executor: str):
    async def main() -> float:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 2)
        return now()

    assert run(main(), executor=executor) == 1002.0


def test_threads_are_gone_after_the_run():
    before = threading.enumerate()
    run(asyncio.to_thread(lambda: time.sleep(1)), executor="thread")
    assert threading.enumerate() == before


def test_jobs_in_threads_really_run_in_parallel():
    barrier = threading.Barrier(3)

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(barrier.wait, 5) for _ in range(3)))

    run(main(), executor="thread")


def test_a_job_in_a_thread_may_wait_for_a_coroutine_that_takes_virtual_time():
    async def answer() -> str:
        await asyncio.sleep(0.5)
        return "42"

    def job(loop: asyncio.AbstractEventLoop) -> tuple[str, float]:
        time.sleep(1)
        result = asyncio.run_coroutine_threadsafe(answer(), loop).result(timeout=5)
        return result, loop.time()

    async def main() -> tuple[tuple[str, float], float]:
        return await asyncio.to_thread(job, asyncio.get_running_loop()), now()

    assert run(main(), executor="thread") == (("42", 1001.5), 1001.5)


def test_the_timeout_of_such_a_wait_is_virtual_too():
    async def slow() -> None:
        await asyncio.sleep(10)

    def job(loop: asyncio.AbstractEventLoop) -> float:
        waiting = asyncio.run_coroutine_threadsafe(slow(), loop)
        with pytest.raises(concurrent.futures.TimeoutError):
            waiting.result(timeout=2)
        assert waiting.exception(timeout=20) is None
        return loop.time()

    async def main() -> float:
        return await asyncio.to_thread(job, asyncio.get_running_loop())

    assert run(main(), executor="thread") == 1010.0


def test_the_timeout_of_a_wait_that_ended_keeps_nobody_waiting():
    def job(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.5), loop).result(timeout=100)

    async def main() -> None:
        await asyncio.to_thread(job, asyncio.get_running_loop())
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError, match=r" 0\.500000000 s into the simulation"):
        run(main(), executor="thread")


def test_a_job_that_waits_for_what_never_comes_is_part_of_the_deadlock():
    def job(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.run_coroutine_threadsafe(asyncio.Event().wait(), loop).result()

    async def main() -> None:
        await asyncio.to_thread(job, asyncio.get_running_loop())

    before = threading.enumerate()
    with pytest.raises(DeadlockError, match=r"executor job 1 .*, which waits for a future"):
        run(main(), executor="thread")
    assert threading.enumerate() == before


#: A job: its sleeps, and whether it reports to the loop after each.
job_plans = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=4)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 10), job_plans), min_size=1, max_size=8), st.integers(1, 3))
def test_both_policies_tell_the_same_story(plan: list[tuple[int, list[tuple[int, bool]]]], workers: int):
    def story(executor: str) -> list[tuple[float, str]]:
        async def main() -> list[tuple[float, str]]:
            loop = asyncio.get_running_loop()
            seen: list[tuple[float, str]] = []

            def note(what: str) -> None:
                seen.append((loop.time(), what))

            def job(number: int, sleeps: list[tuple[int, bool]]) -> str:
                for length, report in sleeps:
                    time.sleep(length / 100)
                    if report:
                        loop.call_soon_threadsafe(note, f"{number} reports {clock.new_id()}")
                return f"{number} drew {clock.rng('dice').random()}"

            async def caller(number: int, delay: int, sleeps: list[tuple[int, bool]]) -> None:
                await asyncio.sleep(delay / 100)
                note(await asyncio.to_thread(job, number, sleeps))

            await asyncio.gather(*(caller(n, delay, sleeps) for n, (delay, sleeps) in enumerate(plan)))
            return seen

        return run(main(), executor=executor, workers=workers, cost=lambda func, args: 0.01)

    assert story("inline") == story("thread")


def test_what_a_job_costs_cannot_be_negative():
    loop = VirtualLoop(cost=lambda func, args: -1.0)
    try:
        with pytest.raises(ValueError, match=r"cost= returned -1.0 s for len: expected 0 or more"):
            loop.run_in_executor(None, len, [])
    finally:
        loop.close()


def test_sleeping_a_negative_time_in_a_job_is_an_error_as_in_any_thread():
    async def main() -> None:
        with pytest.raises(ValueError, match="non-negative"):
            await asyncio.to_thread(time.sleep, -1.0)

    run(main())
