"""Ten programs that virtual clocks are known to get wrong, on both executor policies."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time

import pytest

from simulator.clock import DeadlockError, RealIOError, VirtualTimeLimitError, run, virtual_time

POLICIES = ("inline", "thread")
policies = pytest.mark.parametrize("executor", POLICIES)


@policies
def test_a_timeout_does_not_strike_while_an_executor_job_really_works(executor: str):
    def work() -> int:
        return sum(range(200_000))

    async def main() -> tuple[int, float]:
        async with asyncio.timeout(1.0):
            result = await asyncio.to_thread(work)
        return result, asyncio.get_running_loop().time()

    assert run(main(), executor=executor) == (sum(range(200_000)), 1000.0)


@policies
def test_executor_jobs_complete_in_the_order_of_the_program(executor: str):
    async def main() -> list[object]:
        done: list[object] = []

        def work(which: int) -> int:
            return sum(range((5 - which) * 20_000)) and which

        async def job(which: int) -> None:
            done.append(await asyncio.to_thread(work, which))

        async def ticks() -> None:
            for tick in range(3):
                await asyncio.sleep(0.01)
                done.append(f"tick {tick}")

        await asyncio.gather(*(job(which) for which in range(5)), ticks())
        return done

    expected = [0, 1, 2, 3, 4, "tick 0", "tick 1", "tick 2"]
    assert [run(main(), executor=executor) for _ in range(5)] == [expected] * 5


@policies
def test_waiting_for_a_real_socket_is_refused_rather_than_timed_out(executor: str):
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            async with asyncio.timeout(1.0):
                await asyncio.get_running_loop().sock_recv(ours, 1)

    with pytest.raises(RealIOError, match=r"loop\.sock_recv"):
        run(main(), executor=executor)


@policies
def test_a_deadlock_is_reported(executor: str):
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(DeadlockError):
        run(main(), executor=executor)


@policies
def test_twelve_equal_deadlines_keep_their_order(executor: str):
    async def main() -> list[int]:
        loop, order = asyncio.get_running_loop(), []
        for number in range(12):
            loop.call_later(1, order.append, number)
        await asyncio.sleep(2)
        return order

    assert run(main(), executor=executor) == list(range(12))


@policies
def test_five_thousand_ticks_of_20_ms_are_100_s(executor: str):
    async def main() -> float:
        for _ in range(5000):
            await asyncio.sleep(0.02)
        return asyncio.get_running_loop().time()

    assert run(main(), executor=executor) == 1100.0


@policies
def test_a_sleep_of_10_ns_moves_time(executor: str):
    async def main() -> bool:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(1e-8)
        return asyncio.get_running_loop().time() > began

    assert run(main(), executor=executor)


@policies
def test_monotonic_time_of_the_code_under_test_goes_with_the_loop(executor: str):
    async def main() -> float:
        with virtual_time(asyncio.get_running_loop(), prefixes=(__name__,)):
            began = time.monotonic()
            await asyncio.sleep(10)
            return time.monotonic() - began

    assert run(main(), executor=executor) == 10.0


@policies
def test_a_heartbeat_does_not_keep_a_dead_simulation_alive(executor: str):
    async def main() -> None:
        async def heartbeat() -> None:
            for _ in itertools.count():
                await asyncio.sleep(5)

        beating = asyncio.create_task(heartbeat())
        await asyncio.get_running_loop().create_future()
        await beating

    with pytest.raises(VirtualTimeLimitError):
        run(main(), executor=executor, max_virtual=100)


@policies
def test_sleep_in_a_thread_takes_virtual_time(executor: str):
    def work() -> None:
        time.sleep(0.3)

    async def main() -> float:
        await asyncio.to_thread(work)
        return asyncio.get_running_loop().time()

    assert run(main(), executor=executor) == 1000.3
