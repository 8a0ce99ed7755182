"""Steps that a test has left alone: those that were begun and never awaited, of which Python only warns, and those that
still go on in a task when the call is to end. A test that waits for nothing would pass."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from simulator.clock.tasks import VirtualTask, tasks_of
from simulator.scenario.verbs.as_written import as_written


@dataclass(frozen=True, eq=False)
class _Begun:
    """One step, what it was given, and where it was written: by the code of its caller, and how far that was."""

    doing: Coroutine[Any, Any, Any]
    given: tuple[object, ...]
    name: str
    code: CodeType
    line: int
    instruction: int

    @property
    def waits(self) -> bool:
        return inspect.getcoroutinestate(self.doing) == inspect.CORO_CREATED

    @property
    def over(self) -> bool:
        return inspect.getcoroutinestate(self.doing) == inspect.CORO_CLOSED

    @property
    def place(self) -> str:
        path = os.path.relpath(self.code.co_filename)
        return f"{self.code.co_filename if path.startswith('..') else path}:{self.line}"


class Unawaited:
    """The steps of a call on the running loop that are not over, and who waits for them."""

    def __init__(self) -> None:
        self._begun: list[_Begun] = []
        self.loop = asyncio.get_running_loop()

    def note(
        self, doing: Coroutine[Any, Any, Any], name: str, given: tuple[object, ...], caller: FrameType
    ) -> None:
        """``caller`` wrote the step ``name``, with these arguments."""
        self._begun = [begun for begun in self._begun if not begun.over]
        self._begun.append(_Begun(doing, given, name, caller.f_code, caller.f_lineno, caller.f_lasti))

    def tell(self) -> str:
        """What has been forgotten, a line for each step, or nothing. Tells of each once, and lets go of it.

        A task that has not begun yet will await its step; and one that another was given is awaited with that.
        """
        tasks = {id(task.get_coro()) for task in tasks_of(self.loop)}
        waiting = [begun for begun in self._begun if begun.waits and id(begun.doing) not in tasks]
        given = {id(one) for begun in waiting for one in begun.given}
        told = [_told(begun) for begun in waiting if id(begun.doing) not in given]
        for begun in waiting:
            begun.doing.close()
        self._begun = [begun for begun in self._begun if not begun.over]
        return "\n".join(told)

    def tell_unfinished(self) -> str:
        """Which steps still go on in tasks that nobody ends, a line for each, or nothing. Tells of each once."""
        steps = {id(begun.doing): begun for begun in self._begun if not begun.over}
        given = {id(one) for begun in steps.values() for one in begun.given}
        outermost = [_outermost(task, steps) for task in tasks_of(self.loop)]
        left = [begun for begun in outermost if begun is not None and id(begun.doing) not in given]
        self._begun = [begun for begun in self._begun if begun not in left]
        return "\n".join(map(_told_unfinished, left))


def _outermost(task: asyncio.Task[Any], steps: dict[int, _Begun]) -> _Begun | None:
    """The step that a task awaits, if it is one that somebody should have ended."""
    background = isinstance(task, VirtualTask) and task.background
    if background or task.cancelling() or task is asyncio.current_task():
        return None
    return next((steps[id(one)] for one in _awaited(task.get_coro()) if id(one) in steps), None)


def _awaited(doing: Any) -> Iterator[Any]:
    """A coroutine, what it awaits, what that awaits, and so on."""
    while doing is not None:
        yield doing
        doing = getattr(doing, "cr_await", None)


def _told(begun: _Begun) -> str:
    written, follows = _written(begun)
    awaited = f"(await {written})" if follows.startswith((".", "[")) else f"await {written}"
    return f"{begun.place}: `{written}` was never awaited, so it did nothing; write `{awaited}`"


def _told_unfinished(begun: _Begun) -> str:
    written, _ = _written(begun)
    return f"{begun.place}: `{written}` still went on when the test was over; await its task, or cancel it"


def _written(begun: _Begun) -> tuple[str, str]:
    return as_written(begun.code, begun.instruction) or (f"{begun.name}(...)", "")
