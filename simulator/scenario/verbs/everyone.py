"""Waiting for silence: of people and agent alike, told from the sound."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.media.activity import HANGOVER_NS
from simulator.scenario.model.failure import StepFailed
from simulator.scenario.verbs.arguments import Time, duration_of
from simulator.scenario.verbs.window import LATE_NS, Moment, Window, seconds
from simulator.trace import Record

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test

Span = tuple[int, int | None]
"""When somebody was audible: from, until (None: still is)."""


async def everyone_is_silent(
    window: Window, for_: Time, *, within: Time | None = None, of: Moment | None = None
) -> Moment:
    """Return when nobody has been audible for that long within the window. The moment is the end of them."""
    silence, opens = duration_of("for_", for_), window.opens(of)
    length, closes = silence.ns, window.closes(opens, within)
    trace = window.trace
    while True:
        spans = spans_of(trace.records)
        begins = first_silence(spans, opens, length)
        if begins is not None and begins + length > closes:
            begins = None
        until = closes if begins is None else begins + length
        seen = len(trace)
        if await trace.wait_for(_is_voice, since_index=seen, until_ns=until + HANGOVER_NS + LATE_NS):
            continue
        if begins is not None:
            return window.mark(until)
        heard = "; ".join(
            f"{name} was heard from {seconds(start)}"
            + (f" until {seconds(stop)}" if stop is not None else " on")
            for name, (start, stop) in spans
            if start <= closes and (stop is None or stop > opens)
        )
        wanted = f"expected everyone to be silent for {silence.seconds:g} s"
        message = f"{wanted} between {seconds(opens)} and {seconds(closes)}"
        raise StepFailed(f"{message}; {heard}", at_ns=closes, since_ns=opens)


def spans_of(records: Sequence[Record]) -> list[tuple[str, Span]]:
    """Who was audible when, in the order in which they began."""
    spans: list[tuple[str, Span]] = []
    speaking: dict[str, int] = {}
    for record in filter(_is_voice, records):
        if record.kind == "voice.started":
            speaking[record.source] = len(spans)
            spans.append((record.source, (record.at_ns, None)))
        elif (index := speaking.pop(record.source, None)) is not None:
            spans[index] = (record.source, (spans[index][1][0], record.at_ns))
    return sorted(spans, key=lambda span: span[1][0])


def first_silence(spans: list[tuple[str, Span]], opens: int, length: int) -> int | None:
    """When the first silence of that length begins, at or after ``opens``; None while somebody is audible."""
    begins = opens
    for _, (start, stop) in spans:
        if start >= begins + length:
            break
        if stop is None:
            return None
        begins = max(begins, stop)
    return begins


def _is_voice(record: Record) -> bool:
    return record.kind in ("voice.started", "voice.stopped")
