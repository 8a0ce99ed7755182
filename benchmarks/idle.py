"""An edge without a network, and providers with nothing behind them: what is left is the framework."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge import Call, Connection, EdgeTransport, Participant, User
from agentkit.core.edge.events import AudioReceivedEvent
from agentkit.core.stt import STT
from agentkit.core.tts import TTS
from agentkit.core.vad import VAD
from simulator.media.frames import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.agents import Agent

PERSON = Participant(original=None, user_id="caller", id="caller")


class IdleEdge(EdgeTransport):
    """A call with one person, whose sound is handed over with `hear`; ``track`` is what the agent publishes."""

    track: MediaStreamTrack

    async def authenticate(self, user: User) -> None:
        pass

    async def create_call(self, call_id: str, **kwargs: Any) -> Call:
        return Call(id=call_id)

    async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Connection:
        return IdleConnection()

    async def publish_tracks(
        self, audio_track: MediaStreamTrack | None, video_track: MediaStreamTrack | None
    ) -> None:
        if audio_track is not None:
            self.track = audio_track

    async def close(self) -> None:
        pass

    def hear(self, samples: Samples, position: int) -> None:
        """The person's next sound, as an edge brings it: 48 kHz int16, at ``position`` in samples."""
        pcm = PcmData(SAMPLE_RATE, "s16", samples, position, None, 1 / SAMPLE_RATE, 1, PERSON)
        self.events.send(AudioReceivedEvent(pcm_data=pcm, participant=PERSON))


class IdleConnection(Connection):
    """The person is always there."""

    async def close(self) -> None:
        pass

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        pass

    def idle_since(self) -> float:
        return 0.0


class IdleSTT(STT):
    """Understands nothing."""

    def __init__(self, *, inline: bool) -> None:
        super().__init__()
        self.listens_inline = inline

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        pass


class IdleVAD(VAD):
    """Notices nobody."""

    def __init__(self, *, inline: bool) -> None:
        super().__init__()
        self.listens_inline = inline

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        pass


class IdleTTS(TTS):
    """Whatever it is given to say, it says the same sound: ``pieces`` of int16 at ``sample_rate`` Hz."""

    def __init__(self, pieces: Iterable[Samples], sample_rate: int) -> None:
        super().__init__()
        self._pieces = [PcmData(sample_rate, "s16", samples) for samples in pieces]

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[PcmData]:
        for piece in self._pieces:
            yield piece

    async def stop_audio(self) -> None:
        pass
