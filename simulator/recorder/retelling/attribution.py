"""Who said what a realtime model understood: it hears one stream, and the agent guesses whose words they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.trace import Record
from simulator.trace.metrics.voice import Voices

UNDERSTOOD = "realtime.user_speech_transcription"


@dataclass(frozen=True)
class _Utterance:
    person: str
    start_ns: int
    end_ns: int


def attributed(records: Sequence[Record]) -> Sequence[Record]:
    """``records``, with the transcripts of a realtime model given to those who spoke.

    They are told in the order in which people finished. So where somebody is said to have said two things and was heard
    to say one, while another spoke at the same time of whom nothing was understood, it was one each, in that order.
    """
    voices = Voices(records)
    utterances = [
        _Utterance(person, span.start_ns, span.end_ns)
        for person in voices.people
        for span in voices.of(person)
        if span.end_ns is not None
    ]
    told = list(records)
    latest: dict[str, tuple[int, _Utterance]] = {}
    taken: set[_Utterance] = set()
    for index, record in enumerate(records):
        if record.kind != UNDERSTOOD:
            continue
        person = record.text("participant")
        before = [each for each in utterances if each.end_ns <= record.t_ns and each not in taken]
        own = [each for each in before if each.person == person]
        if own:
            latest[person] = index, own[-1]
            taken.update(own)
        elif person in latest:
            first, theirs = latest[person]
            other = next((each for each in before if _at_once(each, theirs)), None)
            if other is not None:
                taken.add(other)
                for place, whose in zip((first, index), sorted((theirs, other), key=_end), strict=True):
                    told[place] = _said_by(records[place], whose.person)
    return told


def _at_once(one: _Utterance, other: _Utterance) -> bool:
    return one.start_ns < other.end_ns and other.start_ns < one.end_ns


def _end(utterance: _Utterance) -> int:
    return utterance.end_ns


def _said_by(record: Record, person: str) -> Record:
    return record._replace(data=record.data | {"participant": person})
