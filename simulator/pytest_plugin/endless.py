"""A test of a call that does not end: told by its own line and in its own terms, not by those of the loop it ran on."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

from simulator.clock import DeadlockError, LivelockError, StallError, VirtualTimeLimitError
from simulator.clock.report import place_of_frame
from simulator.clock.tasks import tasks_of

if TYPE_CHECKING:
    from simulator.scenario.playing.stage import Stage

ENDLESS = (DeadlockError, LivelockError, StallError, VirtualTimeLimitError)
"""What a loop gives up with: raised by itself, so that the traceback is the loop's."""


def told(error: BaseException, item: pytest.Item, call: Stage) -> str | None:
    """What to say in place of ``error``; None where that says it best."""
    if not isinstance(error, ENDLESS):
        return None
    places = [
        place_of_frame(frame)
        for task in tasks_of(call.window.unawaited.loop)
        for frame in reversed(list(_frames(task.get_coro())))
        if frame.f_code.co_filename == str(item.path)
    ]
    where = f"; it waits at {places[0]}" if places else ""
    if not isinstance(error, VirtualTimeLimitError):
        return f"{error.headline}{where}\nWhat to do: {error.advice}"
    passed = call.trace.now_ns() / 1e9
    return (
        f"the test did not end: {passed:g} s of the call have passed{where}\n"
        "What to do: end the loop it is in, or wait for something with a limit (`within=`). If the call is meant "
        f"to take that long: @pytest.mark.virtual(max_virtual={2 * passed:.0f})"
    )


def _frames(doing: Any) -> Iterator[FrameType]:
    """Where a coroutine is, and what it awaits, and what that awaits: outermost first."""
    while (frame := getattr(doing, "cr_frame", None)) is not None:
        yield frame
        doing = doing.cr_await
