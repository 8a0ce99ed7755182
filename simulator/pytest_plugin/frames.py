"""Tracebacks that end, or begin, in what the user wrote: how a call is made and played is not what went wrong."""

from __future__ import annotations

import traceback
from types import TracebackType

import pytest

from simulator.edge.errors import CallError
from simulator.media.errors import MediaError
from simulator.scenario.failure import StepFailed, UsageError

REFUSALS = (CallError, MediaError, StepFailed, UsageError)
"""What tells a test that it asked for something that cannot be: the line that asked says more than ours."""

_MAKES_AGENTS = "simulator.scenario.making"


def shortened(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """The same exception without what led to the user's code, and if it is a refusal, without what followed it."""
    steps = [frame for frame, _ in traceback.walk_tb(excinfo.tb)]
    modules = [str(frame.f_globals.get("__name__", "")) for frame in steps]
    first, last = 0, len(steps)
    if isinstance(excinfo.value, REFUSALS):
        while last and modules[last - 1].startswith("simulator."):
            last -= 1
    if _MAKES_AGENTS in modules[:last]:
        first = last - modules[:last][::-1].index(_MAKES_AGENTS)
    if first >= last or (first, last) == (0, len(steps)):
        return excinfo
    shorter = _part(excinfo.tb, first, last)
    return pytest.ExceptionInfo.from_exception(excinfo.value.with_traceback(shorter))


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
