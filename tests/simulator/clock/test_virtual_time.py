"""How time goes by in a VirtualLoop, and in which order things happen."""

from __future__ import annotations

import asyncio
import math
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import clock
from simulator.clock import DeadlockError, VirtualLoop, run

#: Delays as people write them, with many equal ones.
delays = st.one_of(
    st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.5, 1.0]),
    st.floats(min_value=0, max_value=100, allow_nan=False),
)


def loop_of() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_an_hour_takes_no_time():
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()
    assert run(main()) == 4600.0
    assert time.perf_counter() - began < 1.0


def test_time_starts_at_1000_s_and_wall_time_in_2026():
    async def main() -> None:
        loop = loop_of()
        assert loop.time() == 1000.0
        assert loop.time_ns() == loop.start_ns == 1000 * 10**9
        assert clock.now() == 1_767_225_600.0
        await asyncio.sleep(2.5)
        assert clock.now() == 1_767_225_602.5
        assert clock.monotonic() == loop.time() == 1002.5

    run(main())


def test_wall_time_can_start_elsewhere():
    async def main() -> float:
        return clock.now()

    assert run(main(), epoch=86_400.0) == 86_400.0


def test_time_stands_still_while_anything_can_run():
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run(main()) == 1000.0


@pytest.mark.parametrize(("count", "delay"), [(5000, 0.02), (3000, 0.1), (1000, 1 / 3)])
def test_many_sleeps_add_up_exactly(count: int, delay: float):
    async def main() -> int:
        for _ in range(count):
            await asyncio.sleep(delay)
        return loop_of().time_ns() - loop_of().start_ns

    assert run(main()) == count * round(delay * 1e9)


@given(st.lists(delays, max_size=30))
def test_sleeps_one_after_the_other_take_the_sum_of_their_nanoseconds(sleeps: list[float]):
    async def main() -> int:
        for delay in sleeps:
            await asyncio.sleep(delay)
        return loop_of().time_ns() - loop_of().start_ns

    exact = sum(
        max(1, math.floor(Fraction(delay) * 10**9 + Fraction(1, 2))) if delay else 0 for delay in sleeps
    )
    assert abs(run(main(), max_virtual=None) - exact) <= len(sleeps)  # `delay * 1e9` is itself rounded, once


@given(st.lists(delays, max_size=40))
def test_timers_fire_by_deadline_and_then_in_the_order_they_were_made(sleeps: list[float]):
    fired: list[tuple[int, int]] = []

    async def main() -> list[int]:
        loop = loop_of()
        timers = [
            loop.call_later(delay, lambda n=number: fired.append((loop.time_ns(), n)))
            for number, delay in enumerate(sleeps)
        ]
        await asyncio.sleep(101)
        return [timer.when_ns for timer in timers]

    deadlines = run(main())
    assert fired == sorted((when, number) for number, when in enumerate(deadlines))


@given(st.lists(st.tuples(delays, st.booleans()), max_size=40))
def test_cancelled_timers_do_not_fire_and_the_others_do(timers: list[tuple[float, bool]]):
    fired: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        handles = [loop.call_later(delay, fired.append, n) for n, (delay, _) in enumerate(timers)]
        for handle, (_, cancelled) in zip(handles, timers, strict=True):
            if cancelled:
                handle.cancel()
                handle.cancel()
                assert handle.cancelled()
        await asyncio.sleep(101)

    run(main())
    assert sorted(fired) == [number for number, (_, cancelled) in enumerate(timers) if not cancelled]


def test_call_at_means_the_instant_and_equal_instants_keep_their_order():
    async def main() -> list[int]:
        loop, order = asyncio.get_running_loop(), []
        for number in range(12):
            loop.call_at(1001.0, order.append, number)
        await asyncio.sleep(2)
        return order

    assert run(main()) == list(range(12))


def test_a_timer_in_the_past_fires_at_once():
    async def main() -> float:
        loop, called = asyncio.get_running_loop(), asyncio.Event()
        loop.call_at(3.0, called.set)
        await called.wait()
        return loop.time()

    assert run(main()) == 1000.0


def test_the_shortest_sleep_moves_time():
    async def main() -> int:
        await asyncio.sleep(1e-12)
        return loop_of().time_ns() - loop_of().start_ns

    assert run(main()) == 1


def test_waiting_until_a_deadline_between_two_nanoseconds_ends():
    async def main() -> int:
        loop, rounds = asyncio.get_running_loop(), 0
        deadline = math.nextafter(loop.time(), math.inf)
        while loop.time() < deadline:
            wake = asyncio.Event()
            loop.call_at(deadline, wake.set)
            await wake.wait()
            rounds += 1
        return rounds

    assert run(main()) == 1


def test_sleeping_forever_lets_others_go_on():
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(math.inf), timeout=3)
        return asyncio.get_running_loop().time()

    assert run(main()) == 1003.0


def test_sleeping_forever_with_nobody_else_around_is_a_deadlock():
    with pytest.raises(DeadlockError, match="timer that never fires"):
        run(asyncio.sleep(math.inf))


def test_thousands_of_timeouts_that_never_strike_do_not_pile_up():
    async def main() -> int:
        for _ in range(2000):
            async with asyncio.timeout(600):
                await asyncio.sleep(0.02)
        return len(loop_of().timers.heap)

    assert run(main()) < 300


def test_what_waits_for_the_instant_to_settle_comes_last():
    async def main() -> list[str]:
        loop, order = loop_of(), []

        def chain(left: int) -> None:
            order.append(f"chain {left}")
            if left:
                loop.call_soon(chain, left - 1)

        loop.call_when_settled(order.append, "settled")
        chain(3)
        loop.call_at(loop.time(), order.append, "timer due now")
        await asyncio.sleep(0.001)
        return order

    order = run(main())
    assert order[-1] == "settled"
    assert len(order) == 6


def test_an_exception_in_a_callback_goes_to_the_exception_handler_and_the_loop_goes_on():
    seen: list[object] = []

    async def main() -> str:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
        loop.call_later(1, lambda: 1 / 0)
        await asyncio.sleep(2)
        return "went on"

    assert run(main()) == "went on"
    assert isinstance(seen[0], ZeroDivisionError)


def test_stopping_ends_a_loop_that_runs_forever():
    loop = VirtualLoop()
    try:
        loop.call_later(5, loop.stop)
        loop.run_forever()
        assert loop.time() == 1005.0
        loop.run_until_complete(asyncio.sleep(1))
        assert loop.time() == 1006.0
    finally:
        loop.close()


def test_a_closed_loop_refuses_work():
    loop = VirtualLoop()
    loop.close()
    for call in (loop.call_soon, lambda f: loop.call_later(1, f), lambda f: loop.call_at(1, f)):
        with pytest.raises(RuntimeError, match="closed"):
            call(print)


def test_an_option_with_a_value_nobody_knows_is_refused_with_those_known():
    with pytest.raises(ValueError, match=r"executor='process'\): expected 'inline' or 'thread'"):
        VirtualLoop(executor="process")  # type: ignore[arg-type]


def test_async_generators_left_open_are_closed_in_the_order_they_were_begun():
    closed: list[int] = []

    async def numbers(which: int):
        try:
            while True:
                yield which
        finally:
            closed.append(which)

    async def main() -> None:
        keep = [numbers(which) for which in range(20)]
        for generator in keep:
            await anext(generator)
        asyncio.get_running_loop().keep = keep  # type: ignore[attr-defined]

    run(main())
    assert closed == list(range(20))
