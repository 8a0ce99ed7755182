"""What went wrong in somebody's agent, in their words: the error, and where in their own code it arose."""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from types import CodeType

from simulator.clock import RealIOError, SimulationError, VirtualTimeLimitError
from simulator.clock.report import place_of
from simulator.scenario.model.failure import UsageError

_ADVICE: dict[type[SimulationError], str] = {
    RealIOError: (
        "a simulated call has no network: give the agent scripted parts in place of what it talks to. With real "
        "services it can be tried in a call in real time."
    ),
    VirtualTimeLimitError: (
        "end the tasks and timers of the agent when it leaves: `await agent.finish()` returns when a call ends."
    ),
}


def told(error: BaseException) -> str:
    """``RuntimeError: no API key, at shop.py:3``."""
    where = place_in(error)
    what = error.msg if isinstance(error, SyntaxError) else error
    return f"{type(error).__name__}: {what}" + (f", at {where}" if where else "")


def place_in(error: BaseException) -> str:
    """The innermost line of their code that ``error`` came through, as ``folder/file.py:12``; empty if there is none.

    Where a wait was broken off by a timeout, that is the line that waited.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{os.path.relpath(error.filename)}:{error.lineno}"
    places = [place_of(code, line) for code, line in _frames(error) if _is_theirs(code)]
    return places[-1] if places else ""


def told_making(factory: str, error: Exception) -> str:
    """That the function ``factory`` gave no agent."""
    if isinstance(error, UsageError):
        return f"making the agent failed, with {factory}: {error}"
    if isinstance(error, TypeError) and not place_in(error):
        return (
            f"making the agent failed: {factory} cannot be called with edge= ({error}); expected a function like "
            "`async def create_agent(*, edge, **parts)`"
        )
    return f"making the agent failed: {factory} raised {told(error)}"


def told_simulation(error: SimulationError) -> str:
    """What a simulated call cannot go on with, where that was, and what to do about it."""
    where, what = place_in(error), error.headline
    if isinstance(error, RealIOError):
        asked = what.removeprefix("real I/O: ").removesuffix(" inside the simulation")
        what = f"the agent wants to reach what is outside of the simulated call: {asked}"
    place = f", at {where}" if where and where not in what else ""
    return f"{what}{place}\nWhat to do: {_ADVICE.get(type(error), error.advice)}"


def _frames(error: BaseException) -> Iterator[tuple[CodeType, int]]:
    """From the outermost to the innermost."""
    yield from ((frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__))
    waited = error.__cause__ or error.__context__  # the latter up to Python 3.11.2
    if isinstance(error, TimeoutError) and waited is not None:
        yield from _frames(waited)


def _is_theirs(code: CodeType) -> bool:
    return not code.co_filename.startswith("<") and not os.path.realpath(code.co_filename).startswith(_OTHERS)


def _folders() -> Iterator[str]:
    """Where code lies that somebody else has written: Python, what is installed, and this project."""
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    for package in ("agentkit", "simulator"):
        spec = find_spec(package)
        yield from (spec.submodule_search_locations or ()) if spec is not None else ()


_OTHERS = tuple(os.path.join(os.path.realpath(folder), "") for folder in _folders())
