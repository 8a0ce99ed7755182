"""A trace told to a human: what mattered, in order, and how long after what."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from simulator.trace.metrics.interruptions import cause_of
from simulator.trace.metrics.responses import Response, responses
from simulator.trace.metrics.turns import AgentTurn, agent_turns
from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT, Record
from simulator.trace.story_sentences import failed, ms, sentence

PAUSE_NS = 1_000_000_000
"""A shorter pause of the agent inside its turn is between sentences and not worth a line."""


class Moment(NamedTuple):
    """One line of a story. ``failed`` marks where the script found something missing."""

    at_ns: int
    text: str
    failed: bool = False


def story(records: Iterable[Record]) -> list[Moment]:
    """The notable moments of a call, in order. Never fails, whatever is missing."""
    told = list(records)
    return sorted([*_events(told), *_sounds(told)], key=lambda moment: moment.at_ns)


def tell(
    records: Iterable[Record], *, until_ns: int | None = None, notes: Iterable[Moment] = ()
) -> list[str]:
    """One line for each notable moment: the time in seconds since the call began, and what happened.

    ``until_ns`` ends the story. ``notes`` are told in it too. Never fails, whatever is missing.
    """
    told = sorted([*story(records), *notes], key=lambda moment: moment.at_ns)
    return [_line(moment) for moment in told if until_ns is None or moment.at_ns <= until_ns]


def _line(moment: Moment) -> str:
    return f"{moment.at_ns / 1e9:7.3f} s  {moment.text}"


def _events(records: Sequence[Record]) -> Iterator[Moment]:
    """What was said and decided, as it was recorded."""
    half_understood: set[str] = set()
    for record in records:
        person = record.text("participant")
        if record.kind == "stt.partial_transcript":
            if person in half_understood:
                continue
            half_understood.add(person)
        elif record.kind in ("stt.transcript", "agent.user_turn_ended"):
            half_understood.discard(person)
        text = sentence(record)
        if text:
            yield Moment(_when(record), text, failed(record))


def _when(record: Record) -> int:
    voiced_ns = record.integer("voiced_at_ns") if record.kind == "says" else None
    return record.at_ns if voiced_ns is None else voiced_ns


def _sounds(records: Sequence[Record]) -> Iterator[Moment]:
    """What was heard, from the measured sound."""
    voices = Voices(records)
    turns = agent_turns(records, voices)
    waits = responses(records, turns, voices)
    for person in voices.people:
        yield from _persons_sound(records, person, voices.of(person))
    yields = [record for record in records if record.source == AGENT and record.kind == "agent.yielded"]
    told_at = {(record.source, ms(_when(record))) for record in records if record.kind == "says"}
    for turn in turns:
        yield from _turns_sound(yields, turn, waits.get(turn.index, Response()), voices, told_at)
    told = {span for turn in turns for span in turn.voice}
    for span in voices.of(AGENT):
        if span not in told:
            yield Moment(span.start_ns, "agent is heard outside any turn")


def _persons_sound(records: Sequence[Record], person: str, spans: Sequence[Span]) -> Iterator[Moment]:
    """Where a person's sound ended; where it began only if no clip accounts for it. Pauses in a clip are
    left out."""
    clips = [
        (record.at_ns, record.integer("ends_at_ns") or record.at_ns)
        for record in records
        if record.source == person and record.kind in ("says", "presses")
    ]

    def clip_of(span: Span) -> tuple[int, int] | None:
        return next((clip for clip in clips if clip[0] <= span.start_ns <= clip[1]), None)

    for span, following in zip_longest(spans, spans[1:]):
        clip = clip_of(span)
        if clip is None:
            yield Moment(span.start_ns, f"{person} is heard")
        goes_on = clip is not None and following is not None and clip_of(following) == clip
        if span.end_ns is not None and not goes_on:
            yield Moment(span.end_ns, f"{person} stops")


def _turns_sound(
    yields: Sequence[Record],
    turn: AgentTurn,
    wait: Response,
    voices: Voices,
    told_at: Container[tuple[str, str]],
) -> Iterator[Moment]:
    """Where the agent was heard to begin, to pause at length, to fall silent and to go on.

    ``told_at`` is who begins a clip in the story, and at what millisecond.
    """
    its_own = [record for record in yields if record.integer("epoch") == turn.epoch]
    again = False
    for span, following in zip_longest(turn.voice, turn.voice[1:]):
        if again:
            yield Moment(span.start_ns, "agent speaks on")
        elif span is turn.voice[0]:
            after = f" ({ms(wait.whole_ns)} after {turn.participant})" if wait.whole_ns is not None else ""
            yield Moment(span.start_ns, f"agent starts to speak{after}")
        if span.end_ns is None:
            return
        until_ns = None if following is None else following.start_ns
        decision = next((y for y in its_own if _decided_in(y.t_ns, span.start_ns, until_ns)), None)
        again = decision is not None or (until_ns is not None and until_ns - span.end_ns >= PAUSE_NS)
        if again or following is None:
            yield Moment(span.end_ns, "agent falls silent" + _after_whom(span, decision, voices, told_at))


def _decided_in(decided_ns: int, start_ns: int, until_ns: int | None) -> bool:
    return start_ns <= decided_ns and (until_ns is None or decided_ns < until_ns)


def _after_whom(
    span: Span, decision: Record | None, voices: Voices, told_at: Container[tuple[str, str]]
) -> str:
    """A clip is told of at its first word; where the sound of whoever interrupted began elsewhere, with a breath
    before it or after a pause, that instant is named, as it is what yielding is measured from."""
    if decision is None or span.end_ns is None:
        return ""
    cause = cause_of(decision.text("participant"), decision.t_ns, voices)
    if cause is None or cause.start_ns > span.end_ns:
        return ""
    where = (
        ""
        if (cause.source, ms(cause.start_ns)) in told_at
        else f" was heard from {cause.start_ns / 1e9:.3f} s on"
    )
    return f" ({ms(span.end_ns - cause.start_ns)} after {cause.source}{where})"
