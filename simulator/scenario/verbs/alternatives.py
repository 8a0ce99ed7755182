"""Waiting for the first of several things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.verbs.arguments import kind_of
from simulator.scenario.verbs.done_at_once import DoneAtOnce
from simulator.scenario.verbs.window import Moment, Window

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


async def any_of(window: Window, waits: list[Awaitable[Moment]]) -> Moment:
    """The moment of the first that happens; the others are waited for no longer.

    Raises `StepFailed` with what each has to say when none of them does, and anything else that one raises.
    """
    wrong = [kind_of(wait) for wait in waits if not _is_awaited(wait)]
    if wrong or not waits:
        raise UsageError(
            "any_of: expected steps, as in call.any_of(call.agent.speaks(), call.wait_for(...)) without `await` "
            f"inside, found {wrong[0] if wrong else 'none'}"
        )
    opens_ns = window.opens(None)
    tasks = [asyncio.ensure_future(_opened(window, opens_ns, wait)) for wait in waits]
    pending = set(tasks)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            errors = {task: task.exception() for task in tasks if task in done}
            for error in errors.values():
                if error is not None and not isinstance(error, StepFailed):
                    raise error
            if moments := [task.result() for task, error in errors.items() if error is None]:
                return window.mark(min(moment.at_ns for moment in moments))
    finally:
        for task in tasks:
            task.cancel()
    failures = [task.exception() for task in tasks]
    told = [error for error in failures if isinstance(error, StepFailed)]
    raise StepFailed(
        "; and ".join(map(str, told)),
        at_ns=max(error.at_ns for error in told),
        since_ns=min(error.since_ns for error in told),
    )


def _is_awaited(wait: object) -> bool:
    return isinstance(wait, Awaitable) and not isinstance(wait, DoneAtOnce)


async def _opened(window: Window, opens_ns: int, wait: Awaitable[Moment]) -> Moment:
    """Wait as if for nothing else: one that was over at once has moved the window on."""
    window.mark(opens_ns)
    return await wait
