"""Run a coroutine in a simulation of its own."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from simulator.clock.loop import VirtualLoop
from simulator.clock.report import await_chain
from simulator.clock.tasks import VirtualTask, tasks_of

T = TypeVar("T")


class LeftoverWarning(RuntimeWarning):
    """The main coroutine returned while tasks that it had started were still running."""


def run(main: Coroutine[Any, Any, T], *, seed: int = 0, **options: Any) -> T:
    """`asyncio.run` in virtual time. The options are those of `VirtualLoop`.

    Tasks still running when `main` has returned are cancelled, oldest first. Those not made in a `background()` block
    are reported with a LeftoverWarning that says where each of them waited.
    """
    if asyncio._get_running_loop() is not None:
        main.close()
        raise RuntimeError(
            "simulator.clock.run() starts a loop of its own and was called inside a running one: "
            "await the coroutine instead, or call run() from a plain function"
        )
    return _run(main, VirtualLoop(seed=seed, **options))


def check_reproducible(main: Callable[[], Coroutine[Any, Any, T]], *, seed: int = 0, **options: Any) -> T:
    """Run `main()` twice and return its second result.

    Raises NondeterminismError at the first callback that the second run does not have in common with the first.
    """
    first = VirtualLoop(seed=seed, record=True, **options)
    _run(main(), first)
    return _run(main(), VirtualLoop(seed=seed, replay=first.steps, **options))


def _run(main: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        try:
            result = runner.run(main)
        finally:
            report = [
                f"  {task.get_name()} waited in {await_chain(task.get_coro())}"
                for task in tasks_of(loop)
                if not (isinstance(task, VirtualTask) and task.background)
            ]
            runner.run(_cancel_all(loop))
    if report:
        headline = f"{len(report)} task(s) still running when the main coroutine returned were cancelled:"
        advice = "Await or cancel them before returning, or start them inside `with background():`."
        warnings.warn("\n".join([headline, *report, advice]), LeftoverWarning, stacklevel=3)
    return result


async def _cancel_all(loop: VirtualLoop) -> None:
    """Cancel every task but this one, oldest first, and wait for them. (The stock runner takes them in any order.)"""
    tasks = [task for task in tasks_of(loop) if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            loop.call_exception_handler(
                {"message": "a task raised while it was being cancelled", "exception": error, "task": task}
            )
