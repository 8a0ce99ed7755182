"""Sets of tasks come out in one order, and tasks are named the same in every run."""

from __future__ import annotations

import asyncio
import sys

import pytest

from simulator.clock import VirtualLoop, run


async def pause(which: int) -> int:
    await asyncio.sleep(0.01)
    return which


def test_as_completed_starts_and_yields_in_the_order_given():
    started: list[int] = []

    async def job(which: int) -> int:
        started.append(which)
        return await pause(which)

    async def main() -> list[int]:
        return [await each for each in asyncio.as_completed([job(which) for which in range(64)])]

    assert run(main()) == started == list(range(64))


def test_as_completed_still_has_timeouts_and_complaints():
    async def main() -> None:
        never = asyncio.create_task(asyncio.Event().wait())
        with pytest.raises(TimeoutError):
            for each in asyncio.as_completed([never], timeout=1):
                await each
        never.cancel()
        forever = asyncio.Event().wait()
        with pytest.raises(TypeError):
            next(iter(asyncio.as_completed(forever)))  # type: ignore[call-overload]
        forever.close()

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 13), reason="as_completed is an async iterator since Python 3.13")
def test_as_completed_as_an_async_iterator():
    async def main() -> list[int]:
        tasks = [asyncio.create_task(pause(which)) for which in range(8)]
        return [tasks.index(each) async for each in asyncio.as_completed(tasks)]

    assert run(main()) == list(range(8))


def test_wait_returns_sets_in_the_order_of_creation():
    async def main() -> tuple[list[int], list[int]]:
        loop = asyncio.get_running_loop()
        tasks, _ = await asyncio.wait([asyncio.create_task(pause(which)) for which in range(64)])
        jobs, _ = await asyncio.wait([loop.run_in_executor(None, int, which) for which in range(64)])
        return [task.result() for task in tasks], [job.result() for job in jobs]

    assert run(main()) == (list(range(64)), list(range(64)))


def test_a_task_group_cancels_in_the_order_of_creation():
    cancelled: list[int] = []

    async def linger(which: int) -> None:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            cancelled.append(which)
            raise

    async def fail() -> None:
        await asyncio.sleep(0.1)
        raise ZeroDivisionError

    async def main() -> None:
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                for which in range(64):
                    group.create_task(linger(which))
                group.create_task(fail())

    run(main())
    assert cancelled == list(range(64))


def test_tasks_are_numbered_by_their_loop():
    async def main() -> list[str]:
        mine = asyncio.current_task()
        assert mine is not None
        tasks = [asyncio.create_task(pause(0)), asyncio.create_task(pause(1), name="mine")]
        await asyncio.gather(*tasks)
        return [mine.get_name(), *(task.get_name() for task in tasks)]

    assert run(main()) == run(main()) == ["Task-1", "Task-2", "mine"]


def test_a_task_factory_of_ones_own_is_used():
    made: list[str] = []

    def factory(loop, coro, **options):
        made.append(coro.__qualname__)
        return asyncio.Task(coro, loop=loop, **options)

    async def main() -> int:
        asyncio.get_running_loop().set_task_factory(factory)
        return await asyncio.create_task(pause(3))

    assert run(main()) == 3
    assert made[0] == "pause"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks_start_at_once_and_keep_their_numbers():
    async def main() -> tuple[list[int], list[str]]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.set_task_factory(asyncio.eager_task_factory)
        started: list[int] = []

        async def eager(which: int) -> int:
            started.append(which)
            return await pause(which)

        tasks = [asyncio.create_task(eager(which)) for which in range(3)]
        at_once = list(started)
        await asyncio.wait(tasks)
        return at_once, [task.get_name() for task in tasks]

    assert run(main()) == ([0, 1, 2], ["Task-2", "Task-3", "Task-4"])
