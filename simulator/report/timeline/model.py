"""What a time line is made of. All instants are nanoseconds since the call began."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Details = tuple[tuple[str, str], ...]

LONGEST_DETAIL = 400
"""Characters of arguments, results and other data that are shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted. ``kind`` says what sort of thing it is, ``text`` is written on it.

    ``first_ns`` is when something first came of it (a token, a sample), ``cut`` that it was broken off.
    """

    start_ns: int
    end_ns: int
    kind: str
    text: str = ""
    details: Details = ()
    first_ns: int | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one instant."""

    at_ns: int
    kind: str
    text: str
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Spans of one sort, in order, of which no two overlap."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """All about one person, the agent, or the script."""

    name: str
    kind: Literal["person", "agent", "script"]
    rows: tuple[Row, ...] = ()
    marks: tuple[Mark, ...] = ()

    def row(self, name: str) -> tuple[Span, ...]:
        """The spans of all rows of that name."""
        return tuple(span for row in self.rows if row.name == name for span in row.spans)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole call."""

    end_ns: int
    lanes: tuple[Lane, ...] = field(default=())


def rows(name: str, spans: Iterable[Span], end_ns: int) -> Iterator[Row]:
    """As few rows as hold ``spans`` without overlaps; none for no spans. Nothing reaches past ``end_ns``."""
    packed: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: (span.start_ns, span.end_ns)):
        inside = _clipped(span, end_ns)
        free = next((row for row in packed if row[-1].end_ns <= inside.start_ns), None)
        if free is None:
            packed.append([inside])
        else:
            free.append(inside)
    for row in packed:
        yield Row(name, tuple(row))


def as_object(value: Any) -> Mapping[str, Any]:
    """What should be a JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_details(data: Mapping[str, Any]) -> Details:
    """A JSON object as details, without what says nothing; an object in it in the notation of JSON."""
    told = ((key, _shown(value)) for key, value in data.items())
    return tuple((key, value) for key, value in told if value)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        inner = ((key, _shown(each)) for key, each in value.items())
        return ", ".join(f"{key} {each}" for key, each in inner if each)
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = "" if value is None or value is False or value == 0 else str(value)
    return text if len(text) <= LONGEST_DETAIL else text[:LONGEST_DETAIL] + "..."


def _clipped(span: Span, end_ns: int) -> Span:
    start_ns = min(max(0, span.start_ns), end_ns)
    stop_ns = min(max(start_ns, span.end_ns), end_ns)
    return replace(span, start_ns=start_ns, end_ns=stop_ns)
