"""The agent's voice as a track that WebRTC can send."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from agentkit.core import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 48_000
FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
TIME_BASE = Fraction(1, SAMPLE_RATE)


class Pullable(Protocol):
    """Where the sound comes from: an `AudioOutput`, or anything else that always has an answer."""

    def pull(self, n: int) -> NDArray[np.int16]:
        """The next ``n`` samples, 48 kHz mono, shape ``(n,)``: silence where there is nothing to say."""
        ...


class OutputTrack(MediaStreamTrack):
    """Sends what ``output`` plays, a 20 ms frame every 20 ms: s16 mono at 48 kHz.

    The frames are due on a grid that begins with the first `recv`. Whoever comes late gets the frames that
    are due at once, so a stall is made up for and the track never drifts.
    """

    kind = "audio"

    def __init__(self, output: Pullable) -> None:
        super().__init__()
        self._id = clock.new_id()
        self.output = output
        self._start = 0.0
        self._frames = 0

    async def recv(self) -> AudioFrame:
        """Wait until the next frame is due and return it.

        Raises `MediaStreamError` once the track is stopped.
        """
        loop = asyncio.get_running_loop()
        if not self._frames:
            self._start = loop.time()
        early = self._start + self._frames * FRAME_MS / 1000 - loop.time()
        if early > 0 and self.readyState == "live":
            await asyncio.sleep(early)
        if self.readyState != "live":
            raise MediaStreamError("the track was stopped")
        return self._next_frame()

    def _next_frame(self) -> AudioFrame:
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(self.output.pull(FRAME_SAMPLES).tobytes())
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = TIME_BASE
        frame.pts = self._frames * FRAME_SAMPLES
        self._frames += 1
        return frame
