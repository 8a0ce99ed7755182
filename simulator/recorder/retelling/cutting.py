"""Cutting one person's sound into clips, where they pause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simulator.media.activity import NS_PER_SECOND, VoiceChange, VoiceMeter
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, Samples

PAUSE = 6 * SAMPLE_RATE // 10
"""Whoever pauses for less goes on with the same clip."""

LEAD, TAIL = SAMPLE_RATE // 10, SAMPLE_RATE // 5
"""What a clip has before and after the audible part: soft consonants, and breath."""


class Span(NamedTuple):
    """A stretch of the call, in samples; the end is not part of it."""

    start: int
    end: int


def voiced_spans(frames: Iterable[Samples]) -> list[Span]:
    """Where a sound of 20 ms frames is audible, in order: see `VoiceMeter`."""
    meter = VoiceMeter()
    changes: list[VoiceChange] = []
    for number, frame in enumerate(frames):
        silent = not frame.any()
        changes += meter.feed(frame, number * FRAME_SAMPLES * NS_PER_SECOND // SAMPLE_RATE, silent)
    changes += meter.close()
    edges = [-(-change.at_ns * SAMPLE_RATE // NS_PER_SECOND) for change in changes]
    return [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def cut(spans: Sequence[Span], presences: Sequence[Span]) -> list[Span]:
    """Clips in order, apart from each other, on the grid of 20 ms, that hold all of ``spans`` within ``presences``.

    ``presences`` say when the person was there; no clip reaches over the end of one into the next.
    """
    clips: list[Span] = []
    for present in presences:
        here: list[Span] = []
        earliest, latest = _up(present.start), _up(present.end)
        for span in spans:
            if span.end <= present.start or span.start >= present.end:
                continue
            start = max(_down(span.start - LEAD), earliest)
            end = min(_up(span.end + TAIL), latest)
            if here and start - here[-1].end < PAUSE:
                here[-1] = Span(here[-1].start, max(end, here[-1].end))
            elif start < end:
                here.append(Span(start, end))
        clips += here
    return clips


def _down(sample: int) -> int:
    return sample // FRAME_SAMPLES * FRAME_SAMPLES


def _up(sample: int) -> int:
    return -(-sample // FRAME_SAMPLES) * FRAME_SAMPLES
