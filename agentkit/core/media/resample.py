"""One stream of sound, brought to the rate and channels that somebody wants.

Resampling needs memory: the filter looks at samples on both sides of every output sample, so a chunk
resampled without its neighbours is wrong at both ends (11 dB against the whole signal). A `StreamResampler`
is that memory.

The filter is soxr's, in float32. Its int16 mode is of no use to us: it dithers, and seeds the dither from
the time of day and an address, so that no two runs would sound the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import soxr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

    Float32 = NDArray[np.float32]

INT16 = np.dtype(np.int16)
FULL_SCALE = 32768.0
LOUDEST, SOFTEST = np.float32(32767), np.float32(-32768)
JUMP_S = 0.010
"""Half a 20 ms frame: an input that is further than this from where it was expected has a gap before it."""


class StreamResampler:
    """Resamples one track in one direction; make another for the next.

    ``process`` takes int16 or float32, mono or stereo, at any rate, even one that changes on the way, and
    gives int16 at ``sample_rate`` Hz: mono as ``(n,)``, stereo as ``(2, n)``.

    The output comes in blocks: a chunk may give nothing and the next one twice as much. soxr HQ keeps the
    last 7 to 37 ms of a 48 kHz track on its way to 16 or 24 kHz, and up to 157 ms on its way to 8 kHz. Call
    `flush` for them when the track ends. Positions are not affected: the ``pts`` of a chunk is that of its
    own first sample.
    """

    def __init__(self, sample_rate: int, channels: int = 1) -> None:
        """Raises `ValueError` for a rate that is not positive, or for channels other than 1 and 2."""
        if sample_rate <= 0:
            raise ValueError(f"sample_rate must be in Hz and above 0, got {sample_rate}")
        if channels not in (1, 2):
            raise ValueError(f"channels must be 1 (mono) or 2 (stereo), got {channels}")
        self.sample_rate = sample_rate
        self.channels = channels
        self._time_base = 1 / sample_rate
        self._jump = sample_rate * JUMP_S
        self._last: PcmData | None = None
        self._forget()

    def process(self, pcm: PcmData) -> PcmData:
        """Return what can be told of the output after ``pcm``: int16, possibly of no samples.

        A ``pcm`` that is as wanted already is returned itself. The output carries the participant of
        ``pcm`` and, if ``pcm`` has a ``pts``, its own in units of ``time_base`` = 1 / ``sample_rate``
        seconds. Where the input's pts leaps, that of the output leaps too; of the sound before the leap,
        what the filter still held is then told as if it had come right before the sound after it.

        Raises `ValueError` for more than two channels or samples that are not channels first.
        """
        rate, channels = pcm.sample_rate, pcm.channels
        if (
            self._stream is None
            and rate == self.sample_rate
            and channels == self.channels
            and pcm.samples.dtype == INT16
        ):
            return pcm
        sound = self._as_float(pcm)
        tail = None
        if rate != self._rate or channels != self._source_channels:
            tail = self._retune(rate, channels)
        self._locate(pcm)
        self._last = pcm
        self._consumed += len(sound)
        if self._stream is not None:
            sound = self._stream.resample_chunk(sound)
        if tail is not None:
            sound = np.concatenate((tail, sound))
        return self._emit(sound, pcm)

    def flush(self) -> PcmData | None:
        """Return what the filter still holds, or None if that is nothing, and be ready for another track."""
        last, tail = self._last, self._end_of_stream()
        pcm = None if last is None or tail is None else self._emit(tail, last)
        self._last = None
        self._forget()
        return pcm

    def _forget(self) -> None:
        self._stream: Any = None
        self._rate = 0
        self._source_channels = 0
        self._ratio = 1.0
        self._origin: int | None = None  # position of the first output sample, in output samples
        self._consumed = 0
        self._produced = 0

    def _as_float(self, pcm: PcmData) -> Float32:
        """The samples in the range of int16, as ``(n,)``, or ``(n, 2)`` if input and output are stereo."""
        samples: NDArray[Any] = pcm.samples
        scale = 1.0 if samples.dtype == INT16 else FULL_SCALE
        sound: Float32
        if samples.ndim == 1 and pcm.channels == 1:
            sound = samples.astype(np.float32)
        elif samples.ndim != 2 or samples.shape[0] != pcm.channels or pcm.channels not in (1, 2):
            raise ValueError(
                f"expected mono (n,) or stereo (2, n) samples, got {pcm.channels} channels of shape "
                f"{samples.shape}; mix down first, and pass channels first"
            )
        elif pcm.channels == 1:
            sound = samples[0].astype(np.float32)
        elif self.channels == 1:
            sound = np.add(samples[0], samples[1], dtype=np.float32)
            scale /= 2
        else:
            sound = np.array(samples.T, np.float32, order="C")
        if scale != 1.0:
            sound *= scale
        return sound

    def _retune(self, rate: int, channels: int) -> Float32 | None:
        """Take input of another form from now on; returns what the filter held of the old one."""
        tail = self._end_of_stream()
        if tail is not None and tail.ndim > 1 and channels == 1:
            tail = tail.mean(axis=1)
        elif tail is not None and tail.ndim == 1 and channels == self.channels == 2:
            tail = np.column_stack((tail, tail))
        held = 0 if tail is None else len(tail)
        if self._origin is not None:
            self._origin += self._produced + held
        self._consumed, self._produced = 0, -held
        self._rate, self._source_channels = rate, channels
        self._ratio = self.sample_rate / rate
        if rate == self.sample_rate:
            self._stream = None
        else:
            self._stream = soxr.ResampleStream(
                rate, self.sample_rate, min(channels, self.channels), "float32", "HQ"
            )
        return tail

    def _end_of_stream(self) -> Float32 | None:
        if self._stream is None:
            return None
        width = min(self._source_channels, self.channels)
        nothing = np.empty(0 if width == 1 else (0, width), np.float32)
        tail: Float32 = self._stream.resample_chunk(nothing, last=True)
        return tail if len(tail) else None

    def _locate(self, pcm: PcmData) -> None:
        """Hold the position of the output to that of the input."""
        if pcm.pts is None or pcm.time_base is None:
            self._origin = None
            return
        start = pcm.pts * float(pcm.time_base) * self.sample_rate - self._consumed * self._ratio
        if self._origin is None or abs(start - self._origin) > self._jump:
            self._origin = round(start)

    def _emit(self, sound: Float32, source: PcmData) -> PcmData:
        if len(sound):  # a third of all chunks at 16 kHz are empty
            np.rint(sound, sound)
            sound.clip(SOFTEST, LOUDEST, sound)
        samples = sound.astype(np.int16)
        pts = None if self._origin is None else self._origin + self._produced
        self._produced += len(samples)
        if self.channels == 2:
            samples = np.stack((samples, samples)) if samples.ndim == 1 else np.ascontiguousarray(samples.T)
        return type(source)(  # not PcmData: importing it takes a second, and whoever calls us has done so
            self.sample_rate,
            "s16",
            samples,
            pts,
            None,
            None if pts is None else self._time_base,
            self.channels,
            source.participant,
        )
