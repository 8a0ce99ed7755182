"""What was heard in a call, kept for those who want to listen to it."""

from __future__ import annotations

import hashlib
import urllib.parse
import wave
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE, Samples

AGENT = "agent"
"""The name under which the agent's own sound is added."""

STEMS = "stems"
"""The folder of the single voices, beside the mix."""

_BLOCK_FRAMES = 500
"""Frames that are assembled and written at a time: 10 s."""


def heard_at(voice: str, listener: str) -> str:
    """The name under which a voice is kept aside as it arrived at ``listener``."""
    return f"{voice} at {'the agent' if listener == AGENT else listener}"


def stem_file(folder: Path, name: str) -> Path:
    """Where `CallRecording.write` puts the voice called ``name``."""
    return folder / STEMS / f"{urllib.parse.quote(name, safe=' ')}.wav"


def stem_files(folder: Path) -> dict[str, Path]:
    """The files of the voices that were written into ``folder``, by name, sorted by file."""
    return {urllib.parse.unquote(path.stem): path for path in sorted((folder / STEMS).glob("*.wav"))}


class Stem:
    """The frames of one voice that are not silent, and their numbers, which grow."""

    __slots__ = ("frames", "numbers")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.frames: list[Samples] = []

    def between(self, first: int, last: int) -> Samples:
        """The sound of frames ``first`` to ``last`` (exclusive), silence included."""
        sound = np.zeros((last - first) * FRAME_SAMPLES, np.int16)
        for index in range(bisect_left(self.numbers, first), bisect_left(self.numbers, last)):
            offset = (self.numbers[index] - first) * FRAME_SAMPLES
            sound[offset : offset + FRAME_SAMPLES] = self.frames[index]
        return sound


class CallRecording:
    """The sound of every voice in a call, on one grid of 20 ms frames that are counted from its beginning.

    Frames are kept by reference and must not change afterwards; silence costs nothing. A voice that is kept aside is
    one of the others as it was heard elsewhere: it has a stem of its own and is not in the mix.
    """

    silence: Samples = SILENCE

    def __init__(self) -> None:
        self._stems: dict[str, Stem] = {}
        self._aside: set[str] = set()
        self._length = 0

    @property
    def duration_s(self) -> float:
        """Seconds from the beginning of the call to the end of the last frame."""
        return self._length * FRAME_SAMPLES / SAMPLE_RATE

    @property
    def voices(self) -> tuple[str, ...]:
        """Who was recorded, by name; a voice that stayed silent is one of them."""
        return tuple(sorted(self._stems))

    def add(self, name: str, frame: int, samples: Samples, silent: bool = False) -> None:
        """Keep what ``name`` sounds like during frame number ``frame``: 960 samples at 48 kHz.

        Frames of a voice come in order; those that never come are silence. Raises `ValueError` for a frame that
        comes late or twice, or is not 20 ms long.
        """
        stem = self._stems.get(name)
        if stem is None:
            stem = self._stems[name] = Stem()
        if frame >= self._length:
            self._length = frame + 1
        if silent:
            return
        if len(samples) != FRAME_SAMPLES:
            raise ValueError(f"{name}: a frame has {FRAME_SAMPLES} samples, frame {frame} has {len(samples)}")
        if stem.numbers and frame <= stem.numbers[-1]:
            raise ValueError(f"{name}: frames come in order, but {frame} came after {stem.numbers[-1]}")
        stem.numbers.append(frame)
        stem.frames.append(samples)

    def aside(self, name: str) -> Stem:
        """Keep ``name`` aside; its frames are put into what is returned."""
        self._aside.add(name)
        return self._stems.setdefault(name, Stem())

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each voice's sound, by name. Silence that was added and silence left out are the same.

        Voices that are kept aside are left out: they are made of the others.
        """
        return {name: self._digest(self._stems[name]) for name in self.voices if name not in self._aside}

    def digest(self, stems: Mapping[str, str] | None = None) -> str:
        """One SHA-256 over all voices and the length of the call: equal for calls that sounded the same.

        ``stems`` are the `digests`, where they are known already.
        """
        whole = hashlib.sha256(str(self._length).encode())
        for name, stem in (self.digests() if stems is None else stems).items():
            whole.update(f"\n{stem} {name}".encode())
        return whole.hexdigest()

    def write(self, folder: Path) -> None:
        """Write ``call.wav`` (people on the left, the agent on the right) and ``stems/<name>.wav`` into ``folder``."""
        (folder / STEMS).mkdir(parents=True, exist_ok=True)
        _write_wav(folder / "call.wav", 2, (self._mixed(first, last) for first, last in self._blocks()))
        for name, stem in self._stems.items():
            blocks = (stem.between(first, last) for first, last in self._blocks())
            _write_wav(stem_file(folder, name), 1, blocks)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        for first in range(0, self._length, _BLOCK_FRAMES):
            yield first, min(first + _BLOCK_FRAMES, self._length)

    def _mixed(self, first: int, last: int) -> npt.NDArray[np.int16]:
        people = np.zeros((last - first) * FRAME_SAMPLES, np.int32)
        for name, stem in self._stems.items():
            if name != AGENT and name not in self._aside:
                people += stem.between(first, last)
        agent = self._stems.get(AGENT, Stem()).between(first, last)
        return np.stack([np.clip(people, -32768, 32767).astype(np.int16), agent], axis=1)

    def _digest(self, stem: Stem) -> str:
        places, sound = hashlib.sha256(), hashlib.sha256()
        for first in range(0, len(stem.frames), _BLOCK_FRAMES):
            frames = np.concatenate(stem.frames[first : first + _BLOCK_FRAMES]).reshape(-1, FRAME_SAMPLES)
            numbers = np.array(stem.numbers[first : first + _BLOCK_FRAMES], "<i8")
            audible = frames.any(axis=1)
            places.update(numbers[audible].tobytes())
            sound.update(frames[audible].astype("<i2", copy=False).tobytes())
        places.update(sound.digest())
        return places.hexdigest()


def _write_wav(path: Path, channels: int, blocks: Iterator[npt.NDArray[np.int16]]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for block in blocks:
            file.writeframes(block.astype("<i2", copy=False).tobytes())
