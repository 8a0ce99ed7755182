"""People in one room, who are heard by each other's microphones."""

from __future__ import annotations

from collections.abc import Callable

from simulator.edge.acoustics.amplify import amplified, mixed
from simulator.edge.acoustics.conditions import factor
from simulator.media.frames import FRAME_SAMPLES, SILENCE, Samples
from simulator.media.source import MicrophoneSource

Ears = Callable[[int], Samples | None]

ACROSS_DB = -12.0
"""How much softer the others are: they sit four times as far from a microphone as the one it belongs to."""


class Room:
    """Knows what everybody in it says, muted or not."""

    def __init__(self) -> None:
        self._voices: list[MicrophoneSource] = []

    def enter(self, voice: MicrophoneSource, gain_db: float) -> Ears:
        """Somebody with this voice, and a microphone that amplifies so much, is in the room: how that hears the others.

        It is asked for one frame after another, by their numbers, and gives None where the others are silent.
        """
        gain = factor(gain_db + ACROSS_DB)
        self._voices.append(voice)

        def heard(number: int) -> Samples | None:
            together: Samples | None = None
            for other in self._voices:
                samples, silent = (SILENCE, True) if other is voice else other.frame(number * FRAME_SAMPLES)
                if not silent:
                    softer, _ = amplified(samples.reshape(1, -1), gain)
                    together = softer[0] if together is None else mixed(together, softer[0])
            return together

        return heard
