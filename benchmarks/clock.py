"""How fast virtual time goes by, next to other virtual clocks and to what is possible without asyncio.

The work is ten streams that tick every 20 ms for 100 virtual seconds, each out of phase with the others: ten tasks that
sleep, or one ticker that serves all ten.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import types
from collections.abc import Callable, Generator
from heapq import heapify, heappop, heapreplace

import looptime
import trio
import trio.testing

from benchmarks.result import Result
from simulator.clock import VirtualLoop, run

STREAMS = 10
TICKS = 5_000
TICK_S = 0.02
PHASE_S = TICK_S / STREAMS
VIRTUAL_S = TICKS * TICK_S
RUNS = 5


def measure() -> list[Result]:
    """A row for each clock: simulated seconds per second, the median of interleaved runs."""
    work: dict[str, Callable[[], None]] = {
        "clock.virtual_loop": lambda: run(_sleepers()),
        "clock.virtual_loop_shared_ticker": lambda: run(_shared_ticker()),
        "clock.looptime": _on_looptime,
        "clock.trio_autojump": _on_trio,
        "clock.floor": _without_asyncio,
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(RUNS):
        for name, do in work.items():
            began = time.perf_counter()
            do()
            seconds[name].append(time.perf_counter() - began)
    values = {name: VIRTUAL_S / statistics.median(taken) for name, taken in seconds.items()}
    return [
        Result(name, value, "sim_s/s", RUNS, ratio_to_floor=values["clock.floor"] / value)
        for name, value in values.items()
    ]


async def _sleepers() -> None:
    async def stream(number: int) -> None:
        await asyncio.sleep(number * PHASE_S)
        for _ in range(TICKS):
            await asyncio.sleep(TICK_S)

    async with asyncio.TaskGroup() as group:
        for number in range(STREAMS):
            group.create_task(stream(number))


async def _shared_ticker() -> None:
    """One timer for all: what a simulated call does. Each stream is a plain function call."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    done = loop.create_future()
    ticks = [0] * STREAMS
    period_ns = round(TICK_S * 1e9)

    def stream(number: int) -> None:
        ticks[number] += 1

    def tick(left: int) -> None:
        for number in range(STREAMS):
            stream(number)
        if left:
            loop.call_at_ns(loop.now_ns + period_ns, tick, left - 1)
        else:
            done.set_result(None)

    loop.call_soon(tick, TICKS)
    await done


def _on_looptime() -> None:
    """With `noop_cycles=0`, its fastest setting: by default it goes round the loop 42 times before time moves."""

    class Loop(looptime.LoopTimeEventLoop, asyncio.SelectorEventLoop):
        pass

    with asyncio.Runner(loop_factory=lambda: Loop(start=1000.0, noop_cycles=0)) as runner:
        runner.run(_sleepers())


def _on_trio() -> None:
    async def stream(number: int) -> None:
        await trio.sleep(number * PHASE_S)
        for _ in range(TICKS):
            await trio.sleep(TICK_S)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(STREAMS):
                nursery.start_soon(stream, number)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def _without_asyncio() -> None:
    """The floor: coroutines that yield how long they sleep, and a heap."""

    @types.coroutine
    def sleep(seconds: float) -> Generator[float, None, None]:
        yield seconds

    async def stream(number: int) -> None:
        await sleep(number * PHASE_S)
        for _ in range(TICKS):
            await sleep(TICK_S)

    heap = [(0, number, stream(number).send) for number in range(STREAMS)]
    heapify(heap)
    number = STREAMS
    while heap:
        now_ns, _, resume = heap[0]
        try:
            delay = resume(None)
        except StopIteration:
            heappop(heap)
        else:
            number += 1
            heapreplace(heap, (now_ns + int(delay * 1e9 + 0.5), number, resume))
