"""Steps that were begun and never awaited: Python only warns of them, and a test that waits for nothing would pass."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Coroutine
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from simulator.clock.tasks import tasks_of
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


class Unawaited:
    """The steps of a call that nobody has awaited so far."""

    def __init__(self) -> None:
        self._begun: list[_Begun] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(
        self, doing: Coroutine[Any, Any, Any], name: str, given: tuple[object, ...], caller: FrameType
    ) -> None:
        """``caller`` wrote the step ``name``, with these arguments."""
        self._loop = asyncio.get_running_loop()
        self._begun = [begun for begun in self._begun if begun.waits]
        self._begun.append(_Begun(doing, given, name, caller.f_code, caller.f_lineno, caller.f_lasti))

    def tell(self) -> str:
        """What has been forgotten, a line for each step, or nothing. Tells of each once, and lets go of it.

        A task that has not begun yet will await its step; and one that another was given is awaited with that.
        """
        if self._loop is None:
            return ""
        tasks = {id(task.get_coro()) for task in tasks_of(self._loop)}
        waiting = [begun for begun in self._begun if begun.waits and id(begun.doing) not in tasks]
        given = {id(one) for begun in waiting for one in begun.given}
        told = [_told(begun) for begun in waiting if id(begun.doing) not in given]
        for begun in waiting:
            begun.doing.close()
        self._begun.clear()
        return "\n".join(told)


def _told(begun: _Begun) -> str:
    written, follows = as_written(begun.code, begun.instruction) or (f"{begun.name}(...)", "")
    awaited = f"(await {written})" if follows.startswith((".", "[")) else f"await {written}"
    path = os.path.relpath(begun.code.co_filename)
    place = begun.code.co_filename if path.startswith("..") else path
    return f"{place}:{begun.line}: `{written}` was never awaited, so it did nothing; write `{awaited}`"
