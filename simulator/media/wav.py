"""A look at the header of a WAV file, for what decoders pass over, or refuse without a reason."""

from __future__ import annotations

import struct
from pathlib import Path

STREAMED = frozenset({0, 0xFFFFFFFF})
"""Sizes written by a program that did not know yet how long the sound would get."""


def wav_fault(path: Path) -> str | None:
    """What is wrong with a WAV file and what to do about it; None for a good one and for every other file."""
    total = path.stat().st_size
    with path.open("rb") as file:
        form = file.read(12)
        if form[:4] != b"RIFF" or form[8:] != b"WAVE":
            return None
        while len(header := file.read(8)) == 8:
            chunk, size = struct.unpack("<4sI", header)
            if chunk == b"data":
                missing = 0 if size in STREAMED else file.tell() + size - total
                return (
                    f"cut off: the last {missing} bytes of sound are missing; copy it again"
                    if missing > 0
                    else None
                )
            body = file.tell()
            if chunk == b"fmt " and size >= 8:
                _, channels, rate = struct.unpack("<HHI", file.read(8).ljust(8))
                if not channels or not rate:
                    return f"its header declares {channels} channels at {rate} Hz; write it again as it was recorded"
            file.seek(body + size + size % 2)
    return None
