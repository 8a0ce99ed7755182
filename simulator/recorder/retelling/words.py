"""Which words a person said when, as far as a recording of what was understood can tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.trace import Record

FINAL = ("stt.transcript", "realtime.user_speech_transcription")
PARTIAL = "stt.partial_transcript"
ONSET = ("vad.speech_started", "turn.started")

MOST_DELAY_NS = 1_000_000_000
"""What a partial transcript may be behind the word that it ends with; later ones do not tell when it was said."""

LONGEST_WORD_NS = 1_000_000_000
SHORTEST_WORD_NS = 100_000_000


class SpokenWord(NamedTuple):
    """A word, and when it was said: nanoseconds since the call began."""

    text: str
    start_ns: int
    end_ns: int


class VoiceSpan(NamedTuple):
    """When somebody was audible."""

    start_ns: int
    end_ns: int


def spoken_words(records: Sequence[Record], person: str, voice: Sequence[VoiceSpan]) -> list[SpokenWord]:
    """The words of all final transcripts of ``person``, in order; ``voice`` is when they were audible.

    Where partial transcripts came, they tell when a word had been said; else the words are spread evenly over the sound
    between one final transcript and the next. Words without any sound are left out.
    """
    words: list[SpokenWord] = []
    since_ns = 0
    partials: list[tuple[int, list[str]]] = []
    onset_ns = 0
    for record in (*records, Record(records[-1].t_ns, person, "left", {})) if records else ():
        said = record.text("text").split()
        of_person = record.text("participant") == person
        left = record.source == person and record.kind == "left"
        if of_person and record.kind in ONSET and not partials:
            onset_ns = record.t_ns - (record.span_ns("speech_ms") or 0)
        elif of_person and record.kind == PARTIAL:
            partials.append((record.t_ns, said))
        elif left or (of_person and record.kind in FINAL and said):
            if left:  # half a sentence, which stays one; at the end of the call everybody has left
                said = partials[-1][1] if partials else []
            ends = _told_by_partials(said, [(at_ns, len(text)) for at_ns, text in partials], voice)
            floor_ns = words[-1].end_ns if words else 0
            if ends:
                # When the transcript before was final, nothing had followed it yet.
                floor_ns = max(floor_ns, min(max(since_ns, onset_ns), ends[0] - SHORTEST_WORD_NS))
                words += _fitted(said, ends, voice, floor_ns)
            else:
                words += _spread(said, _within(voice, max(since_ns, floor_ns), record.t_ns))
            since_ns, partials = record.t_ns, []
    return words


def _told_by_partials(
    said: Sequence[str], partials: Sequence[tuple[int, int]], voice: Sequence[VoiceSpan]
) -> list[int]:
    """When each word had been said; empty where partials do not tell of all of them."""
    ends: list[int] = []
    for at_ns, count in partials:
        ends += [at_ns] * (min(count, len(said)) - len(ends))
    if len(ends) < len(said) or not ends:
        return []
    last = bisect_right([span.start_ns for span in voice], ends[-1]) - 1
    if last < 0:
        return []
    delay_ns = max(0, ends[-1] - voice[last].end_ns)
    return [end - delay_ns for end in ends] if delay_ns <= MOST_DELAY_NS else []


def _fitted(
    said: Sequence[str], ends: Sequence[int], voice: Sequence[VoiceSpan], floor_ns: int
) -> Iterator[SpokenWord]:
    """Words that end there. Words of one transcript follow each other without a gap: it was one utterance."""
    starts = [span.start_ns for span in voice]
    before_ns = None
    for text, count, end_ns in _shared(said, ends):
        sounding = voice[max(0, bisect_right(starts, end_ns - 1) - 1)]
        earliest = max(floor_ns, sounding.start_ns, end_ns - LONGEST_WORD_NS)
        start_ns = before_ns if before_ns is not None else max(floor_ns, min(earliest, end_ns))
        length = max(0, end_ns - start_ns)
        for number in range(count):
            yield SpokenWord(
                text[number], start_ns + length * number // count, start_ns + length * (number + 1) // count
            )
        before_ns = start_ns + length


def _shared(said: Sequence[str], ends: Sequence[int]) -> Iterator[tuple[Sequence[str], int, int]]:
    """Words that were understood in the same instant, how many they are, and when the last had been said."""
    first = 0
    for index in range(1, len(said) + 1):
        if index == len(said) or ends[index] != ends[first]:
            yield said[first:index], index - first, ends[first]
            first = index


def _within(voice: Sequence[VoiceSpan], start_ns: int, end_ns: int) -> list[VoiceSpan]:
    cut = [VoiceSpan(max(span.start_ns, start_ns), min(span.end_ns, end_ns)) for span in voice]
    return [span for span in cut if span.start_ns < span.end_ns]


def _spread(said: Sequence[str], sounds: Sequence[VoiceSpan]) -> Iterator[SpokenWord]:
    """Words evenly over what was audible. One that would go on over a pause ends where the pause begins."""
    total = sum(span.end_ns - span.start_ns for span in sounds)
    for number, text in enumerate(said if total else ()):
        start_ns = _at(sounds, total * number // len(said))
        end_ns = _at(sounds, total * (number + 1) // len(said), last=True)
        span = next(span for span in sounds if span.start_ns <= start_ns < span.end_ns)
        yield SpokenWord(text, start_ns, max(start_ns, min(end_ns, span.end_ns)))


def _at(sounds: Sequence[VoiceSpan], passed: int, *, last: bool = False) -> int:
    """The instant at which so much has sounded; of two, the ``last`` of one span or the first of the next."""
    for span in sounds:
        length = span.end_ns - span.start_ns
        if passed < length or (last and passed == length):
            return span.start_ns + passed
        passed -= length
    return sounds[-1].end_ns
