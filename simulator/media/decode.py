"""The sound of a file, as it would arrive over WebRTC: 48 kHz, mono, 16 bit.

Anything PyAV reads is read: WAV, FLAC, MP3, Ogg, the sound of an MP4. What cannot be a person's microphone is
refused with a `MediaError` that says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from agentkit.core.media.video_file import open_media
from simulator.media.activity import FULL_SCALE, first_voiced_sample
from simulator.media.errors import MediaError
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, Samples
from simulator.media.wav import wav_fault

FloatChannels: TypeAlias = npt.NDArray[np.float32]

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from getstream.video.rtc.track_util import PcmData

MAX_DURATION_S = 4 * 3600.0
"""A longer file is refused: decoded, four hours take 1.4 GB."""

MAX_CHANNELS = 2

_CACHED_FILES = 64
_TRUNCATION_TOLERANCE_S = 0.1
_GUESS_THEIR_LENGTH = frozenset({"aac", "ac3", "mp3"})
"""Formats without a length in the file: what is declared is an estimate, and proves nothing."""


@dataclass(frozen=True, eq=False)
class SpeechAudio:
    """A whole recording, decoded. ``samples`` are int16 at 48 kHz, mono, read-only."""

    path: Path
    samples: Samples

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return len(self.samples) / SAMPLE_RATE

    @cached_property
    def first_voiced_s(self) -> float:
        """Seconds from its beginning until the voice sets in; see `first_voiced_sample`."""
        return first_voiced_sample(self.samples) / SAMPLE_RATE

    def frames(self) -> Iterator[PcmData]:
        """Frames of 20 ms, made as they are asked for; the last is filled up with silence."""
        from getstream.video.rtc.track_util import PcmData

        for start in range(0, len(self.samples), FRAME_SAMPLES):
            frame = self.samples[start : start + FRAME_SAMPLES]
            if len(frame) < FRAME_SAMPLES:
                frame = np.pad(frame, (0, FRAME_SAMPLES - len(frame)))
            yield PcmData(SAMPLE_RATE, "s16", frame, pts=start, time_base=1 / SAMPLE_RATE)


def decode_audio(path: str | Path) -> SpeechAudio:
    """The sound of the file at ``path``. An unchanged file is decoded once and shared.

    Raises `MediaError` for what is missing, damaged, cut off, without sound, with more than two channels, or
    longer than `MAX_DURATION_S`.
    """
    path = Path(path).resolve()
    try:
        status = path.stat()
    except OSError as error:
        raise MediaError(
            f"{path}: expected a recording, found nothing to read there ({error.strerror})"
        ) from None
    if not path.is_file():
        found = "a folder" if path.is_dir() else "something that is no file"
        raise MediaError(f"{path}: expected a recording, found {found}; name a file")
    if status.st_size == 0:
        raise MediaError(f"{path}: the file is empty; record or copy it again")
    return _decode(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=_CACHED_FILES)
def _decode(path: Path, _mtime_ns: int, _size: int) -> SpeechAudio:
    import av

    try:
        if fault := wav_fault(path):
            raise MediaError(f"{path}: {fault}")
        with open_media(path) as container:
            stream = _sound_of(container, path)
            pieces = list(_converted(container, stream, path))
            declared_s = _declared_s(container, stream)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            f"{path}: expected a recording, found something that cannot be decoded ({error.strerror}); "
            "play it elsewhere to see whether it is damaged, or is sound at all"
        ) from None

    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    if not len(samples):
        raise MediaError(f"{path}: a header, but not one sample of sound; record it again")
    if len(samples) / SAMPLE_RATE < declared_s - _TRUNCATION_TOLERANCE_S:
        raise MediaError(
            f"{path}: cut off: it declares {declared_s:.2f} s of sound and holds {len(samples) / SAMPLE_RATE:.2f} s; "
            "copy it again"
        )
    samples.flags.writeable = False
    return SpeechAudio(path, samples)


def _sound_of(container: InputContainer, path: Path) -> AudioStream:
    """The file's first audio stream, if a microphone could have made it."""
    if not container.streams.audio:
        found = ", ".join(stream.codec_context.name for stream in container.streams if stream.codec_context)
        raise MediaError(
            f"{path}: expected sound, found none in it (only: {found or 'nothing'}); is it the right file?"
        )
    stream = container.streams.audio[0]
    context = stream.codec_context
    if context is None:
        raise MediaError(f"{path}: its sound is coded in an unknown way; export it as 16-bit PCM")
    if not 1 <= context.channels <= MAX_CHANNELS:
        raise MediaError(
            f"{path}: expected 1 channel or 2, which are mixed, found {context.channels}; "
            "pick the person's channel first, for example: ffmpeg -i in.wav -af 'pan=mono|c0=c0' out.wav"
        )
    if (declared_s := _declared_s(container, stream)) > MAX_DURATION_S:
        raise _too_long(path, declared_s)
    return stream


def _declared_s(container: InputContainer, stream: AudioStream) -> float:
    """How long the file says its sound is; 0 when it does not say, or can only guess."""
    if stream.duration is None or stream.time_base is None or container.format.name in _GUESS_THEIR_LENGTH:
        return 0.0
    return float(stream.duration * stream.time_base)


def _converted(container: InputContainer, stream: AudioStream, path: Path) -> Iterator[Samples]:
    """The stream's sound in 48 kHz mono pieces, as if it had been resampled in one (soxr, VHQ)."""
    import soxr

    to_48k = None
    read_s = 0.0
    for rate, channels in _decoded(container, stream, path):
        if not np.isfinite(channels).all():
            raise MediaError(
                f"{path}: found samples that are not numbers (NaN or infinite) near {read_s:.2f} s; "
                "export it again as 16-bit PCM"
            )
        read_s += channels.shape[1] / rate
        if read_s > MAX_DURATION_S:
            raise _too_long(path, read_s)
        if to_48k is None:
            to_48k = soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32", "VHQ")
        yield _pcm(to_48k.resample_chunk(channels.mean(axis=0)))
    if to_48k is not None:
        yield _pcm(to_48k.resample_chunk(np.zeros(0, np.float32), last=True))


def _decoded(
    container: InputContainer, stream: AudioStream, path: Path
) -> Iterator[tuple[int, FloatChannels]]:
    """The stream's own rate and pieces of its sound, (channels, n) in [-1, 1].

    The rate is that of the decoded frames: headers of AAC and MP3 have been seen to name another.
    """
    import av

    to_float = av.AudioResampler(format="fltp")
    first = None
    read = 0
    try:
        for frame in container.decode(stream):
            shape = (frame.sample_rate, frame.layout.nb_channels)
            first = first or shape
            if shape != first:
                raise MediaError(
                    f"{path}: after {read / first[0]:.2f} s it goes on with {shape[1]} channels at {shape[0]} Hz, "
                    f"having begun with {first[1]} at {first[0]} Hz; convert it to one format"
                )
            read += frame.samples
            for converted in to_float.resample(frame):
                yield first[0], converted.to_ndarray().astype(np.float32, copy=False)
    except av.FFmpegError as error:
        after_s = read / first[0] if first else 0.0
        raise MediaError(f"{path}: damaged after {after_s:.2f} s ({error.strerror}); copy it again") from None


def _pcm(samples: FloatChannels) -> Samples:
    rounded: Samples = np.clip(np.rint(samples * FULL_SCALE), -32768, 32767).astype(np.int16)
    return rounded


def _too_long(path: Path, duration_s: float) -> MediaError:
    return MediaError(
        f"{path}: {duration_s / 3600:.1f} hours of sound, more than the {MAX_DURATION_S / 3600:.0f} that are read; "
        "cut out what is needed"
    )
