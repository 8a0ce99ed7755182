"""Who waits where: the text under every error of the simulation."""

from __future__ import annotations

import asyncio
import functools
import os
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from simulator.clock.source import NS
from simulator.clock.tasks import tasks_of

if TYPE_CHECKING:
    from simulator.clock.scheduler import Scheduler
    from simulator.clock.timers import Handle, Timer

MAX_TASKS = 20
MAX_TIMERS = 5
MAX_CALLBACKS = 3


def explain(loop: Scheduler, headline: str, advice: str) -> str:
    """`headline`, the state of the loop, and what to do about it."""
    start, now = loop.start_ns, loop.time_ns()
    lines = [headline, f"  at {now / NS:.9f} s, {(now - start) / NS:.9f} s into the simulation"]
    lines += _task_lines(loop)
    lines += [f"  executor job {job}" for job in loop.jobs.describe()]
    lines += _timer_lines(loop)
    if loop.guards.counts:
        top = loop.guards.counts.most_common(MAX_CALLBACKS)
        lines.append("  most frequent callbacks: " + ", ".join(f"{count}x {name}" for name, count in top))
    lines.append(f"What to do: {advice}")
    return "\n".join(lines)


def label(handle: Handle | Timer) -> str:
    """The name of what `handle` runs, without addresses: the same in every run."""
    callback: Any = handle._callback
    args: Any = handle._args
    while isinstance(callback, functools.partial):
        callback, args = callback.func, callback.args
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task) and args and isinstance(args[0], asyncio.Future):
        task = _waiter(args[0])  # a timer that ends the sleep of a task is told by the task
    if isinstance(task, asyncio.Task):
        return f"{task.get_name()} {_name_of(task.get_coro())}"
    return _name_of(callback)


def place_of(code: CodeType, line: int) -> str:
    """`folder/file.py:12`, seen from the working directory where the file is in it."""
    path = os.path.relpath(code.co_filename)
    if path.startswith(os.pardir):
        path = os.sep.join(code.co_filename.split(os.sep)[-2:])
    return f"{path}:{line}"


def place_of_frame(frame: FrameType) -> str:
    """Where `frame` is now, as `folder/file.py:12`."""
    return place_of(frame.f_code, frame.f_lineno)


def stack_of(frame: FrameType | None, depth: int = 4) -> str:
    """Where a thread is, innermost first, as far as the code under test."""
    places: list[str] = []
    while frame is not None and len(places) < depth:
        if frame.f_globals.get("__name__", "").startswith(__package__):
            break
        places.append(place_of_frame(frame))
        frame = frame.f_back
    return " < ".join(places) or "its end"


def await_chain(coro: object) -> str:
    """What a suspended coroutine waits for, outermost first, each with its file and line."""
    links = []
    while (frame := _first(coro, "cr_frame", "gi_frame", "ag_frame")) is not None:
        links.append(f"{_name_of(coro)} ({place_of_frame(frame)})")
        coro = _first(coro, "cr_await", "gi_yieldfrom", "ag_await")
    return " > ".join(links) or _name_of(coro)


def _task_lines(loop: Scheduler) -> list[str]:
    tasks = tasks_of(loop)
    lines = [f"  {task.get_name()} waits in {await_chain(task.get_coro())}" for task in tasks[:MAX_TASKS]]
    if len(tasks) > MAX_TASKS:
        lines.append(f"  ... and {len(tasks) - MAX_TASKS} more tasks")
    return lines or ["  no task is left"]


def _timer_lines(loop: Scheduler) -> list[str]:
    lines = [f"  timer {_deadline(timer)}: {label(timer)}" for timer in loop.timers.upcoming()[:MAX_TIMERS]]
    return lines or ["  no timer is pending"]


def _deadline(timer: Timer) -> str:
    if timer.never_fires:
        return "that never fires"
    return f"at {timer.when():.9f} s{' (background)' if timer.background else ''}"


def _waiter(future: asyncio.Future[Any]) -> object:
    callbacks = getattr(future, "_callbacks", None) or []
    return next((getattr(callback, "__self__", None) for callback, _ in callbacks), None)


def _name_of(thing: object) -> str:
    return getattr(thing, "__qualname__", None) or type(thing).__qualname__


def _first(thing: object, *names: str) -> Any:
    return next((value for name in names if (value := getattr(thing, name, None)) is not None), None)
