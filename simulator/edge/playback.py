"""Taking the agent's sound out of the track it publishes, 20 ms at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from av import AudioFrame
from getstream.video.rtc.track_util import PcmData

from agentkit.core.media.output import SAMPLE_RATE, AudioOutput, Samples
from agentkit.core.media.resample import StreamResampler
from agentkit.core.media.track import OutputTrack
from simulator.media.frames import FRAME_SAMPLES, SILENCE

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

READ_AHEAD = 2 * FRAME_SAMPLES
"""Sound of a foreign track that is read before it is due: what a jitter buffer would hold."""


class Playback(Protocol):
    """Gives the agent's next frame when the call's tick asks for it."""

    @property
    def pull(self) -> Callable[[int], Samples]:
        """Gives the next so many samples."""
        ...

    silence: Samples
    """What `pull` gives when there is nothing to play: always this very array."""

    def stop(self) -> None:
        """Take no more."""


class OutputPlayback:
    """Playback of an agent's own `AudioOutput`: pulled directly, so it costs nothing."""

    def __init__(self, output: AudioOutput) -> None:
        self.pull = output.pull
        self.silence = output.silence(FRAME_SAMPLES)

    def stop(self) -> None:
        """Nothing runs."""


class TrackPlayback:
    """Playback of any other audio track: read with ``recv()`` as a transport would, and silence when it is late.

    ``failed`` is told what the track raises, unless that says that it is over.
    """

    def __init__(self, track: MediaStreamTrack, failed: Callable[[Exception], None]) -> None:
        self._track = track
        self._failed = failed
        self._resampler = StreamResampler(SAMPLE_RATE)
        self._buffer: Samples = np.zeros(0, np.int16)
        self.silence = SILENCE
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._task = asyncio.get_running_loop().create_task(self._read())
        self.pull = self._pull

    def stop(self) -> None:
        self._task.cancel()

    def _pull(self, n: int) -> Samples:
        frame, self._buffer = self._buffer[:n], self._buffer[n:]
        if len(self._buffer) < READ_AHEAD:
            self._wanted.set()
        if not len(frame):
            return self.silence
        return np.pad(frame, (0, n - len(frame))) if len(frame) < n else frame

    async def _read(self) -> None:
        from aiortc.mediastreams import MediaStreamError

        while True:
            await self._wanted.wait()
            try:
                frame = await self._track.recv()
                pcm = self._resampler.process(PcmData.from_av_frame(cast(AudioFrame, frame)))
            except MediaStreamError:
                break
            except Exception as error:
                self._failed(error)
                break
            self._take_in(pcm)
            if len(self._buffer) >= READ_AHEAD:
                self._wanted.clear()
        rest = self._resampler.flush()
        if rest is not None:
            self._take_in(rest)

    def _take_in(self, pcm: PcmData) -> None:
        self._buffer = np.concatenate([self._buffer, pcm.samples])


def playback_of(track: MediaStreamTrack, failed: Callable[[Exception], None]) -> Playback:
    """How to take sound out of ``track``. ``failed`` is told if it fails."""
    if isinstance(track, OutputTrack) and isinstance(track.output, AudioOutput):
        return OutputPlayback(track.output)
    return TrackPlayback(track, failed)
