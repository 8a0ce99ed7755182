"""Waiting for silence: of people and agent alike, told from the sound."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.media.activity import HANGOVER_NS
from simulator.scenario.model.failure import StepFailed
from simulator.scenario.verbs.arguments import Time, duration_of
from simulator.scenario.verbs.window import LATE_NS, Moment, Window, seconds
from simulator.trace import Record
from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


async def everyone_is_silent(
    window: Window, for_: Time, *, within: Time | None = None, of: Moment | None = None
) -> Moment:
    """Return when nobody has been audible for that long within the window. The moment is the end of them."""
    silence, opens = duration_of("for_", for_), window.opens(of)
    length, closes = silence.ns, window.closes(opens, within)
    trace = window.trace
    while True:
        spans = _spans(trace.records)
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
            f"{span.source} was heard from {seconds(span.start_ns)}"
            + (f" until {seconds(span.end_ns)}" if span.end_ns is not None else " on")
            for span in spans
            if span.start_ns <= closes and (span.end_ns is None or span.end_ns > opens)
        )
        wanted = f"expected everyone to be silent for {silence.seconds:g} s"
        message = f"{wanted} between {seconds(opens)} and {seconds(closes)}"
        raise StepFailed(f"{message}; {heard}", at_ns=closes, since_ns=opens)


def _spans(records: Sequence[Record]) -> list[Span]:
    """Who was audible when, in the order in which they began."""
    voices = Voices(records)
    spans = [span for source in (AGENT, *voices.people) for span in voices.of(source)]
    return sorted(spans, key=lambda span: span.start_ns)


def first_silence(spans: Sequence[Span], opens: int, length: int) -> int | None:
    """When the first silence of that length begins, at or after ``opens``; None while somebody is audible.

    ``spans`` are in the order in which they begin.
    """
    begins = opens
    for span in spans:
        if span.start_ns >= begins + length:
            break
        if span.end_ns is None:
            return None
        begins = max(begins, span.end_ns)
    return begins


def _is_voice(record: Record) -> bool:
    return record.kind in ("voice.started", "voice.stopped")
