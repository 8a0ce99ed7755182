"""Who shows what, and what the agent sees of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from simulator.report.timeline.model import Span, as_details
from simulator.report.timeline.pairs import pairs, stretches
from simulator.trace import Record
from simulator.trace.record import NOT_PEOPLE
from simulator.trace.story_sentences import picture

TOGETHER_NS = 250_000_000
"""Frames that are read with no longer pause between them are one span: at four a second and more, a film."""


def shown(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """What a camera or a screen shows, from clip to clip."""
    for pair in stretches(own, "shows", "video.stopped", lambda record: record.text("track"), end_ns=end_ns):
        counted = {} if pair.last is None else pair.last.data
        frames = {
            "from": picture(pair.first.text("track")),
            "frames sent": counted.get("sent"),
            "read": counted.get("read"),
        }
        yield Span(pair.first.at_ns, pair.end_ns, "picture", pair.first.text("clip"), as_details(frames))


def published(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """When the agent shows something itself."""
    for pair in pairs(own, "video.started", "video.stopped", end_ns=end_ns):
        yield Span(pair.first.t_ns, pair.end_ns, "picture", "video")


def watched(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """Whose camera or screen the agent reads, one at a time."""
    watching = [record for record in own if record.kind == "agent.watching"]
    for record, following in zip_longest(watching, watching[1:]):
        if record.text("track_id"):
            until_ns = end_ns if following is None else following.t_ns
            yield Span(record.t_ns, until_ns, "picture", picture(record.text("track_id")))


def frames_read(records: Sequence[Record]) -> Iterator[Span]:
    """The frames that the agent read, of one camera or screen after the other."""
    read: list[Record] = []
    for record in records:
        if record.kind == "video.frame" and record.source not in NOT_PEOPLE:
            if read and (
                record.text("track") != read[-1].text("track") or record.t_ns - read[-1].t_ns > TOGETHER_NS
            ):
                yield _film(read)
                read = []
            read.append(record)
    if read:
        yield _film(read)


def _film(read: Sequence[Record]) -> Span:
    count = f"{len(read)} frame{'s' if len(read) > 1 else ''}"
    pts = f"{read[0].integer('pts')}" + (f" to {read[-1].integer('pts')}" if len(read) > 1 else "")
    details = (("pts", pts), ("in units of", f"{read[0].text('time_base')} s"))
    return Span(
        read[0].t_ns, read[-1].t_ns, "frames", f"{count} of {picture(read[0].text('track'))}", details
    )
