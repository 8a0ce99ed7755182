"""Times, ranges of times, percentages, counts and comparisons, as they are written in a scenario.

Everything is exact: a time is an integer number of nanoseconds, so a scenario waits to the same instant each run.
Whatever cannot be read raises `ValueError` with what was found and what it should look like.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from simulator.scenario.model.levels import Share, plain
from simulator.scenario.model.problems import shown

_UNITS_NS = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}
DAY_NS = 24 * 60 * _UNITS_NS["m"]
_MOST = 1_000_000_000
"""No count or number in a scenario is larger: a day of 20 ms frames is 4 million."""

_TIMES = "write it like 800ms, 1.5s or 2m"
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
_TIME = re.compile(rf"({_NUMBER})\s*([A-Za-z]*)")
_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>)?\s*([^<>=!\s].*)", re.DOTALL)


@dataclass(frozen=True, order=True)
class Duration:
    """A length of virtual time in whole nanoseconds, from 0 to less than 24 hours."""

    ns: int

    def __post_init__(self) -> None:
        if not 0 <= self.ns < DAY_NS:
            raise ValueError(f"a time is at least 0 and less than 24 hours, found {self.ns} ns")

    @classmethod
    def parse(cls, text: str) -> Duration:
        """``"800ms"``, ``"1.5s"``, ``"2m"`` or a bare ``"0"``."""
        text = text.strip()
        if text.startswith("-"):
            raise ValueError(f"a time cannot be negative, found {shown(text)}; {_TIMES}")
        if not (match := _TIME.fullmatch(text)):
            raise ValueError(f"{shown(text)} is not a time; {_TIMES}")
        number, unit = Decimal(match[1]), match[2]
        if not unit and number == 0:
            return cls(0)
        if not unit:
            raise ValueError(f"{shown(text)} has no unit: did you mean {text}s or {text}ms?")
        if unit not in _UNITS_NS:
            raise ValueError(f"{shown(unit)} in {shown(text)} is not a unit of time (ms, s, m); {_TIMES}")
        ns = number * _UNITS_NS[unit]
        if ns >= DAY_NS:
            raise ValueError(f"{shown(text)} is too long: a time in a scenario is less than 24 hours")
        return cls(round(ns))

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self.ns / 1e9

    def __str__(self) -> str:
        if self.ns == 0:
            return "0"
        unit = "m" if self.ns % _UNITS_NS["m"] == 0 else "s" if self.ns >= _UNITS_NS["s"] else "ms"
        return f"{plain(Decimal(self.ns) / _UNITS_NS[unit])}{unit}"


@dataclass(frozen=True)
class Range:
    """A time that may be explored: ``500ms..2s``. A plain time is a range of one.

    A plain run takes ``lo``, which is there to read in the file; only exploring draws between the two.
    """

    lo: Duration
    hi: Duration

    def __post_init__(self) -> None:
        if self.lo > self.hi:
            raise ValueError(f"the range {self.lo}..{self.hi} runs backwards: write {self.hi}..{self.lo}")

    @classmethod
    def parse(cls, text: str) -> Range:
        """``"500ms..2s"``, or anything `Duration.parse` takes."""
        if ".." not in text:
            duration = Duration.parse(text)
            return cls(duration, duration)
        first, _, last = text.partition("..")
        if not first.strip() or not last.strip():
            raise ValueError(f"{shown(text)} is half a range; write it like 500ms..2s")
        return cls(Duration.parse(first), Duration.parse(last))

    @property
    def fixed(self) -> bool:
        """True when there is nothing to explore."""
        return self.lo == self.hi

    @property
    def ns(self) -> int:
        """What a plain run takes, in nanoseconds."""
        return self.lo.ns

    @property
    def seconds(self) -> float:
        """What a plain run takes, in seconds."""
        return self.lo.seconds

    def __str__(self) -> str:
        return str(self.lo) if self.fixed else f"{self.lo}..{self.hi}"


def parse_count(text: str) -> int:
    """A whole number of things, not negative."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > _MOST:
        raise ValueError(f"{shown(text)} is not a count; write a whole number like 0, 1 or 12")
    return int(text)


def parse_quantity(text: str) -> Duration | float:
    """What a metric is held against: a time, a percentage (as a fraction) or a plain number."""
    text = text.strip()
    if text.endswith("%"):
        return Share.parse(text).fraction
    if re.fullmatch(_NUMBER, text):
        if (number := Decimal(text)) > _MOST:
            raise ValueError(f"{shown(text)} is too large: at most {_MOST:,}")
        return int(number) if number == int(number) else float(number)
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise ValueError(f"{error}; a number (2) or a percentage (95%) will do as well") from None


_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}


_SLIPS = {"=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "= ": "=="}


@dataclass(frozen=True)
class Comparison:
    """``<= 300ms``, ``>= 2``, ``== 1``: what a measured value is held against."""

    op: str
    value: Duration | float

    def __post_init__(self) -> None:
        if self.op not in _HOLDS:
            raise ValueError(f"{shown(self.op)} is not a comparison: {', '.join(_HOLDS)}")

    @classmethod
    def parse_count(cls, text: str) -> Comparison:
        """A count, alone (``"1"`` means exactly one) or compared (``">= 1"``)."""
        op, rest = _operator_of(text, "0, 1 or '>= 2'")
        return cls(op or "==", parse_count(rest))

    @classmethod
    def parse_quantity(cls, text: str) -> Comparison:
        """A time, number or percentage with an operator before it: ``"<= 300ms"``."""
        op, rest = _operator_of(text, "'<= 300ms' or '>= 2'")
        if not op:
            raise ValueError(f"{shown(text)} has no comparison before it; write it like <= {text.strip()}")
        return cls(op, parse_quantity(rest))

    def holds(self, measured: float) -> bool:
        """Whether a measured value fits; it is in nanoseconds where it is compared with a time."""
        return _HOLDS[self.op](measured, self.value.ns if isinstance(self.value, Duration) else self.value)

    def __str__(self) -> str:
        return f"{self.op} {self.value}"


def _operator_of(text: str, examples: str) -> tuple[str, str]:
    """The operator (or nothing) and what it applies to."""
    text = text.strip()
    if meant := next((op for slip, op in _SLIPS.items() if text.startswith(slip)), None):
        raise ValueError(f"{shown(text)} begins with no comparison, did you mean {meant!r}?")
    if match := _COMPARISON.fullmatch(text):
        return match[1] or "", match[2]
    raise ValueError(f"{shown(text)} is not a comparison; write it like {examples}")
