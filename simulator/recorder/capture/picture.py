"""What an agent saw of somebody: a small WebM that can be played while it grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from av import VideoFrame
from av import open as open_container

FPS = 10
WIDTH = 640
"""Pixels; a larger picture is scaled down to it."""

BIT_RATE = 400_000
_FAST = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}


class PictureFile:
    """A WebM (VP8) whose times are those of the call, in milliseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container: Any = None
        self._stream: Any = None
        self._latest = -1

    def write(self, frames: Sequence[tuple[int, VideoFrame]]) -> int:
        """Encode frames, each with its time in milliseconds; returns how large the file is, in bytes."""
        for at_ms, frame in frames:
            if self._container is None:
                self._open(frame)
            if at_ms <= self._latest:
                continue
            self._latest = at_ms
            picture = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
            picture.pts, picture.time_base = at_ms, self._stream.codec_context.time_base
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        return self._path.stat().st_size if self._path.exists() else 0

    def close(self) -> None:
        """Complete the file."""
        if self._container is not None:
            with self._container:
                for packet in self._stream.encode():
                    self._container.mux(packet)

    def _open(self, frame: VideoFrame) -> None:
        from fractions import Fraction

        width = min(WIDTH, frame.width)
        height = frame.height * width / frame.width
        self._container = open_container(str(self._path), "w", format="webm")
        self._stream = cast(Any, self._container.add_stream("libvpx", rate=FPS, options=_FAST))
        self._stream.width, self._stream.height = max(2, width // 2 * 2), max(2, round(height / 2) * 2)
        self._stream.pix_fmt = "yuv420p"
        self._stream.bit_rate = BIT_RATE
        self._stream.codec_context.time_base = Fraction(1, 1000)
