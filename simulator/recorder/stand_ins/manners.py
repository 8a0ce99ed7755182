"""How quickly an agent's ears and voice were in a recorded call."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.media.activity import NS_PER_SECOND
from simulator.recorder.retelling.troubles import PATIENCE_NS, USUAL_NS
from simulator.recorder.stand_ins.providers import Spoken, rate_of
from simulator.trace import Record
from simulator.trace.metrics.voice import Span, Voices

USUAL_RATE_WPM = 165.0
USUAL_FACTOR = 20.0
USUAL_DELAY_NS = 150_000_000
"""Those of `ScriptedTTS`."""

SLOWEST, FASTEST = 0.5, 50.0
"""How many times as fast as it plays sound may come."""

LEAST_S = 0.1
"""By how much the end of an utterance has to be later than a pause within one."""


@dataclass(frozen=True)
class Ears:
    """The delays of a `ScriptedSTT`, in seconds, and whether it ``tells_turns``."""

    partial_s: float
    final_s: float
    endpointing_s: float
    interim: bool
    tells_turns: bool


@dataclass(frozen=True)
class Voice:
    """What was spoken, and how a voice speaks that goes on in the same manner: in words a minute, with so many seconds
    until it begins, and so many times as fast as it plays."""

    spoken: tuple[Spoken, ...]
    rate_wpm: float
    after: float
    factor: float


def ears_of(records: Sequence[Record]) -> Ears:
    """How far transcripts were behind the voices that they are of, and which pauses did not end one."""
    voices = Voices(records)
    partials: list[int] = []
    finals: list[int] = []
    pauses: list[int] = []
    for person in voices.people:
        since_ns = 0
        for record in records:
            if record.text("participant") != person or not record.text("text").strip():
                continue
            behind_ns = _behind(voices.of(person), since_ns, record.t_ns)
            if record.kind == "stt.partial_transcript" and behind_ns is not None:
                partials.append(behind_ns)
            elif record.kind == "stt.transcript":
                if behind_ns is not None:
                    finals.append(behind_ns)
                pauses += _pauses(voices.of(person), since_ns, record.t_ns)
                since_ns = record.t_ns
    partial_s = min(_usual(partials, 0.1), 1.0)
    whole_s = _usual(finals, 0.4)
    endpointing_s = whole_s - min(partial_s, whole_s / 2)
    turns = any(record.kind == "turn.ended" for record in records)
    interim = any(record.kind == "stt.partial_transcript" for record in records)
    if pauses and not interim:
        # Else no pause is left between the words of one transcript; see `spoken_words`.
        endpointing_s = max(endpointing_s, max(pauses) / NS_PER_SECOND + LEAST_S)
    final_s = max(0.0, whole_s - endpointing_s)
    return Ears(round(partial_s, 3), round(final_s, 3), round(endpointing_s, 3), interim, turns)


def voice_of(records: Sequence[Record]) -> Voice:
    """How long each text was spoken, how soon, and at which rate all of them."""
    spoken: dict[str, Spoken] = {}
    delays: list[int] = []
    came_ns = sounded_ns = started_ns = 0
    for record in records:
        if record.kind == "tts.synthesis_started":
            started_ns = record.t_ns
        elif record.kind == "tts.synthesis_completed":
            seconds_ns, after_ns = record.span_ns("audio_ms") or 0, record.span_ns("first_audio_ms") or 0
            delays.append(after_ns)
            came_ns += max(0, record.t_ns - started_ns - after_ns)
            sounded_ns += seconds_ns
            if seconds_ns:
                text = record.text("text")
                spoken.setdefault(
                    text,
                    Spoken(text, round(seconds_ns / NS_PER_SECOND, 3), round(after_ns / NS_PER_SECOND, 3)),
                )
    usual_ns = min([*delays, USUAL_NS])
    well = [delay for delay in delays if delay < usual_ns + PATIENCE_NS] or [USUAL_DELAY_NS]
    usual = round(usual_ns / NS_PER_SECOND, 3)
    stalled = (usual_ns + PATIENCE_NS) / NS_PER_SECOND
    texts = [each if each.after < stalled else replace(each, after=usual) for each in spoken.values()]
    rates = [rate_of(each.text, each.seconds, USUAL_RATE_WPM) for each in texts]
    factor = min(max(sounded_ns / came_ns, SLOWEST), FASTEST) if came_ns and sounded_ns else USUAL_FACTOR
    return Voice(
        tuple(texts),
        round(statistics.median(rates), 1) if rates else USUAL_RATE_WPM,
        round(statistics.median(well) / NS_PER_SECOND, 3),
        round(factor, 1),
    )


def _behind(voice: Sequence[Span], since_ns: int, at_ns: int) -> int | None:
    """For how long a person had been silent who was heard since; None if they were not, or were heard just then."""
    ends = [span.end_ns for span in voice if span.start_ns < at_ns]
    if not ends or ends[-1] is None or not since_ns < ends[-1] <= at_ns:
        return None
    behind_ns = at_ns - ends[-1]
    return behind_ns if behind_ns < PATIENCE_NS else None  # else it stalled, as the scenario tells


def _pauses(voice: Sequence[Span], since_ns: int, at_ns: int) -> list[int]:
    """The pauses of a person within what one transcript is of."""
    within = [span for span in voice if span.start_ns >= since_ns and (span.end_ns or at_ns) <= at_ns]
    gaps = [
        after.start_ns - before.end_ns
        for before, after in itertools.pairwise(within)
        if before.end_ns is not None
    ]
    return [gap for gap in gaps if gap < PATIENCE_NS]


def _usual(delays: Sequence[int], otherwise_s: float) -> float:
    return statistics.median(delays) / NS_PER_SECOND if delays else otherwise_s
