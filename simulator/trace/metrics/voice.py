"""Who sounded when, as measured on the waveform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.trace.record import NOT_PEOPLE, Record


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken stretch of sound, from its first to its last audible sample. A None end was never
    recorded."""

    source: str
    start_ns: int
    end_ns: int | None


class Voices:
    """The spans of everyone in a call, by source, in the order they were recorded."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._spans: dict[str, list[Span]] = {}
        self._end_ns = 0
        sounding: dict[str, int] = {}
        for record in records:
            self._end_ns = max(self._end_ns, record.t_ns)
            at_ns = record.integer("at_ns")
            if at_ns is None:
                continue
            if record.kind == "voice.started":
                sounding.setdefault(record.source, at_ns)
            elif record.kind == "voice.stopped" and record.source in sounding:
                self._add(Span(record.source, sounding.pop(record.source), at_ns))
        for source, start_ns in sounding.items():
            self._add(Span(source, start_ns, None))

    def of(self, source: str | None) -> Sequence[Span]:
        """The spans of ``source``; none for somebody who was never heard."""
        return self._spans.get(source or "", ())

    @property
    def people(self) -> list[str]:
        """The sources that are people, in the order they were first heard."""
        return [source for source in self._spans if source not in NOT_PEOPLE]

    def together_ns(self, one: Iterable[str], other: Iterable[str]) -> int:
        """For how long somebody of ``one`` and somebody of ``other`` sounded at once.

        A span that was never closed lasts until the last record.
        """
        return _shared_ns(self._merged(one), self._merged(other))

    def _add(self, span: Span) -> None:
        if span.end_ns is None or span.end_ns >= span.start_ns:
            self._spans.setdefault(span.source, []).append(span)

    def _merged(self, sources: Iterable[str]) -> list[tuple[int, int]]:
        stretches = sorted(
            (span.start_ns, self._end_ns if span.end_ns is None else span.end_ns)
            for source in sources
            for span in self.of(source)
        )
        merged: list[tuple[int, int]] = []
        for start, end in stretches:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return merged


def _shared_ns(ours: Sequence[tuple[int, int]], theirs: Sequence[tuple[int, int]]) -> int:
    """The length of the overlap of two sorted lists of disjoint stretches."""
    shared = i = j = 0
    while i < len(ours) and j < len(theirs):
        shared += max(0, min(ours[i][1], theirs[j][1]) - max(ours[i][0], theirs[j][0]))
        if ours[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1
    return shared
