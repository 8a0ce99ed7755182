"""What somebody's room and microphone are like."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

PINK = "pink"
"""The name of noise that is generated: as loud in every octave from 20 Hz to 20 kHz."""

LONGEST_ECHO_S = 2.0
"""A sound needs this long for 340 m and back; what comes later is no echo but a mistake."""


@dataclass(frozen=True, slots=True)
class Echo:
    """The loudspeaker is heard by the microphone ``delay_s`` seconds later and ``gain_db`` louder; below 0: softer.

    The delay is exact to the sample.
    """

    delay_s: float
    gain_db: float

    def __post_init__(self) -> None:
        if not 0 <= self.delay_s <= LONGEST_ECHO_S:
            raise ValueError(
                f"delay: an echo comes within {LONGEST_ECHO_S:g} s, and not before its sound, found {self.delay_s!r} s"
            )
        _decibels("gain", self.gain_db, most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acoustics:
    """A room and the microphone in it.

    - ``noise``: the name of a recording that goes on all the time, or ``"pink"``; ``snr_db`` is how much louder than it
      the voice is.
    - ``echo``: how the agent gets from the loudspeaker into the microphone. None: not at all, as with headphones.
    - ``room``: the name of a room, which all share who name it: the microphone of one hears the others.
    - ``gain_db``: how much louder than the clips all of it is recorded.
    - ``clipping_db``: the level, relative to full scale and at most 0, at which the microphone cuts off peaks.

    Raises `ValueError` for what cannot be; its message begins with what it is about.
    """

    noise: str | None = None
    snr_db: float | None = None
    echo: Echo | None = None
    room: str | None = None
    gain_db: float = 0.0
    clipping_db: float = 0.0

    def __post_init__(self) -> None:
        if self.noise is not None and self.snr_db is None:
            raise ValueError("noise: it needs snr beside it, how much louder the voice is, such as 10dB")
        if self.noise is None and self.snr_db is not None:
            raise ValueError("snr: it needs noise beside it, a recording or pink")
        if self.snr_db is not None:
            _decibels("snr", self.snr_db, most=100)
        _decibels("gain", self.gain_db, most=60)
        _decibels("clipping", self.clipping_db, most=0)

    def told(self) -> dict[str, Any]:
        """All of it as a JSON object."""
        return asdict(self)


def factor(db: float) -> float:
    """Decibels as a factor of the amplitude."""
    return float(10 ** (db / 20))


def _decibels(name: str, db: float, most: float) -> None:
    if not -100 <= db <= most or math.isnan(db):
        raise ValueError(f"{name}: from -100 to {most:g} dB, found {db!r}")
