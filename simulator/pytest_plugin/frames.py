"""Tracebacks that begin, and end, in what the user wrote: how a call is made and played is not what went wrong."""

from __future__ import annotations

import traceback
from types import TracebackType

import pytest

from simulator.edge.errors import CallError
from simulator.media.errors import MediaError
from simulator.scenario.model.failure import StepFailed, UsageError

REFUSALS = (CallError, MediaError, StepFailed, UsageError)
"""What tells a test that it asked for something that cannot be: the line that asked says more than ours."""

_CALL_USERS = ("simulator.scenario.playing.making", "simulator.explore.calls")
"""Where we call what users wrote: the function that makes their agent, and a test with `@given_timings`."""

_MACHINERY = {"simulator", "asyncio", "pytest_asyncio", "_pytest", "pluggy", "hypothesis"}


def shortened(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """The same exception without what led to the user's code, and if it is a refusal, without what followed it.

    A refusal that came through no code of theirs is its message.
    """
    error = excinfo.value
    modules = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(excinfo.tb)]
    last = len(modules)
    first = max((at + 1 for at, module in enumerate(modules) if module in _CALL_USERS), default=0)
    if isinstance(error, REFUSALS) and error.__cause__ is None:
        while last > first and modules[last - 1].partition(".")[0] in _MACHINERY:
            last -= 1
        if last == first:
            return message_alone(excinfo, "\n".join([str(error), *getattr(error, "__notes__", ())]))
    if first == last or (first, last) == (0, len(modules)):
        return excinfo
    return pytest.ExceptionInfo.from_exception(error.with_traceback(_part(excinfo.tb, first, last)))


def message_alone(
    excinfo: pytest.ExceptionInfo[BaseException], message: str
) -> pytest.ExceptionInfo[BaseException]:
    """This message in place of an exception, and no traceback."""
    alone = pytest.fail.Exception(message, pytrace=False)
    return pytest.ExceptionInfo.from_exception(alone.with_traceback(excinfo.tb))


def _part(whole: TracebackType | None, first: int, last: int) -> TracebackType | None:
    """The frames from ``first`` to ``last`` (exclusive) of a traceback, which itself stays as it is."""
    links = []
    while whole is not None:
        links.append(whole)
        whole = whole.tb_next
    part: TracebackType | None = None
    for link in reversed(links[first:last]):
        part = TracebackType(part, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return part
