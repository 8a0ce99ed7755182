"""Where a sound begins and ends, measured on the waveform.

This is a level meter: it says when *something* is audible. Whether that is speech, and whether somebody has
finished speaking, is for a voice-activity or turn detector to decide.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.media.frames import SAMPLE_RATE, SILENCE, Samples

THRESHOLD_DBFS = -50.0
"""Level from which a sound counts as audible: a whisper at a headset, and above the noise of a quiet room."""

HANGOVER_NS = 200_000_000
"""A shorter gap belongs to the sound around it: the closure of a plosive lasts up to 150 ms."""

FULL_SCALE = 32768.0
NS_PER_SECOND = 1_000_000_000

_ONSET_RANGE_DB = 20.0
_ONSET_WINDOW = SAMPLE_RATE // 100


class VoiceChange(NamedTuple):
    """A sound began (its first loud sample) or ended (the instant after its last) at ``at_ns``."""

    change: Literal["started", "stopped"]
    at_ns: int


class VoiceMeter:
    """Follows one microphone or loudspeaker, a frame at a time.

    A frame is loud when its RMS reaches the threshold; a sample is, when its magnitude does. Gaps within a frame
    go unnoticed. What is not fed counts as silence.
    """

    __slots__ = (
        "_amplitude",
        "_fed_to_ns",
        "_hangover_ns",
        "_latest",
        "_latest_ns",
        "_power",
        "_sounding",
        "_unbroken",
    )

    def __init__(self, *, threshold_dbfs: float = THRESHOLD_DBFS, hangover_ns: int = HANGOVER_NS) -> None:
        if hangover_ns < 0:
            raise ValueError(f"hangover_ns must not be negative, found {hangover_ns}")
        self._amplitude = FULL_SCALE * 10 ** (threshold_dbfs / 20)
        self._power = self._amplitude * self._amplitude
        self._hangover_ns = hangover_ns
        self._sounding = False
        self._unbroken = False
        self._latest: Samples = SILENCE
        self._latest_ns = 0
        self._fed_to_ns = 0

    @property
    def sounding(self) -> bool:
        """True from a start to the stop that follows it, the hang-over included."""
        return self._sounding

    def feed(self, samples: Samples, start_ns: int, silent: bool = False) -> tuple[VoiceChange, ...]:
        """Take the 48 kHz mono frame that begins at ``start_ns``; return what changed, oldest first.

        ``silent`` promises that the frame holds nothing audible, and saves looking at it. Raises `ValueError`
        for a frame that begins before the end of the one before.
        """
        if start_ns < self._fed_to_ns:
            raise ValueError(
                f"frames must follow each other: fed up to {self._fed_to_ns} ns, got {start_ns} ns"
            )
        end_ns = start_ns + len(samples) * NS_PER_SECOND // SAMPLE_RATE
        if start_ns != self._fed_to_ns:
            self._unbroken = False
        self._fed_to_ns = end_ns
        if not silent:
            level = samples.astype(np.float32)
            if level.dot(level) >= self._power * len(level) > 0:
                changes = () if self._unbroken else self._resumed(level, start_ns)
                self._latest, self._latest_ns, self._unbroken = samples, start_ns, True
                return changes
        self._unbroken = False
        if self._sounding and end_ns - self._last_loud_ns >= self._hangover_ns:
            return (self._stop(),)
        return ()

    def close(self) -> tuple[VoiceChange, ...]:
        """Nothing more will come: end a sound that is still going on, hang-over or not."""
        return (self._stop(),) if self._sounding else ()

    def _resumed(self, level: npt.NDArray[np.float32], start_ns: int) -> tuple[VoiceChange, ...]:
        """The first loud frame after one that was not."""
        first = int((np.abs(level) >= self._amplitude).argmax())
        first_ns = start_ns + first * NS_PER_SECOND // SAMPLE_RATE
        changes: tuple[VoiceChange, ...] = ()
        if self._sounding and first_ns - self._last_loud_ns >= self._hangover_ns:
            changes = (self._stop(),)
        if self._sounding:
            return changes
        self._sounding = True
        return (*changes, VoiceChange("started", first_ns))

    @property
    def _last_loud_ns(self) -> int:
        """The end of the last loud sample; looked for only where sound breaks off: most frames are in its midst."""
        loud = np.abs(self._latest.astype(np.float32)) >= self._amplitude
        last = len(loud) - int(loud[::-1].argmax())
        return self._latest_ns + last * NS_PER_SECOND // SAMPLE_RATE

    def _stop(self) -> VoiceChange:
        self._sounding = False
        return VoiceChange("stopped", self._last_loud_ns)


def first_voiced_sample(samples: Samples) -> int:
    """Where the voice sets in within a whole 48 kHz recording; 0 when it is silent throughout.

    A recording carries the noise of its room, so the bar is set by the recording itself: the first 10 ms that
    come within 20 dB of its loudest 10 ms, and in them the first sample as strong.
    """
    count = -(-len(samples) // _ONSET_WINDOW)
    padded = np.zeros(count * _ONSET_WINDOW, np.float32)
    padded[: len(samples)] = samples
    windows = padded.reshape(-1, _ONSET_WINDOW)
    powers = np.einsum("ij,ij->i", windows, windows) / _ONSET_WINDOW
    loudest = float(powers.max(initial=0.0))
    floor = (FULL_SCALE * 10 ** (THRESHOLD_DBFS / 20)) ** 2
    bar = max(loudest / 10 ** (_ONSET_RANGE_DB / 10), floor)
    if loudest < bar:
        return 0
    window = int((powers >= bar).argmax())
    search_from = max(0, window - 1) * _ONSET_WINDOW
    return search_from + int((np.abs(padded[search_from:]) >= bar**0.5).argmax())
