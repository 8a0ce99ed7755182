"""Listening to the agent's own track, and watching along on those it watches, without changing their pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame

from agentkit.core.media.output import AudioOutput, PlayoutShare, Samples
from agentkit.core.media.track import OutputTrack, Pullable

if TYPE_CHECKING:
    from av import VideoFrame
    from av.frame import Frame
    from av.packet import Packet

Hear = Callable[[Samples, bool], None]
"""Told of 48 kHz mono samples as they are taken, and whether they are silence for sure."""


class TappedOutput(AudioOutput):
    """An agent's output that tells of what is taken. It is an `AudioOutput`, as transports may pull those directly."""

    def __init__(self, output: AudioOutput, hear: Hear) -> None:
        super().__init__(output.sample_rate)
        self._output = output
        self._hear = hear

    def pull(self, n: int) -> Samples:
        samples = self._output.pull(n)
        self._hear(samples, samples is self._output.silence(n))
        return samples

    def silence(self, n: int) -> Samples:
        return self._output.silence(n)

    @property
    def speaking(self) -> bool:
        return self._output.speaking

    def begin(
        self, epoch: int, *, on_started: Callable[[], None], on_finished: Callable[[], None]
    ) -> PlayoutShare:
        return self._output.begin(epoch, on_started=on_started, on_finished=on_finished)


class TappedSource:
    """Any other source of an `OutputTrack`, told of in the same way."""

    def __init__(self, source: Pullable, hear: Hear) -> None:
        self._source = source
        self._hear = hear

    def pull(self, n: int) -> Samples:
        samples = self._source.pull(n)
        self._hear(samples, False)
        return samples


class TappedTrack(MediaStreamTrack):
    """Any other track: ``tell`` is given each frame on its way to whoever reads it."""

    def __init__(self, track: MediaStreamTrack, tell: Callable[[Any], None]) -> None:
        super().__init__()
        self.kind = track.kind
        self._id = track.id
        self._track = track
        self._tell = tell
        track.on("ended", super().stop)

    async def recv(self) -> Frame | Packet:
        frame = await self._track.recv()
        self._tell(frame)
        return frame

    def stop(self) -> None:
        super().stop()
        self._track.stop()


def tapped(track: MediaStreamTrack, hear: Hear) -> MediaStreamTrack:
    """The agent's audio ``track``, told of through ``hear``: the same one wherever that is possible."""
    if isinstance(track, OutputTrack):
        source = track.output
        track.output = (
            TappedOutput(source, hear) if isinstance(source, AudioOutput) else TappedSource(source, hear)
        )
        return track
    from getstream.video.rtc.track_util import PcmData

    from agentkit.core.media.resample import StreamResampler

    to_48k = StreamResampler(48_000)

    def tell(frame: Any) -> None:
        if isinstance(frame, AudioFrame):
            hear(to_48k.process(PcmData.from_av_frame(frame)).samples.reshape(-1), False)

    return TappedTrack(track, tell)


def watched(track: MediaStreamTrack, see: Callable[[VideoFrame], None]) -> MediaStreamTrack:
    """A track of somebody's video, told of through ``see`` as the agent reads it."""
    return TappedTrack(track, cast("Callable[[Any], None]", see))
