"""What a verb gives that does not have to be awaited. Who awaits it all the same is told so: Python's own words would
be of an object that cannot be used there."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simulator.scenario.model.failure import UsageError
from simulator.scenario.verbs.as_written import as_written

__tracebackhide__ = True  # of what is refused, pytest shows the line of the test


class DoneAtOnce:
    """There is nothing to await: whatever led to it has been done, or was begun and goes on by itself."""

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker finds the slip before any test is run

        def __await__(self) -> Generator[Any, None, None]:
            caller = sys._getframe(1)
            written, _ = as_written(caller.f_code, caller.f_lasti) or ("", "")
            by_asyncio = caller.f_globals.get("__name__", "").startswith("asyncio.")
            if by_asyncio or not written.startswith("await "):
                raise UsageError(
                    "a step that goes on at once was given to be awaited; write it on a line of its own"
                )
            step = written.removeprefix("await ")
            raise UsageError(f"`{step}` goes on at once, there is nothing to await; remove `await`")
