"""What a test gives to a verb. Whatever cannot have been meant is refused with `UsageError`: the name of the argument,
what was expected, what was found, and what to write."""

from __future__ import annotations

import inspect
import json
import math
import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from simulator.edge.acoustics import Acoustics
from simulator.edge.network import Network
from simulator.scenario.model.failure import UsageError
from simulator.scenario.model.globs import Glob
from simulator.scenario.model.problems import shown
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.vocabulary import misspelt_event

__tracebackhide__ = True  # of what is refused, pytest shows the line of the test

Made = TypeVar("Made")

Time = float | str | Duration
"""A length of time: seconds, or a text as in a scenario file, such as ``"800ms"``, ``"1.5s"`` or ``"2m"``."""

MOST_S = 100.0
"""From here on a number is taken for milliseconds. A step that may take so many seconds is rare: the default is 30, and
a text says which unit is meant."""


def duration_of(name: str, time: Time) -> Duration:
    """The length of time that was given as ``name``."""
    given: object = time
    if isinstance(given, Duration):
        return given
    try:
        return Duration.parse(given) if isinstance(given, str) else _of_seconds(given)
    except ValueError as error:
        raise UsageError(f"{name}={found(given)}: {error}") from None


def length_ns(name: str, time: Time) -> int:
    """The same in nanoseconds."""
    return duration_of(name, time).ns


def _of_seconds(given: object) -> Duration:
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise ValueError(f'expected seconds, like 1.5, or a text, like "800ms"; found {kind_of(given)}')
    seconds = float(given)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("expected seconds, 0 or more")
    if seconds >= MOST_S:
        meant = f"expected seconds, and these are many; did you mean {seconds / 1000:g}?"
        raise ValueError(f'{meant} If they are meant, write "{seconds:.0f}s"')
    return Duration(round(seconds * 1e9))


def event_of(event: str) -> str:
    """A type of events. One that nobody knows may be a plugin's, unless it is much like one of ours."""
    given: object = event
    if not isinstance(given, str):
        raise UsageError(
            f'event={found(given)}: expected the type of an event, like "turn.ended", found {kind_of(given)}'
        )
    if (meant := misspelt_event(given)) is not None:
        raise UsageError(f"there is no event {shown(given)}; did you mean {meant!r}?")
    return given


def times_of(times: int) -> int:
    """How often something is to happen."""
    given: object = times
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise UsageError(f"times={found(given)}: expected a whole number, 1 or more")
    return given


def glob_of(name: str, text: str | Glob) -> Glob:
    """A text to match."""
    given: object = text
    if isinstance(given, Glob):
        return given
    if not isinstance(given, str):
        spelt = f"; write {name}={_as_text(given)}" if isinstance(given, bool | int | float) else ""
        raise UsageError(
            f"{name}={found(given)}: expected a text to match, in which * is anything, found {kind_of(given)}{spelt}"
        )
    try:
        return Glob(given)
    except ValueError as error:
        raise UsageError(f"{name}={found(given)}: {error}") from None


def globs_of(where: Mapping[str, str | Glob] | None) -> dict[str, Glob]:
    """Fields of an event, and what they have to look like."""
    given: object = where
    if not isinstance(given, Mapping | None):
        raise UsageError(
            f'where={found(given)}: expected fields and what they look like, {{"name": "seven*"}}, '
            f"found {kind_of(given)}"
        )
    return {name: glob_of(name, text) for name, text in (where or {}).items()}


def file_of(name: str, file: str | Path) -> str:
    """A recording, by name or path."""
    given: object = file
    if not isinstance(given, str | Path) or not str(given).strip():
        raise UsageError(
            f'{name}={found(given)}: expected the name of a recording, like "hello.wav", found {kind_of(given)}'
        )
    return os.fspath(given)


def text_of(name: str, text: str) -> str:
    """A name, or something else that is said with a few letters."""
    given: object = text
    if not isinstance(given, str) or not given.strip():
        raise UsageError(f"{name}={found(given)}: expected a text, found {kind_of(given)}")
    return given


def flag_of(name: str, flag: bool, hint: str) -> bool:
    """True or False."""
    given: object = flag
    if not isinstance(given, bool):
        raise UsageError(f"{name}={found(given)}: expected True or False; {hint}")
    return given


def network_of(network: Network | None) -> Network | None:
    """What lies between somebody and the agent, if anything does."""
    return _made("network", network, Network, "Network.both(delay_s=0.04, loss=0.01)")


def acoustics_of(acoustics: Acoustics | None) -> Acoustics | None:
    """The room in which somebody speaks, if it is heard."""
    return _made("acoustics", acoustics, Acoustics, "Acoustics(gain_db=-12)")


def _made(name: str, given: Made | None, kind: type[Made], example: str) -> Made | None:
    if given is None or isinstance(given, kind):
        return given
    raise UsageError(
        f"{name}={found(given)}: expected {name}={example}, with `from simulator.edge.{name} import {kind.__name__}`; "
        f"found {kind_of(given)}"
    )


def found(given: object) -> str:
    """What was given, as it may have been written."""
    return shown(given) if isinstance(given, str) else shown(repr(given))[1:-1]


def kind_of(given: object) -> str:
    """What something is, in words; above all what has been forgotten to await."""
    if inspect.iscoroutine(given):
        return "a step that was not awaited; put `await` before it"
    if given is None:
        return "None"
    if isinstance(given, str):
        return "a text" if given.strip() else "an empty text"
    return type(given).__name__


def _as_text(value: Any) -> str:
    return f'"{json.dumps(value)}"'
