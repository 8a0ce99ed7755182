"""What lay between people and the agent, and what it cost: for the tables of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.report.timeline.model import as_object
from simulator.trace import Record
from simulator.trace.story_conditions import room_in_words, way_in_words

COUNTS = ("lost", "late", "cut", "dropped", "doubled", "reordered")
"""What is told of the packets of a line, as `simulator.edge.network` counts it."""

MEANINGS = {
    "lost": "never arrived",
    "late": "arrived when it was too late to play them",
    "cut": "sent while nothing got through",
    "dropped": "did not fit through the narrowest place",
    "doubled": "arrived twice",
    "reordered": "overtook another",
}

_IDEAL = "without delay or loss"


def lines(records: Sequence[Record]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each direction of each network: its name, what it is like, how much was missing, and the `COUNTS`."""
    counted = {record.source: record.data for record in records if record.kind == "network.counts"}
    for record in records:
        if record.kind == "network":
            who = record.source
            for way, name in (("up", f"{who} → agent"), ("down", f"agent → {who}")):
                counts = as_object(as_object(counted.get(who)).get(way))
                like = way_in_words(as_object(record.data.get(way))) or _IDEAL
                yield name, like, _missing(counts), [_count(counts.get(key)) for key in COUNTS]


def rooms(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Each person with a room or a microphone that is not ideal, and what it is like."""
    for record in records:
        if record.kind == "acoustics":
            yield record.source, room_in_words(record.data) or "ideal"


def _missing(counts: Any) -> str:
    missing, sent = counts.get("concealed"), counts.get("sent")
    if not isinstance(missing, int) or not isinstance(sent, int) or not sent:
        return "–"
    return f"{missing} of {sent} ({100 * missing / sent:.1f} %)"


def _count(value: Any) -> str:
    return str(value) if isinstance(value, int) else "–"
