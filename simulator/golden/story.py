"""A difference between two traces, told: the last moment in common, what was expected, and what happened instead."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from simulator.golden.compare import Divergence, differing_fields
from simulator.golden.rules import EXACT, Rules
from simulator.trace.record import Record
from simulator.trace.story import tell

GOES_ON = 3
"""Moments that are told of each trace after the difference."""

LONGEST = 100
"""Characters of a record or a field that are shown."""

_LABEL = 24
_TIME = len("  0.000 s  ")
_NOTHING = " " * _TIME + "nothing"

_Moment = tuple[str, int]


def tell_divergence(
    divergence: Divergence, expected: Iterable[Record], happened: Iterable[Record], rules: Rules = EXACT
) -> list[str]:
    """Lines for a person: where ``expected`` and ``happened`` part, and how each went on."""
    kept, found = rules.kept(expected), rules.kept(happened)
    golden, call = _Told(kept), _Told(found)
    common = golden.last_in_common(_Told(kept[: divergence.index]), call)
    return [
        _labelled("last in common:", golden.at(common) if common else _NOTHING),
        *_the_two(divergence, kept, found, rules),
        *_goes_on("the golden went on:", golden.after(common)),
        *_goes_on("this call went on:", call.after(common)),
    ]


class _Told:
    """The story of a trace. A moment is known by its words and by how often they came before, whenever it was."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._lines = tell(records)
        seen: Counter[str] = Counter()
        self._moments: dict[_Moment, int] = {}
        for number, line in enumerate(self._lines):
            words = line[_TIME:]
            self._moments[words, seen[words]] = number
            seen[words] += 1

    def last_in_common(self, before: _Told, other: _Told) -> _Moment | None:
        """The last moment that ``before`` and ``other`` have as well."""
        shared = (m for m in self._moments if m in before._moments and m in other._moments)
        return max(shared, key=self._moments.__getitem__, default=None)

    def at(self, moment: _Moment) -> str:
        return self._lines[self._moments[moment]]

    def after(self, moment: _Moment | None) -> list[str]:
        return self._lines if moment is None else self._lines[self._moments[moment] + 1 :]


def _the_two(
    divergence: Divergence, kept: Sequence[Record], found: Sequence[Record], rules: Rules
) -> Iterator[str]:
    expected, happened = divergence.expected, divergence.happened
    yield _labelled("expected:", f"{_NOTHING} more" if expected is None else _line(expected))
    if expected is None or happened is None or expected[1:3] != happened[1:3]:
        yield _labelled("happened instead:", f"{_NOTHING} more" if happened is None else _line(happened))
        if expected is not None and (later := _elsewhere(expected, found)) is not None:
            came = f"what was expected came {_shift(expected, later)}, at {later.t_ns / 1e9:.3f} s"
            yield _labelled("", f"{' ' * _TIME}{came}")
        return
    apart = "" if expected.t_ns == happened.t_ns else f", {_shift(expected, happened)}"
    fields = differing_fields(expected, happened, rules)
    yield _labelled("happened instead:", f"{_time(happened)}the same{' but for' if fields else ''}{apart}")
    for name in fields:
        values = (_value(record.data, name) for record in (expected, happened))
        yield _labelled("", f"{' ' * _TIME}{name}: expected {next(values)}, found {next(values)}")


def _elsewhere(record: Record, records: Sequence[Record]) -> Record | None:
    """Where the same is in another trace, at another time."""
    return next((other for other in records if other[1:] == record[1:]), None)


def _goes_on(label: str, moments: Sequence[str]) -> Iterator[str]:
    for number, moment in enumerate(moments[:GOES_ON]):
        yield _labelled("" if number else label, moment)


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}".rstrip()


def _line(record: Record) -> str:
    return f"{_time(record)}{_words(record)}"


def _time(record: Record) -> str:
    return f"{record.t_ns / 1e9:7.3f} s  "


def _words(record: Record) -> str:
    """A record in words where there are any for it alone."""
    if record.kind in _VOICES:  # the story tells a voice from more than one record
        return f"{record.source} {_VOICES[record.kind]}"
    if told := tell([record]):
        return told[0][_TIME:]
    data = " ".join(f"{key}={json.dumps(value)}" for key, value in record.data.items())
    return _short(f"{record.kind} of {record.source}" + (f" ({data})" if data else ""))


_VOICES = {"voice.started": "is heard", "voice.stopped": "has fallen silent"}


def _shift(expected: Record, happened: Record) -> str:
    ms = (happened.t_ns - expected.t_ns) / 1e6
    if ms == 0:
        return "at the same time, in another order"
    return f"{abs(ms):.6g} ms {'later' if ms > 0 else 'earlier'}"


def _value(data: dict[str, Any], name: str) -> str:
    return _short(json.dumps(data[name])) if name in data else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
