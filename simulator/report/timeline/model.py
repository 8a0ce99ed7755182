"""What a time line is made of. All instants are nanoseconds since the call began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Details = tuple[tuple[str, str], ...]


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


def _clipped(span: Span, end_ns: int) -> Span:
    start_ns = min(max(0, span.start_ns), end_ns)
    stop_ns = min(max(start_ns, span.end_ns), end_ns)
    if (start_ns, stop_ns) == (span.start_ns, span.end_ns):
        return span
    return Span(start_ns, stop_ns, span.kind, span.text, span.details, span.first_ns, span.cut)
