"""`run`: asyncio.run in virtual time, with a report of what was left over."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import threading
import warnings

import pytest

from agentkit.core import clock
from simulator.clock import (
    LeftoverWarning,
    NondeterminismError,
    VirtualLoop,
    background,
    check_reproducible,
    run,
)


def test_the_result_of_the_main_coroutine_is_returned_and_its_exception_raised():
    async def good() -> int:
        return 7

    async def bad() -> None:
        raise KeyError("what")

    assert run(good()) == 7
    with pytest.raises(KeyError, match="what"):
        run(bad())


def test_tasks_left_over_are_cancelled_oldest_first_and_reported():
    cancelled: list[int] = []

    async def linger(which: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            cancelled.append(which)

    async def main() -> str:
        tasks = []
        for which in range(20):  # with finished ones between them, as in a call that has gone on for a while
            tasks.append(asyncio.create_task(linger(which), name=f"linger {which}"))
            await asyncio.gather(*(asyncio.create_task(asyncio.sleep(0)) for _ in range(37)))
        await asyncio.sleep(1)
        return f"{len(tasks)} tasks"

    with pytest.warns(LeftoverWarning) as caught:
        assert run(main()) == "20 tasks"
    assert cancelled == list(range(20))
    message = str(caught[0].message)
    assert "20 task(s) still running" in message
    assert "linger 3 waited in" in message
    assert "test_virtual_run.py:" in message
    assert "`with background():`" in message


def test_tasks_left_over_after_an_exception_are_cancelled_oldest_first_too():
    cancelled: list[int] = []

    async def linger(which: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            cancelled.append(which)

    async def main() -> None:
        tasks = []
        for which in range(20):
            tasks.append(asyncio.create_task(linger(which)))
            await asyncio.gather(*(asyncio.create_task(asyncio.sleep(0)) for _ in range(37)))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(main())
    assert cancelled == list(range(20))


def test_a_run_inside_a_run_is_refused():
    async def inner() -> None: ...

    async def main() -> None:
        run(inner())

    with pytest.raises(RuntimeError, match="await the coroutine instead"):
        run(main())


def test_background_tasks_are_cancelled_without_a_word():
    cancelled: list[float] = []

    async def beat() -> None:
        try:
            for _ in itertools.count():
                await asyncio.sleep(1)
        finally:
            cancelled.append(asyncio.get_running_loop().time())

    async def owner() -> None:
        await asyncio.gather(beat(), asyncio.create_task(beat()))

    async def main() -> None:
        with background():
            task = asyncio.create_task(owner())
        await asyncio.sleep(2.5)
        assert not task.done()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(main())
    assert cancelled == [1002.5, 1002.5]


def test_a_clock_of_the_simulation_answers_only_while_it_runs():
    async def main() -> tuple[float, str, float]:
        return clock.now(), clock.new_id(), clock.rng("dice").random()

    assert run(main(), seed=5) == run(main(), seed=5)
    assert run(main(), seed=5)[2] != run(main(), seed=6)[2]
    assert abs(clock.now() - 1_767_225_600.0) > 1


def test_streams_are_independent_of_each_other_and_go_on_by_name():
    async def main() -> list[float]:
        return [clock.rng("a").random() for _ in range(3)]

    async def with_others() -> list[float]:
        drawn = []
        for _ in range(3):
            clock.rng("b").random()
            drawn.append(clock.rng("a").random())
        return drawn

    assert run(main()) == run(with_others())
    assert len(set(run(main()))) == 3


def test_ids_of_a_simulation_differ_at_both_ends():
    async def main() -> list[str]:
        return [clock.new_id() for _ in range(50)]

    ids = run(main())
    assert len({one[:8] for one in ids}) == len({one[-8:] for one in ids}) == 50


def test_a_context_variable_set_by_the_caller_is_seen():
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("seen")

    async def main() -> str:
        return variable.get()

    assert run(main()) == "seen"


def test_simulations_can_follow_each_other_and_run_in_several_threads_at_once():
    async def main(length: float) -> float:
        await asyncio.gather(*(asyncio.sleep(length / part) for part in range(1, 50)))
        return asyncio.get_running_loop().time()

    results: list[float] = []
    threads = [threading.Thread(target=lambda n=n: results.append(run(main(n)))) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [1001.0, 1002.0, 1003.0]


def test_a_program_that_repeats_itself_is_reproducible():
    async def main() -> float:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(asyncio.sleep(clock.rng("pause").random()))
        return clock.rng("result").random()

    assert check_reproducible(main) == check_reproducible(main)


def test_the_first_step_that_differs_is_named():
    runs: list[int] = []

    async def main() -> None:
        runs.append(1)
        await asyncio.sleep(1.0)
        await asyncio.create_task(asyncio.sleep(len(runs)), name="pause")

    with pytest.raises(NondeterminismError) as caught:
        check_reproducible(main)
    report = str(caught.value)
    assert (
        "is 'pause sleep' at 1003.000000000 s; the run before had 'pause sleep' at 1002.000000000 s" in report
    )
    assert "virtual_time(prefixes=...)" in report
    assert "state that the run before left in a module" in report


def test_a_run_that_ends_early_is_named_too():
    runs: list[int] = []

    async def main() -> None:
        runs.append(1)
        for _ in range(4 - 2 * len(runs)):
            await asyncio.sleep(1)

    with pytest.raises(NondeterminismError, match="the run before had"):
        check_reproducible(main)


def test_steps_are_kept_only_on_request():
    loop = VirtualLoop()
    try:
        with pytest.raises(ValueError, match="record=True"):
            _ = loop.steps
    finally:
        loop.close()
