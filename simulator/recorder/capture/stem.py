"""One voice on disk: a WAV that can be listened to while it grows."""

from __future__ import annotations

import struct
from pathlib import Path

from simulator.media.frames import SAMPLE_RATE

HEADER_BYTES = 44
SAMPLE_BYTES = 2
LONGEST = (2**32 - 1 - HEADER_BYTES) // SAMPLE_BYTES
"""Samples that the header of a WAV can tell: 12 hours."""


class StemFile:
    """A mono WAV of 16 bit at 48 kHz whose beginning is that of the call.

    What is not written is silence, and takes no room on file systems that know holes. The header is right after
    every `commit`, so a process that dies loses what came after the last one and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._length = 0
        self.commit()

    def write(self, start: int, sound: bytes) -> None:
        """Put ``sound`` at sample number ``start`` of the call. Raises `ValueError` past `LONGEST`."""
        end = start + len(sound) // SAMPLE_BYTES
        if end > LONGEST:
            raise ValueError(
                f"a WAV holds {LONGEST // SAMPLE_RATE // 3600} hours of sound, and they are over"
            )
        self._file.seek(HEADER_BYTES + start * SAMPLE_BYTES)
        self._file.write(sound)
        self._length = max(self._length, end)

    def commit(self) -> None:
        """Hand what was written to the system, and say in the header how much it is."""
        size = self._length * SAMPLE_BYTES
        form = struct.pack("<4sI4s4sI", b"RIFF", HEADER_BYTES - 8 + size, b"WAVE", b"fmt ", 16)
        pcm = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, SAMPLE_RATE * SAMPLE_BYTES, SAMPLE_BYTES, 16)
        self._file.flush()
        self._file.seek(0)
        self._file.write(form + pcm + struct.pack("<4sI", b"data", size))
        self._file.flush()

    def close(self, length: int) -> None:
        """End it with silence up to ``length`` samples."""
        self._length = max(self._length, min(length, LONGEST))
        with self._file:
            self._file.truncate(HEADER_BYTES + self._length * SAMPLE_BYTES)
            self.commit()
