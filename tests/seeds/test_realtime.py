"""The snippets of "Realtime", in its order, each as a model in a simulated call."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from types import SimpleNamespace
from typing import Any, Optional

import acme_sdk
import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData
from google import genai
from google.genai.live import ANSWER, AsyncSession
from google.genai.types import AudioTranscriptionConfigDict, LiveConnectConfigDict, Modality

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm import OmniLLM
from agentkit.core.llm.realtime import Realtime
from agentkit.core.llm.realtime_events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioInputEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from simulator.providers.voice import speak

pytestmark = pytest.mark.virtual

CLIP = "queen-of-clubs.wav"
PCM = PcmData(24000, "s16", np.full(480, 8000, np.int16))


# -- Usage ----------------------------------------------------------------------------------------------------------


class MyRealtimeLLM(Realtime):
    async def connect(self):
        # Establish connection to the real-time API
        self._emit_connected_event(
            session_config={"model": "my-model"}, capabilities={"audio": True, "video": True}
        )

    async def simple_audio_response(self, pcm: PcmData, participant: Optional[Participant] = None):  # noqa: UP045
        # Forward audio to the API
        self._emit_audio_input_event(pcm, participant)
        # Process audio and emit response
        pass  # noqa: PIE790 - as on the page

    async def close(self):
        # Clean up connection
        self._emit_disconnected_event()


async def test_a_model_is_connected_as_long_as_the_agent_is_in_the_call(calling: Any) -> None:
    model = MyRealtimeLLM()
    told: list[BaseEvent] = []
    model.events.tap(told.append)
    assert not model.connected
    async with calling(llm=model) as call:
        assert model.connected
        alice = await call.join("alice")
        await alice.says(CLIP)
    assert not model.connected
    assert (told[0].session_config, told[0].capabilities) == (
        {"model": "my-model"},
        {"audio": True, "video": True},
    )
    heard = [event for event in told if isinstance(event, RealtimeAudioInputEvent)]
    assert sum(event.data.duration for event in heard) == pytest.approx(1.16, abs=0.04)
    assert {event.user_metadata.id for event in heard} == {"alice"}
    assert isinstance(told[-1], RealtimeDisconnectedEvent)
    assert told[-1].was_clean


# -- Constructor, Abstract Methods, Properties ----------------------------------------------------------------------


def test_one_frame_a_second_is_sent_unless_another_rate_is_chosen() -> None:
    assert MyRealtimeLLM().fps == 1
    assert MyRealtimeLLM(fps=5).fps == 5
    with pytest.raises(ValueError, match="fps"):
        MyRealtimeLLM(fps=0)


def test_three_methods_make_a_realtime_model() -> None:
    assert issubclass(Realtime, OmniLLM)
    assert Realtime.__abstractmethods__ == {"connect", "simple_audio_response", "close"}


def test_a_model_has_a_session_and_the_name_of_its_provider() -> None:
    class GeminiLive(MyRealtimeLLM):
        provider_name = "gemini_realtime"

    first, second = GeminiLive(), GeminiLive()
    assert str(uuid.UUID(first.session_id)) == first.session_id
    assert first.session_id != second.session_id
    assert first.provider_name == "gemini_realtime"
    assert MyRealtimeLLM().provider_name == "myrealtimellm"


class WebSocketRealtime(MyRealtimeLLM):
    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model

    async def connect(self):
        self.ws = await websocket.connect(url)
        self._emit_connected_event(
            session_config={"model": self.model}, capabilities={"audio": True, "video": True}
        )

    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        await self.ws.send_audio(pcm.data)


websocket = SimpleNamespace(connect=lambda url: acme_sdk.Line().connect())
url = "wss://example.com/v1/realtime"


async def test_a_model_behind_a_socket_hears_the_caller(calling: Any) -> None:
    model = WebSocketRealtime("my-model")
    async with calling(llm=model) as call:
        assert model.connected
        alice = await call.join("alice")
        await alice.says(CLIP)
        assert len(model.ws.heard) == pytest.approx(2 * 48000 * 1.16, rel=0.03)


# -- Event Emission Methods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("_emit_connected_event", {"session_config": None, "capabilities": None}),
        ("_emit_disconnected_event", {"reason": None, "was_clean": True}),
        ("_emit_audio_input_event", {"audio_data": ..., "user_metadata": None}),
        ("_emit_audio_output_event", {"audio_data": ..., "response_id": None, "user_metadata": None}),
        ("_emit_audio_output_done_event", {"response_id": None, "user_metadata": None}),
        (
            "_emit_response_event",
            {
                "text": ...,
                "response_id": None,
                "is_complete": True,
                "conversation_item_id": None,
                "user_metadata": None,
            },
        ),
        ("_emit_user_speech_transcription", {"text": ..., "original": None}),
        ("_emit_agent_speech_transcription", {"text": ..., "original": None}),
        ("_emit_error_event", {"error": ..., "context": "", "user_metadata": None}),
    ],
)
def test_helpers_have_the_parameters_of_the_page(method: str, parameters: dict[str, Any]) -> None:
    found = inspect.signature(getattr(MyRealtimeLLM(), method)).parameters.values()
    assert {
        one.name: ... if one.default is one.empty else one.default
        for one in found
        if one.kind is one.POSITIONAL_OR_KEYWORD
    } == parameters


async def test_every_helper_sends_its_event_with_what_it_was_given() -> None:
    model = MyRealtimeLLM()
    told: list[Any] = []
    model.events.tap(told.append)
    who, answer, problem = {"user": "alice"}, object(), ValueError("no such voice")

    model._emit_connected_event(
        session_config={"model": "gemini-2.5-flash"},
        capabilities={"audio": True, "video": True, "tools": True},
    )
    model._emit_audio_input_event(PCM, who)
    model._emit_audio_output_event(PCM, response_id="1", user_metadata=who)
    model._emit_audio_output_done_event(response_id="1", user_metadata=who)
    model._emit_response_event("Hello.", "1", is_complete=False, conversation_item_id="2", user_metadata=who)
    model._emit_user_speech_transcription("Hi.", original=answer)
    model._emit_agent_speech_transcription("Hello.", original=answer)
    model._emit_error_event(problem, context="choosing a voice", user_metadata=who)
    model._emit_disconnected_event(reason="Session timeout", was_clean=False)

    connected, heard, sound, done, response, user, agent, error, disconnected = told
    assert [type(event) for event in told] == [
        RealtimeConnectedEvent,
        RealtimeAudioInputEvent,
        RealtimeAudioOutputEvent,
        RealtimeAudioOutputDoneEvent,
        RealtimeResponseEvent,
        RealtimeUserSpeechTranscriptionEvent,
        RealtimeAgentSpeechTranscriptionEvent,
        RealtimeErrorEvent,
        RealtimeDisconnectedEvent,
    ]
    assert connected.capabilities == {"audio": True, "video": True, "tools": True}
    assert (heard.data, heard.user_metadata) == (PCM, who)
    assert (sound.data, sound.response_id, sound.user_metadata) == (PCM, "1", who)
    assert (done.response_id, done.user_metadata) == ("1", who)
    assert (response.text, response.is_complete, response.conversation_item_id) == ("Hello.", False, "2")
    assert (user.text, user.original, agent.text, agent.original) == ("Hi.", answer, "Hello.", answer)
    assert (error.error, error.context, error.user_metadata) == (problem, "choosing a voice", who)
    assert (disconnected.reason, disconnected.was_clean) == ("Session timeout", False)
    assert {(event.session_id, event.plugin_name) for event in told} == {
        (model.session_id, model.provider_name)
    }


def test_every_event_is_declared() -> None:
    declared = set(MyRealtimeLLM().events.registered.values())
    assert {cls for cls in declared if cls.__name__.startswith("Realtime")} == {
        RealtimeConnectedEvent,
        RealtimeDisconnectedEvent,
        RealtimeAudioInputEvent,
        RealtimeAudioOutputEvent,
        RealtimeAudioOutputDoneEvent,
        RealtimeResponseEvent,
        RealtimeUserSpeechTranscriptionEvent,
        RealtimeAgentSpeechTranscriptionEvent,
        RealtimeErrorEvent,
    }


# -- Plugin Example -------------------------------------------------------------------------------------------------


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
        self.session: Optional[AsyncSession] = None  # noqa: UP045

    async def connect(self):
        # Create Gemini Live API session
        client = genai.Client(api_key=self.api_key)
        config = LiveConnectConfigDict(
            response_modalities=[Modality.AUDIO],
            input_audio_transcription=AudioTranscriptionConfigDict(),
        )
        self.session = client.aio.live.connect(model=self.model, config=config)

        # Start listening for server messages
        asyncio.create_task(self._listen_loop())  # noqa: RUF006 - as on the page

        # Emit connected event
        self._emit_connected_event(
            session_config={"model": self.model}, capabilities={"audio": True, "video": True}
        )

    async def simple_audio_response(self, pcm: PcmData, participant: Optional[Participant] = None):  # noqa: UP045
        if not self.session:
            raise RuntimeError("Not connected")

        # Emit input event
        self._emit_audio_input_event(pcm, participant)

        # Send to Gemini
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


async def test_the_example_of_the_page_is_spoken_to_and_answers(calling: Any) -> None:
    model = GeminiRealtime(api_key="key")
    async with calling(llm=model) as call:
        assert model.session.config.response_modalities == [Modality.AUDIO]
        alice = await call.join("alice")
        alice.starts_saying("more-amiable-woman.wav")
        await call.agent.speaks(within=2.1)
        await call.agent.falls_silent(within=3)
        await call.agent.finishes_speaking(within=2.5)
        (turn,) = call.trace.select(kind="agent.turn_ended")  # though the model never says that it is done
        assert (turn.data["heard_text"], turn.data["interrupted"]) == ("", False)  # it tells no transcripts
        spoken_ms = 1000 * len(speak(ANSWER, 165, 24000).samples) / 24000
        assert turn.data["heard_ms"] == pytest.approx(spoken_ms, abs=0.1)
    assert model.session.closed
    assert not model.connected


async def test_the_example_takes_no_prompts_and_says_so(calling: Any) -> None:
    async with calling(llm=GeminiRealtime(api_key="key")) as call:
        await call.join("alice")
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert spoken.heard_text == ""
        (problem,) = call.trace.select(kind="realtime.error")
        assert "GeminiRealtime takes speech only" in problem.data["error"]


async def test_the_example_refuses_sound_before_it_is_connected() -> None:
    with pytest.raises(RuntimeError, match="Not connected"):
        await GeminiRealtime(api_key="key").simple_audio_response(PCM)
