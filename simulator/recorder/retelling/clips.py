"""The clips of a scenario, cut from what people said in a recorded call."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.media.activity import NS_PER_SECOND
from simulator.media.frames import SAMPLE_RATE, Samples
from simulator.recorder.retelling.attribution import attributed
from simulator.recorder.retelling.cutting import Span, cut, voiced_spans
from simulator.recorder.retelling.recorded import RecordedCall, RecordedPerson, Stem
from simulator.recorder.retelling.words import SpokenWord, VoiceSpan, spoken_words

LICENCE = "recorded; not for redistribution"


@dataclass(frozen=True)
class CutClip:
    """Something that ``person`` said: where it lies in their stem, and its words, counted from its beginning.

    ``moment`` is what a scenario calls the instant of its first word, ``name`` the file without its suffix.
    """

    person: str
    moment: str
    name: str
    stem: Stem
    span: Span
    words: tuple[SpokenWord, ...]

    @property
    def start_ns(self) -> int:
        """When it begins, since the call did."""
        return _ns(self.span.start)

    @property
    def end_ns(self) -> int:
        """When it is over, since the call began."""
        return _ns(self.span.end)

    @property
    def voiced_ns(self) -> int:
        """When its `moment` is: at its first word, or where it begins if there is none."""
        return self.start_ns + (self.words[0].start_ns if self.words else 0)

    @property
    def files(self) -> tuple[str, ...]:
        """What `write` writes."""
        return sound_files(self.name)

    def write(self, folder: Path) -> None:
        """Write the WAV and its sidecar into ``folder``."""
        samples = self.stem.between(*self.span)
        write_sound(folder, self.name, self.person, samples, self.span.end - self.span.start, self.words)


def sound_files(name: str) -> tuple[str, str]:
    """What `write_sound` writes."""
    return f"{name}.wav", f"{name}.json"


def write_sound(
    folder: Path, name: str, person: str, samples: Samples, length: int, words: Sequence[SpokenWord] = ()
) -> None:
    """Write ``length`` samples as a WAV, and its sidecar, into ``folder``; what ``samples`` lack is silence."""
    sound, beside = (folder / file for file in sound_files(name))
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes() + bytes(2 * (length - len(samples))))
    sidecar = {
        "text": " ".join(word.text for word in words),
        "kind": "speech" if words else "noise",
        "voice": person,
        "licence": LICENCE,
        "duration": length / SAMPLE_RATE,
        "words": [
            {
                "text": word.text,
                "start": round(word.start_ns / NS_PER_SECOND, 3),
                "end": round(word.end_ns / NS_PER_SECOND, 3),
            }
            for word in words
        ],
    }
    text = json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n"
    beside.write_text(text, "utf-8")


def clips_of(
    call: RecordedCall, person: RecordedPerson, name: str, presences: Sequence[Span], prefix: str
) -> list[CutClip]:
    """What ``person`` said while they were there, in order; the scenario calls them ``name``.

    Raises `RecordingError` when their stem is none.
    """
    if person.stem is None:
        return []
    stem = Stem(person.stem)
    spans = voiced_spans(stem.frames())
    voice = [VoiceSpan(_ns(span.start), _ns(span.end)) for span in spans]
    words = spoken_words(attributed(call.records), person.source, voice)
    clips = cut(spans, presences)
    return [
        CutClip(name, f"{name}-{number}", f"{prefix}{name}-{number}", stem, clip, _words_in(words, clip))
        for number, clip in enumerate(clips, start=1)
    ]


def _words_in(words: Sequence[SpokenWord], clip: Span) -> tuple[SpokenWord, ...]:
    """The words whose middle lies in ``clip``, counted from its beginning, in order and inside of it."""
    start_ns, end_ns = _ns(clip.start), _ns(clip.end)
    found: list[SpokenWord] = []
    latest = 0
    for word in words:
        if start_ns <= (word.start_ns + word.end_ns) // 2 < end_ns:
            begins = max(word.start_ns - start_ns, latest)
            ends = min(max(word.end_ns - start_ns, begins), end_ns - start_ns)
            found.append(SpokenWord(word.text, min(begins, ends), ends))
            latest = ends
    return tuple(found)


def _ns(sample: int) -> int:
    return sample * NS_PER_SECOND // SAMPLE_RATE
