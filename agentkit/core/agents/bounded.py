"""Waiting for others, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

STOP_LIMIT_S = 1.0
"""How long a provider may take to stop before the agent goes on without it."""

CANCEL_LIMIT_S = 0.02
"""How long what was left behind may take to notice that it was cancelled."""


@asynccontextmanager
async def no_longer_than(limit_s: float, what: str) -> AsyncIterator[asyncio.Timeout]:
    """Give up the block after ``limit_s`` seconds, with a `TimeoutError` that says that there was no ``what``."""
    timeout = asyncio.timeout(limit_s)
    try:
        async with timeout:
            yield timeout
    except TimeoutError as error:
        if timeout.expired():  # else it is what somebody in the block raised
            raise TimeoutError(f"no {what} for {limit_s:g} s") from error
        raise


async def all_within(limit_s: float, work: Mapping[str, Awaitable[Any]]) -> dict[str, BaseException]:
    """Run everything in ``work`` at once, for at most ``limit_s`` seconds.

    Returns what failed, by name: the exception, or a `TimeoutError` for what had to be left behind. What is left
    behind is cancelled, and given `CANCEL_LIMIT_S` to end: a provider that ignores cancellation delays nobody.
    """
    if not work:
        return {}
    tasks = {name: asyncio.ensure_future(one) for name, one in work.items()}
    try:
        _, late = await asyncio.wait(tasks.values(), timeout=limit_s)
    finally:
        for task in tasks.values():
            task.cancel()
    if late:
        await asyncio.wait(late, timeout=CANCEL_LIMIT_S)
    failures: dict[str, BaseException] = {}
    for name, task in tasks.items():
        if task in late:
            task.add_done_callback(_forget)
            failures[name] = TimeoutError(f"{name} took longer than {limit_s:g} s and was left behind")
        elif task.cancelled():
            failures[name] = TimeoutError(f"{name} was cancelled")
        elif (error := task.exception()) is not None:
            failures[name] = error
    return failures


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
