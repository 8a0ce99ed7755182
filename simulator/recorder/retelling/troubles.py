"""What was wrong with an agent's providers in a recorded call, as far as what came of them tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from simulator.recorder.retelling.requests import Request, message_of, requests_of
from simulator.scenario.verbs.trouble import LOST, How
from simulator.trace import Record
from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT

MS = 1_000_000
PATIENCE_NS = 1_500 * MS
"""A provider that says nothing for so long has stalled. Models and voices for live calls begin within a second."""

USUAL_NS = 500 * MS
"""What a provider takes that never was well in the call."""

GOES_ON_NS = 500 * MS
"""How long a provider is taken to fail after it was last seen to."""

UNDERSTOOD = ("stt.transcript", "stt.partial_transcript")


@dataclass(frozen=True)
class Trouble:
    """Something was wrong with ``provider``, from ``start_ns`` to ``end_ns`` since the call began.

    It was well until ``well_ns``, so the trouble may as well have begun at any time since then. ``message`` is that of
    errors; ``by_ns`` is how much later than usual something came of a provider that is slow.
    """

    provider: str
    how: How
    well_ns: int
    start_ns: int
    end_ns: int
    message: str = ""
    by_ns: int = 0


def troubles_of(records: Sequence[Record]) -> list[Trouble]:
    """All of it, in order. Realtime models are left alone: what they do belongs to no request."""
    found: list[Trouble] = []
    if not any(record.kind.startswith("realtime.") for record in records):
        for provider in ("llm", "tts"):
            asked = _of_requests(provider, list(requests_of(records, provider)))
            found += _apart([*asked, *_pauses(records, provider)])
    found += _apart(list(_of_ears(records)))
    return sorted(found, key=lambda trouble: trouble.start_ns)


def _of_requests(provider: str, requests: Sequence[Request]) -> Iterator[Trouble]:
    quick = [request.waited_ns for request in requests if request.first_ns is not None]
    usual_ns = min([*quick, USUAL_NS])
    well_ns = 0
    for request, following in zip_longest(requests, requests[1:]):
        next_ns = following.start_ns if following is not None else None
        trouble = _of_request(provider, request, well_ns, next_ns, usual_ns)
        yield from trouble
        if trouble:
            well_ns = max(well_ns, trouble[-1].end_ns)
        if request.failed is None and request.first_ns is not None:
            well_ns = max(well_ns, request.end_ns)


def _of_request(
    provider: str, request: Request, well_ns: int, next_ns: int | None, usual_ns: int
) -> list[Trouble]:
    """What was wrong with one request; what ends it comes before the next one."""

    def trouble(how: How, since_ns: int, until_ns: int, message: str = "", by_ns: int = 0) -> Trouble:
        earliest_ns = well_ns if since_ns == request.start_ns else since_ns
        return Trouble(provider, how, min(earliest_ns, since_ns), since_ns, until_ns, message, by_ns)

    if request.failed is not None:
        fails_ns = request.end_ns + GOES_ON_NS
        until_ns = fails_ns if next_ns is None else max(request.end_ns, min(fails_ns, next_ns - MS))
        if request.timed_out:
            return [] if request.first_ns is not None else [trouble("stalls", request.start_ns, until_ns)]
        if request.first_ns is not None:
            return [trouble("disconnects", request.end_ns, until_ns)]
        how = _fails(request.failed)
        if request.waited_ns < PATIENCE_NS:
            return [trouble(how, request.start_ns, until_ns, request.failed)]
        stalled = trouble("stalls", request.start_ns, request.end_ns)
        return [stalled, trouble(how, request.end_ns, until_ns, request.failed)]
    if request.waited_ns < usual_ns + PATIENCE_NS:
        return []
    if request.first_ns is None:
        return [trouble("stalls", request.start_ns, request.end_ns)]
    by_ns = (request.waited_ns - usual_ns) // MS * MS
    return [trouble("is slow", request.start_ns, request.first_ns, by_ns=by_ns)]


def _pauses(records: Sequence[Record], provider: str) -> Iterator[Trouble]:
    """A provider that stalled in the middle of an answer: nothing was left to play, and no function was at work."""
    sounding = Voices(records).of(AGENT)
    for record in records:
        since_ns, until_ns = record.at_ns, record.t_ns
        if record.kind != f"{provider}.paused" or until_ns - since_ns < PATIENCE_NS:
            continue
        tools = any(r.kind == "llm.tool_start" and since_ns <= r.t_ns <= until_ns for r in records)
        heard = any(s.start_ns < until_ns and (s.end_ns or until_ns) >= until_ns for s in sounding)
        if not tools and not (provider == "tts" and heard):
            yield Trouble(provider, "stalls", since_ns, since_ns, until_ns)


def _of_ears(records: Sequence[Record]) -> Iterator[Trouble]:
    """Speech to text that failed, or was far behind what was said."""
    voices = Voices(records)
    said = [span for person in voices.people for span in voices.of(person)]
    well_ns = 0
    failing: Trouble | None = None
    for record in records:
        if record.kind == "stt.error" and record.text("context") != "forgetting":
            message = message_of(record)
            if failing is None:
                failing = Trouble("stt", _fails(message), well_ns, record.t_ns, record.t_ns, message)
            failing = replace(failing, end_ns=record.t_ns + GOES_ON_NS)
        elif record.kind in UNDERSTOOD and record.text("text"):
            ended = [span for span in said if span.source == record.text("participant")]
            if failing is not None:
                begun_ns = max((s.start_ns for s in ended if s.start_ns <= record.t_ns), default=record.t_ns)
                end_ns = max(failing.start_ns, min(failing.end_ns, begun_ns))
                yield replace(failing, end_ns=end_ns)
                failing, well_ns = None, end_ns
            since_ns = _unheard_since(ended, well_ns, record.t_ns)
            if since_ns is not None and record.t_ns - since_ns >= PATIENCE_NS:
                yield Trouble("stt", "stalls", well_ns, since_ns, record.t_ns)
            well_ns = record.t_ns
    if failing is not None:
        yield failing


def _fails(message: str) -> How:
    return "disconnects" if message == LOST else "errors"


def _unheard_since(said: Sequence[Span], well_ns: int, at_ns: int) -> int | None:
    """When the person had last said something of which nothing had come by then, and fell silent with it."""
    ends = [span.end_ns for span in said if span.end_ns is not None and span.start_ns < at_ns]
    sounding = any(span.start_ns < at_ns and (span.end_ns or at_ns) >= at_ns for span in said)
    return max(ends[-1], well_ns) if ends and not sounding else None


def _apart(troubles: Sequence[Trouble]) -> list[Trouble]:
    """One trouble ends the one before, as it does in a scenario; the same one, with nothing well in between, is one."""
    apart: list[Trouble] = []
    for trouble in sorted(troubles, key=lambda each: each.start_ns):
        if apart and trouble.well_ns <= apart[-1].end_ns and _alike(trouble, apart[-1]):
            apart[-1] = replace(apart[-1], end_ns=max(trouble.end_ns, apart[-1].end_ns))
            continue
        if apart and trouble.start_ns < apart[-1].end_ns:
            apart[-1] = replace(apart[-1], end_ns=trouble.start_ns)
        well_ns = max(trouble.well_ns, apart[-1].end_ns) if apart else trouble.well_ns
        apart.append(replace(trouble, well_ns=min(well_ns, trouble.start_ns)))
    return [trouble for trouble in apart if trouble.end_ns > trouble.start_ns]


def _alike(one: Trouble, other: Trouble) -> bool:
    return one.how in ("errors", "disconnects") and (one.how, one.message) == (other.how, other.message)
