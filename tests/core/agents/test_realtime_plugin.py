"""A plugin for a realtime model, written as the documentation of the base class shows it, in a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge.types import Participant
from agentkit.core.llm.realtime import Realtime
from simulator.providers.voice import speak

pytestmark = pytest.mark.virtual

ANSWER = "That is a question I like."


class Message:
    def __init__(self, audio: bytes) -> None:
        self.audio = audio


class Session:
    """A service that answers once it has heard two seconds of sound, as fast as it can."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.heard = 0
        self.closed = False
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()

    async def send(self, message: dict[str, Any]) -> None:
        assert message["mime_type"] == "audio/pcm"
        before, self.heard = self.heard, self.heard + len(message["data"])
        if before < 2 * 2 * 48000 <= self.heard:
            spoken = speak(ANSWER, 165, 24000).samples.tobytes()
            for start in range(0, len(spoken), 4800):
                self._messages.put_nowait(Message(spoken[start : start + 4800]))

    async def receive(self) -> AsyncIterator[Message]:
        while (message := await self._messages.get()) is not None:
            yield message

    async def close(self) -> None:
        self.closed = True
        self._messages.put_nowait(None)


class GeminiRealtime(Realtime):
    def __init__(
        self,
        api_key: str,
        model: str = "gemini-2.5-flash-native-audio-preview",
        fps: int = 1,
    ):
        super().__init__(fps=fps)
        self.api_key = api_key
        self.model = model
        self.session: Session | None = None

    async def connect(self):
        self.session = Session(model=self.model)

        # Start listening for server messages
        self.listening = asyncio.create_task(self._listen_loop())

        self._emit_connected_event(
            session_config={"model": self.model}, capabilities={"audio": True, "video": True}
        )

    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None):
        if not self.session:
            raise RuntimeError("Not connected")

        # Emit input event
        self._emit_audio_input_event(pcm, participant)

        await self.session.send({"data": pcm.samples.tobytes(), "mime_type": "audio/pcm"})

    async def _listen_loop(self):
        async for message in self.session.receive():
            if hasattr(message, "audio"):
                # Emit output audio
                pcm = PcmData.from_bytes(message.audio, sample_rate=24000, channels=1)
                self._emit_audio_output_event(pcm)

    async def close(self):
        if self.session:
            await self.session.close()
        self._emit_disconnected_event()


async def test_it_is_heard_and_its_turn_ends_though_it_never_says_so(calling: Any, turns: Any) -> None:
    llm = GeminiRealtime(api_key="key")
    async with calling(llm=llm) as call:
        assert llm.connected
        assert llm.fps == 1
        alice = await call.join("alice")
        alice.starts_saying("more-amiable-woman.wav")
        await call.agent.speaks(within=2.1)
        await call.agent.falls_silent(within=3)
        await call.agent.finishes_speaking(within=2.5)
        assert turns(call) == [("", False)]  # it tells no transcripts
        spoken_ms = 1000 * len(speak(ANSWER, 165, 24000).samples) / 24000
        (turn,) = call.trace.select(kind="agent.turn_ended")
        assert turn.data["heard_ms"] == pytest.approx(spoken_ms, abs=0.1)
    assert llm.session is not None
    assert llm.session.closed
    assert not llm.connected
    assert llm.listening.done()


async def test_it_takes_no_prompts_and_says_so(calling: Any) -> None:
    async with calling(llm=GeminiRealtime(api_key="key")) as call:
        await call.join("alice")
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert spoken.heard_text == ""
        (problem,) = call.trace.select(kind="realtime.error")
        assert "GeminiRealtime takes speech only" in problem.data["error"]


async def test_events_tell_what_it_is_and_what_it_heard(calling: Any) -> None:
    llm = GeminiRealtime(api_key="key")
    told: list[Any] = []
    llm.events.tap(told.append)
    async with calling(llm=llm) as call:
        await call.join("alice")
        await call.wait(0.5)
    assert [e.type for e in told if "audio_input" not in e.type] == [
        "realtime.connected",
        "realtime.disconnected",
    ]
    (connected,) = (e for e in told if e.type == "realtime.connected")
    assert connected.session_config == {"model": "gemini-2.5-flash-native-audio-preview"}
    assert connected.session_id == llm.session_id
    heard = [e for e in told if e.type == "realtime.audio_input"]
    assert heard[0].user_metadata.id == "alice"
    assert {e.plugin_name for e in told} == {llm.provider_name}
