"""Video tracks that code writes to, or that play a file."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aiortc.mediastreams import VIDEO_CLOCK_RATE, VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack

from agentkit.core import clock
from agentkit.core.media.cadence import Cadence, time_of
from agentkit.core.media.video_file import decode_video

if TYPE_CHECKING:
    from av import VideoFrame

QUEUE_LIMIT = 2
"""Frames that may wait for a reader: nobody wants to see what is older."""

LATE_S = 0.1
"""A frame of a file that is due for longer than this when its turn comes is left out."""

_ONLY_FRAME_S = Fraction(1, 25)
"""How long the one frame of a video that has no other is shown, when it is repeated."""


class QueuedVideoTrack(MediaStreamTrack):
    """A track of the frames that are written to it, for processors that publish and for forwarding.

    ``width`` and ``height`` are what every frame is scaled to; None leaves them as they come. ``fps`` is the most
    frames a second it gives on; None means all. At most ``limit`` frames wait for a reader, and the oldest is dropped
    for a new one.
    """

    kind = "video"

    def __init__(
        self,
        width: int | None = None,
        height: int | None = None,
        fps: float | None = None,
        limit: int = QUEUE_LIMIT,
    ) -> None:
        """Raises `ValueError` for a size, rate or limit that is not positive."""
        super().__init__()
        for name, value in (("width", width), ("height", height), ("limit", limit)):
            if value is not None and value < 1:
                raise ValueError(f"QueuedVideoTrack({name}={value}): expected at least 1")
        self._id = clock.new_id()
        self.width = width
        self.height = height
        self.fps = fps
        self.dropped = 0
        self._cadence = Cadence(fps)
        self._frames: deque[VideoFrame] = deque(maxlen=limit)
        self._ready = asyncio.Event()
        self._began: float | None = None

    def write(self, frame: VideoFrame) -> None:
        """Give ``frame`` to whoever reads the track. One without a time (pts) of its own is shown from now on."""
        if self.readyState != "live":
            return
        seconds = time_of(frame)
        if seconds is None:
            frame.pts, frame.time_base = self._now(), VIDEO_TIME_BASE
            seconds = frame.pts * VIDEO_TIME_BASE
        if not self._cadence.takes(seconds):
            return
        if len(self._frames) == self._frames.maxlen:
            self.dropped += 1
        self._frames.append(self._scaled(frame))
        self._ready.set()

    async def add_frame(self, frame: VideoFrame) -> None:
        """`write`, for those who await it."""
        self.write(frame)

    async def recv(self) -> VideoFrame:
        """The next frame, as soon as there is one. Raises `MediaStreamError` once the track is stopped."""
        while self.readyState == "live":
            if self._frames:
                return self._frames.popleft()
            self._ready.clear()
            await self._ready.wait()
        raise MediaStreamError("the track was stopped")

    def stop(self) -> None:
        """End the track: its reader is told, and what is written is ignored."""
        super().stop()
        self._frames.clear()
        self._ready.set()

    def _now(self) -> int:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return round((now - self._began) * VIDEO_CLOCK_RATE)

    def _scaled(self, frame: VideoFrame) -> VideoFrame:
        width, height = self.width or frame.width, self.height or frame.height
        if (width, height) == (frame.width, frame.height):
            return frame
        return frame.reformat(width=width, height=height)


class VideoFileTrack(MediaStreamTrack):
    """Plays the video at ``path``: each frame when its own time has come, counted from the first `recv`.

    With ``loop`` it begins again at its end, and its times go on; else the track ends there. Whoever reads late misses
    what is over.
    """

    kind = "video"

    def __init__(self, path: str | Path, *, loop: bool = False) -> None:
        """Opens the file and decodes its first frame. Raises `VideoFileError` unless it is a video."""
        super().__init__()
        self._id = clock.new_id()
        self.path = Path(path)
        self._frames = _repeated(self.path) if loop else decode_video(self.path)
        first = next(self._frames)
        self.width = first.width
        self.height = first.height
        self._next: VideoFrame | None = first
        self._decoding: asyncio.Future[VideoFrame | None] | None = None
        self._zero: float | None = None

    async def recv(self) -> VideoFrame:
        """The next frame, when it is due. Raises `MediaStreamError` at the end, and once the track is stopped.

        Raises `VideoFileError` once, where the file is damaged; the track ends there.
        """
        loop = asyncio.get_running_loop()
        while self.readyState == "live":
            frame = self._next or await self._decoded()
            if frame is None:
                self.stop()
                break
            self._next = frame
            seconds = float(time_of(frame) or 0)
            if self._zero is None:
                self._zero = loop.time() - seconds
            early = self._zero + seconds - loop.time()
            if early > 0:
                await asyncio.sleep(early)
            self._next = None
            if early > -LATE_S and self.readyState == "live":
                return frame
        raise MediaStreamError(f"the video of {self.path.name} is over")

    def stop(self) -> None:
        """End the track and close its file."""
        super().stop()
        if self._decoding is None or self._decoding.done():
            self._frames.close()

    async def _decoded(self) -> VideoFrame | None:
        """The frame after the last, or None at the end. Cancelling it loses no frame."""
        if self._decoding is None:
            self._decoding = asyncio.get_running_loop().run_in_executor(None, next, self._frames, None)
            self._decoding.add_done_callback(self._close_if_stopped)
        decoding = self._decoding
        frame = None
        try:
            frame = await asyncio.shield(decoding)
        finally:
            if decoding.done():
                self._decoding = None
        return frame

    def _close_if_stopped(self, decoding: asyncio.Future[VideoFrame | None]) -> None:
        if self.readyState != "live":
            self._frames.close()


def _repeated(path: Path) -> Generator[VideoFrame, None, None]:
    """The video again and again, on one clock: each round begins one frame after the last frame of the one before."""
    shift = latest = gap = 0
    while True:
        first = None
        for frame in decode_video(path):
            assert frame.pts is not None  # decode_video refuses
            assert frame.time_base is not None  # such files
            if first is None:
                first, gap = frame.pts, round(_ONLY_FRAME_S / frame.time_base)
            else:
                gap = frame.pts - latest
            latest = frame.pts
            frame.pts += shift
            yield frame
        shift += latest - (first or 0) + gap
