"""What the time line of a page is drawn from: JSON for the script in the page, and a small picture for the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from simulator.report.html.sound import RATE
from simulator.report.timeline import Lane, Mark, Row, Span, Timeline

TONES = 7
"""Colours for people; the eighth person looks like the first."""

_UNDRAWN = ("in the call", "muted", "sound", "talk-over")
"""Rows that are seen in the lane as a whole and not as a row of it."""


def call_data(
    line: Timeline,
    title: str,
    waves: Mapping[str, str],
    sound: str | None,
    *,
    more: Mapping[str, Sequence[Row]] | None = None,
    flags: Iterable[Mark] = (),
) -> dict[str, Any]:
    """One call as the page's script takes it; times in seconds.

    ``more`` are rows to add, by the name of the lane, ``flags`` fly beside the moments that the script names.
    """
    added = more or {}
    agents = [lane for lane in line.lanes if lane.kind == "agent"]
    moments = [mark for lane in line.lanes for mark in lane.marks if mark.kind == "moment"]
    return {
        "title": title,
        "sound": sound,
        "together": [_stretch(span) for lane in agents for span in lane.row("talk-over")],
        "flags": [_mark(mark) for mark in sorted([*moments, *flags], key=lambda mark: mark.at_ns)],
        "lanes": [
            _lane_data(lane, tone, waves, added.get(lane.name, ())) for lane, tone in _toned(line.lanes)
        ],
    }


def strip(line: Timeline, failed_s: float | None = None, end_ns: int | None = None) -> dict[str, Any]:
    """Who sounded when, as rectangles in a picture 1000 wide: ``lanes`` of ``(tone, [(x, width), ...])``.

    The picture ends with the call, or at ``end_ns``, so that two of them can be compared.
    """
    scale = 1000 / max(1, line.end_ns if end_ns is None else end_ns)

    def box(span: Span) -> tuple[float, float]:
        return round(span.start_ns * scale, 1), round(max(1.5, (span.end_ns - span.start_ns) * scale), 1)

    lanes = [
        (tone, [box(span) for span in lane.row("sound")])
        for lane, tone in _toned(line.lanes)
        if lane.kind != "script"
    ]
    failed = None if failed_s is None else round(min(998.0, max(2.0, failed_s * 1e9 * scale)), 1)
    return {"lanes": lanes, "failed": failed}


def _toned(lanes: Sequence[Lane]) -> Iterator[tuple[Lane, str]]:
    """Lanes with the name of their colour."""
    people = 0
    for lane in lanes:
        if lane.kind == "person":
            yield lane, str(people % TONES)
            people += 1
        else:
            yield lane, lane.kind


def _lane_data(lane: Lane, tone: str, waves: Mapping[str, str], more: Sequence[Row]) -> dict[str, Any]:
    rows = [row for row in lane.rows if row.name not in _UNDRAWN]
    data: dict[str, Any] = {"name": lane.name, "tone": tone, "marks": [_mark(mark) for mark in _shown(lane)]}
    if lane.kind == "script":
        rows = [*rows, *more]
    else:
        rows = [*more, *rows]  # what was lost belongs to the waveforms above it
        data["waves"] = list(_waves(lane.name, waves))
    if lane.kind == "person":
        data["presence"] = [_stretch(span) for span in lane.row("in the call")]
        data["muted"] = [_stretch(span) for span in lane.row("muted")]
    data["rows"] = [{"name": row.name, "spans": [_span(span) for span in row.spans]} for row in rows]
    return data


def _waves(name: str, waves: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The voice itself, and as it arrived elsewhere: ``alice``, ``alice at the agent``."""
    yield {"rate": RATE, "bytes": waves.get(name, ""), "name": ""}
    for other, outline in waves.items():
        if other.startswith(f"{name} at "):
            yield {"rate": RATE, "bytes": outline, "name": other.removeprefix(f"{name} ")}


def _shown(lane: Lane) -> Iterator[Mark]:
    """The marks of a lane; those of the script are flags on top of all lanes."""
    return (mark for mark in lane.marks if lane.kind != "script")


def _span(span: Span) -> list[Any]:
    first = None if span.first_ns is None else _s(span.first_ns)
    details = [list(detail) for detail in span.details]
    return [_s(span.start_ns), _s(span.end_ns), span.kind, span.text, details, first, span.cut]


def _mark(mark: Mark) -> list[Any]:
    return [_s(mark.at_ns), mark.kind, mark.text, [list(detail) for detail in mark.details]]


def _stretch(span: Span) -> list[float]:
    return [_s(span.start_ns), _s(span.end_ns)]


def _s(ns: int) -> float:
    return round(ns / 1e9, 4)
