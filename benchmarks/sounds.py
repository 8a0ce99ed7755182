"""The sound that the framework's own cost is measured with: a person who does not pause, and what an agent says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agentkit.core.media.output import Samples
from benchmarks import floor
from benchmarks.conversation import TURNS, speech
from benchmarks.live import FRAME_SAMPLES, SPEECH_S
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio

CHUNK_MS = 100.0
"""What a voice delivers at a time."""

RATE_WPM = 165.0


@dataclass(frozen=True)
class Sounds:
    """``frames`` are 20 ms of a microphone at 48 kHz; ``pieces`` are `SPEECH_S` of a voice at 24 kHz."""

    frames: list[Samples]
    pieces: list[Samples]


def sounds() -> Sounds:
    """All that the person says in the measured conversation, in one breath, and the beginning of an answer."""
    said = [decode_audio(find_clip(clip).path).samples for clips, _ in TURNS for clip in clips]
    frames = [frame for frame in floor.frames(np.concatenate(said)) if len(frame) == FRAME_SAMPLES]
    answer = speech(RATE_WPM, floor.SPEAKING_RATE)[0][: round(SPEECH_S * floor.SPEAKING_RATE)]
    return Sounds(frames, floor.pieces([answer], CHUNK_MS))
