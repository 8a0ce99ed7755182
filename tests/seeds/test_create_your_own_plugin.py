"""The snippets of "Create your own plugin", in its order, each in the situation that the page has in mind.

A class stands as it does on the page. Where the page leaves something to the reader (`self.provider`, say), a subclass
named after what it is for fills it in, with a service from ``fakes/acme_sdk.py``.
"""

# ruff: noqa: SIM105 - as on the page

from __future__ import annotations

import asyncio
import base64
import io
import logging
import tomllib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import acme_sdk
import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData
from PIL import Image

from agentkit.core import llm, stt, tts
from agentkit.core.edge.types import Participant
from agentkit.core.events import PluginBaseEvent
from agentkit.core.llm import Realtime, ToolError, VideoLLM
from agentkit.core.llm.realtime_events import RealtimeConnectedEvent, RealtimeDisconnectedEvent
from agentkit.core.processors import AudioProcessor, Processor, VideoProcessor
from agentkit.core.stt import STTErrorEvent, STTTranscriptEvent
from agentkit.core.tts import TTSAudioEvent
from agentkit.core.turn_detection import TurnDetector
from agentkit.core.utils import AudioQueue, VideoForwarder
from agentkit.plugins import acme, openai
from agentkit.plugins.acme.events import AcmeCustomEvent as ShippedEvent
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

pytestmark = pytest.mark.virtual

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
SENTENCE = "Queen of clubs."
CLIP = "queen-of-clubs.wav"
ALICE = Participant(None, "alice", "alice")


def sound(seconds: float, rate: int = 16000, channels: int = 1) -> PcmData:
    """A tone, loud enough to be taken for a voice."""
    tone = 8000 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)
    samples = np.stack([tone] * channels) if channels > 1 else tone
    return PcmData(rate, "s16", samples.astype(np.int16), channels=channels)


# -- Before You Build -----------------------------------------------------------------------------------------------


async def test_services_that_speak_like_openai_need_no_plugin_of_their_own(calling: Any) -> None:
    # OpenAI-compatible LLM (Ollama, LM Studio, vLLM, etc.)
    llm = openai.ChatCompletionsLLM(
        model="llama-3.1-8b",
        base_url="http://localhost:11434/v1",
        api_key="ollama",  # Some servers require a placeholder
    )

    # OpenAI-compatible VLM
    vlm = openai.ChatCompletionsVLM(
        model="llava-1.5-7b",
        base_url="http://localhost:8000/v1",
        fps=1,
    )

    # OpenAI-compatible Realtime
    realtime = openai.Realtime(
        model="gpt-realtime",
        base_url="wss://custom-endpoint.com/v1/realtime",
    )

    for model, voice in ((llm, ScriptedTTS()), (vlm, ScriptedTTS()), (realtime, None)):
        async with calling(llm=model, tts=voice) as call:
            await call.join("alice")
            spoken = await call.the_agent.simple_response("Who are you?")
            assert spoken.heard_text.startswith("This is ")


# -- Plugin Categories ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "methods"),
    [
        (stt.STT, {"process_audio"}),
        (tts.TTS, {"stream_audio", "stop_audio"}),
        (llm.LLM, {"simple_response"}),
        (VideoLLM, {"watch_video_track", "stop_watching_video_track", "simple_response"}),
        (Realtime, {"connect", "simple_audio_response", "close"}),
        (TurnDetector, {"process_audio"}),
        (Processor, {"close"}),
        (VideoProcessor, {"close", "process_video"}),
        (AudioProcessor, {"close", "process_audio"}),
    ],
)
def test_a_plugin_implements_what_the_table_says_and_what_makes_it_useful(
    base: Any, methods: set[str]
) -> None:
    assert set(base.__abstractmethods__) == methods


# -- Quickstart Template: see plugins/acme --------------------------------------------------------------------------


async def test_the_quickstart_plugin_hears_a_caller(calling: Any) -> None:
    plugin = acme.STT(api_key="key", model="fast")
    async with calling(stt=plugin, llm=ScriptedLLM(default="A fine card."), tts=ScriptedTTS()) as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.wait_for("stt.transcript", text=SENTENCE, participant="alice", within=1)
        await call.agent.says("A fine card.", within=5)
    assert plugin.provider_name == "acme"
    assert plugin.client.models == {"fast"}
    assert plugin.client.rates == {16000}
    assert plugin.client.closed
    assert call.trace.select(kind="stt.error") == []


def test_the_quickstart_plugin_says_what_it_is_and_needs() -> None:
    with (HERE / "plugins" / "acme" / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    assert project["project"]["dependencies"] == ["agentkit", "acme-sdk>=1.0"]
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [".", "agentkit"]
    # No __init__.py above the plugin, or it would hide the framework and all other plugins.
    assert not list((HERE / "plugins" / "acme" / "agentkit").glob("**/plugins/__init__.py"))
    assert not (HERE / "plugins" / "acme" / "agentkit" / "__init__.py").exists()


# -- Base Class Interfaces ------------------------------------------------------------------------------------------


class MySTT(stt.STT):
    async def process_audio(self, pcm: PcmData, participant=None):
        """Process audio and emit transcripts."""
        # Resample to provider's expected format
        resampled = pcm.resample(16000, 1)

        result = await self.provider.transcribe(resampled.data)

        # Emit transcript using helper method
        self._emit_transcript_event(
            text=result.text,
            participant=participant,
            response=result,
        )

    async def close(self):
        """Cleanup connections."""
        await self.provider.close()


class MyTTS(tts.TTS):
    async def stream_audio(self, text: str, **kwargs):
        """Convert text to audio. Return bytes, PcmData, or async iterator."""
        async for chunk in self.provider.synthesize(text):
            yield chunk  # bytes or PcmData

    async def stop_audio(self):
        """Stop current synthesis."""
        await self.provider.cancel()

    async def close(self):
        await self.provider.close()


class MyLLM(llm.LLM):
    async def simple_response(self, text: str, processors=None, participant=None):
        """Generate response to text input."""
        messages = self._build_messages(text)

        # Include tools if function calling is supported
        tools = self._convert_tools_to_provider_format(self.get_available_functions())

        response = await self.provider.chat(messages, tools=tools)

        # Handle tool calls if present
        tool_calls = self._extract_tool_calls_from_response(response)
        if tool_calls:
            self.results = await self._execute_tools(tool_calls)
            # Continue conversation with tool results...

        return self._create_response_event(response)


class Scribe(MySTT):
    def __init__(self) -> None:
        super().__init__()
        self.provider = acme_sdk.Client()


class Speaker(MyTTS):
    def __init__(self) -> None:
        super().__init__()
        self.provider = acme_sdk.Voice()


class Thinker(MyLLM):
    def __init__(self, *script: acme_sdk.Reply) -> None:
        super().__init__()
        self.provider = acme_sdk.Chat(*script)


async def test_a_caller_is_understood_answered_and_the_answer_is_heard(calling: Any) -> None:
    ear, mind, voice = Scribe(), Thinker(acme_sdk.Reply("It is a good card. It beats the Jack.")), Speaker()
    async with calling(stt=ear, llm=mind, tts=voice, instructions="Be brief.") as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.agent.speaks(within=3)
        await call.agent.says("It is a good card. It beats the Jack.", within=10)
        assert call.conversation is not None
        assert [(m.role, m.content) for m in call.conversation.messages] == [
            ("user", SENTENCE),
            ("assistant", "It is a good card. It beats the Jack."),
        ]
    assert mind.provider.requests[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": SENTENCE},
    ]
    assert voice.provider.texts == ["It is a good card.", "It beats the Jack."]
    assert ear.provider.closed
    assert voice.provider.closed


async def test_an_interrupted_agent_stops_the_voice_by_itself(calling: Any) -> None:
    long_story = " ".join(["And then something else happened."] * 8)
    voice = Speaker()
    async with calling(stt=ScriptedSTT(), llm=Thinker(acme_sdk.Reply(long_story)), tts=voice) as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.agent.speaks(within=3)
        await call.wait(2)
        assert voice.epoch == 0
        alice.starts_saying("more-amiable-woman.wav")
        await call.agent.falls_silent(within=3)
        await call.wait(0.1)
        assert voice.epoch == 1
        assert voice.provider.cancelled == 1


# -- VLM (Video Language Model) -------------------------------------------------------------------------------------


class MyVLM(VideoLLM):
    def __init__(self, model: str, fps: int = 1, frame_buffer_seconds: int = 10):
        super().__init__()
        self.model = model
        self.fps = fps
        self._frame_buffer = deque(maxlen=fps * frame_buffer_seconds)
        self._forwarder = None
        self._handler_id = None

    async def watch_video_track(self, track, shared_forwarder=None):
        """Subscribe to video frames from the call."""
        # Use shared forwarder if provided, otherwise create own
        if shared_forwarder:
            self._forwarder = shared_forwarder
        else:
            self._forwarder = VideoForwarder(track)
            await self._forwarder.start()

        # Register frame handler at desired FPS
        self._handler_id = self._forwarder.add_frame_handler(
            on_frame=self._on_frame,
            fps=self.fps,
            name="my_vlm",
        )

    def _on_frame(self, frame):
        """Called for each video frame."""
        # Convert to PIL Image
        img = frame.to_image()
        self._frame_buffer.append(img)

    async def stop_watching_video_track(self):
        """Unsubscribe from video frames."""
        if self._forwarder and self._handler_id:
            self._forwarder.remove_frame_handler(self._handler_id)

    async def simple_response(self, text: str, processors=None, participant=None):
        """Generate response using buffered frames."""
        # Encode frames as base64 for API
        images = []
        for img in self._frame_buffer:
            buffer = io.BytesIO()
            img.save(buffer, format="JPEG", quality=85)
            images.append(base64.b64encode(buffer.getvalue()).decode())

        # Call provider with images
        response = await self.provider.chat(
            messages=[{"role": "user", "content": text}],
            images=images,
        )

        return self._create_response_event(response)

    async def close(self):
        await self.stop_watching_video_track()
        if self._forwarder and not self._forwarder._shared:
            await self._forwarder.stop()


class Watcher(MyVLM):
    def __init__(self, **options: Any) -> None:
        super().__init__("model", **options)
        self.provider = acme_sdk.Chat(acme_sdk.Reply("I see red."))


def colour(image: str) -> tuple[int, int, int]:
    """The colour in the middle of a JPEG in base64, to the nearest 64."""
    shown = Image.open(io.BytesIO(base64.b64decode(image)))
    red, green, blue = shown.getpixel((shown.width // 2, shown.height // 2))
    return round(red / 64), round(green / 64), round(blue / 64)


async def test_a_model_that_sees_answers_with_what_the_camera_showed(calling: Any, make_video: Any) -> None:
    video = make_video(["red"] * 40, fps=10)
    eyes = Watcher()
    async with calling(llm=eyes, tts=ScriptedTTS()) as call:
        alice = call.simulated.person("alice", camera=video)
        alice.join()
        await call.wait(3.5)
        spoken = await call.the_agent.simple_response("What do you see?")
        assert spoken.heard_text == "I see red."
    (request,) = eyes.provider.requests
    assert [colour(image) for image in request["images"]] == [(4, 0, 0)] * 4


async def test_of_many_frames_the_latest_ten_seconds_are_kept(calling: Any, make_video: Any) -> None:
    eyes = Watcher(fps=2, frame_buffer_seconds=3)
    async with calling(llm=eyes, tts=ScriptedTTS()) as call:
        call.simulated.person("alice", camera=make_video(["blue"] * 80, fps=10)).join()
        await call.wait(6)
        await call.the_agent.simple_response("What do you see?")
    assert len(eyes.provider.requests[0]["images"]) == 6


async def test_two_models_share_the_frames_of_one_track_each_at_its_own_rate(make_video: Any) -> None:
    from agentkit.core.media.video_tracks import VideoFileTrack

    track = VideoFileTrack(make_video(["red"] * 40, fps=10))
    forwarder = VideoForwarder(track, shared=True)
    await forwarder.start()
    slow, fast = Watcher(fps=1), Watcher(fps=5)
    for watcher in (slow, fast):
        await watcher.watch_video_track(track, shared_forwarder=forwarder)
    await asyncio.sleep(3.05)
    assert (len(slow._frame_buffer), len(fast._frame_buffer)) == (4, 16)
    await slow.close()
    assert forwarder.running  # it is not theirs to stop
    await forwarder.stop()
    track.stop()


async def test_a_model_without_a_shared_forwarder_makes_and_stops_its_own(make_video: Any) -> None:
    from agentkit.core.media.video_tracks import VideoFileTrack

    track = VideoFileTrack(make_video(["red"] * 20, fps=10))
    eyes = Watcher(fps=10)
    await eyes.watch_video_track(track)
    await asyncio.sleep(1)
    await eyes.close()
    assert len(eyes._frame_buffer) > 5
    assert not eyes._forwarder.running
    track.stop()


# -- Realtime (Speech-to-Speech) ------------------------------------------------------------------------------------


class MyRealtime(Realtime):
    async def connect(self):
        """Establish WebSocket/WebRTC connection."""
        self.ws = await self.provider.connect()
        self._emit_connected_event()

    async def simple_audio_response(self, pcm, participant=None):
        """Process incoming audio."""
        await self.ws.send_audio(pcm.data)

    async def close(self):
        await self.ws.close()
        self._emit_disconnected_event()


class Companion(MyRealtime):
    def __init__(self) -> None:
        super().__init__()
        self.provider = acme_sdk.Line()


async def test_a_realtime_model_is_connected_hears_everything_and_is_disconnected(calling: Any) -> None:
    companion = Companion()
    told: list[Any] = []
    companion.events.tap(told.append, RealtimeConnectedEvent, RealtimeDisconnectedEvent)
    async with calling(llm=companion) as call:
        assert companion.connected
        alice = await call.join("alice")
        await alice.says(CLIP)
        assert len(companion.ws.heard) == pytest.approx(2 * 48000 * 1.16, rel=0.02)
        assert np.abs(np.frombuffer(companion.ws.heard, np.int16)).max() > 8000
        assert companion.epoch == 0
        await companion.interrupt()
        assert companion.epoch == 1
    assert companion.ws.closed
    assert [type(event) for event in told] == [RealtimeConnectedEvent, RealtimeDisconnectedEvent]


# -- Audio Utilities ------------------------------------------------------------------------------------------------


class ResamplingSTT(stt.STT):
    async def process_audio(self, pcm: PcmData, participant=None):
        # Resample to 16kHz mono (standard for most STT APIs)
        resampled = pcm.resample(target_sample_rate=16000, target_channels=1)

        # Access audio properties
        audio_bytes = resampled.data
        sample_rate = resampled.sample_rate  # 16000
        channels = resampled.channels  # 1
        self.seen = (audio_bytes, sample_rate, channels)


@pytest.mark.parametrize("pcm", [sound(0.02), sound(0.02, 48000), sound(0.02, 48000, 2), sound(1, 44100, 2)])
async def test_any_sound_becomes_what_most_services_want(pcm: PcmData) -> None:
    ear = ResamplingSTT()
    await ear.process_audio(pcm)
    audio_bytes, sample_rate, channels = ear.seen
    assert (sample_rate, channels) == (16000, 1)
    assert isinstance(audio_bytes, bytes)
    assert len(audio_bytes) == pytest.approx(2 * 16000 * pcm.duration, abs=4)


def test_the_bytes_of_sound_are_its_data_interleaved() -> None:
    ResamplingSTT()
    stereo = PcmData(48000, "s16", np.array([[1, 2], [3, 4]], np.int16), channels=2)
    assert stereo.data == stereo.to_bytes() == np.array([1, 3, 2, 4], np.int16).tobytes()


class AnyFormatTTS(tts.TTS):
    def __init__(self):
        super().__init__()
        # Configure output format (called by framework based on call requirements)
        # Default: 16kHz mono PCM_S16

    async def stream_audio(self, text: str, **kwargs):
        # Return audio in any format - base class resamples automatically
        async for chunk in self.provider.synthesize(text):
            yield chunk  # Resampled to _desired_sample_rate before emission

    async def stop_audio(self):
        pass


async def test_a_voice_of_any_format_comes_out_in_the_format_that_is_wanted() -> None:
    async def synthesize(text: str) -> Any:
        for _ in range(4):
            yield sound(0.25, 24000, 2).to_float32()

    voice = AnyFormatTTS()
    voice.provider = SimpleNamespace(synthesize=synthesize)
    pieces: list[PcmData] = []
    voice.events.tap(lambda event: pieces.append(event.data), TTSAudioEvent)
    for rate, channels in ((16000, 1), (48000, 2)):
        pieces.clear()
        if rate != 16000:
            voice.set_output_format(rate, channels)
        await voice.send("Hello")
        assert {(p.sample_rate, p.channels, p.format) for p in pieces} == {(rate, channels, "s16")}
        assert sum(p.samples.shape[-1] for p in pieces) == pytest.approx(rate, rel=0.01)


async def test_the_queue_gives_sound_by_duration_and_by_samples() -> None:
    queue = AudioQueue(max_duration_ms=5000)  # 5 second buffer

    for _ in range(4):
        pcm_chunk = sound(1)

        # Add audio
        queue.put_nowait(pcm_chunk)

    # Get specific duration
    audio = await queue.get_duration(duration_ms=1000)  # Get 1 second
    assert audio.duration == 1

    # Get specific sample count
    audio = await queue.get_samples(num_samples=16000)  # Get 16k samples
    assert len(audio.samples) == 16000

    for _ in range(9):
        queue.put_nowait(sound(1))
    assert queue.duration_ms == 5000
    assert queue.dropped_ms == 6000


# -- Function Calling -----------------------------------------------------------------------------------------------


class MyCallingLLM(MyLLM):
    def _convert_tools_to_provider_format(self, tools):
        """Convert ToolSchema list to provider's format."""
        return [
            {
                "name": t["name"],
                "description": t.get("description", ""),
                "parameters": t["parameters_schema"],
            }
            for t in tools
        ]

    def _extract_tool_calls_from_response(self, response):
        """Extract tool calls from provider response."""
        return [
            {
                "type": "tool_call",
                "name": call.function_name,
                "arguments_json": call.arguments,
                "id": call.id,
            }
            for call in response.tool_calls
        ]

    def _create_tool_result_message(self, tool_calls, results):
        """Format tool results for follow-up request."""
        return [
            {"role": "tool", "tool_call_id": tc["id"], "content": str(result)}
            for tc, result in zip(tool_calls, results)  # noqa: B905 - as on the page
        ]


class Porter(MyCallingLLM):
    """Asks its service again with what functions returned: where the page says "continue conversation"."""

    def __init__(self, *script: acme_sdk.Reply) -> None:
        super().__init__()
        self.provider = acme_sdk.Chat(*script)

    async def simple_response(self, text: str, processors=None, participant=None):
        response = await self._ask_with_tools(self.provider.chat, self._build_messages(text))
        return self._create_response_event(response)


def wants(*calls: tuple[str, str]) -> acme_sdk.Reply:
    """A reply that asks for these functions."""
    return acme_sdk.Reply(
        tool_calls=[acme_sdk.Call(name, args, f"id-{n}") for n, (name, args) in enumerate(calls)]
    )


async def test_the_model_is_told_of_registered_functions_and_they_are_executed() -> None:
    llm = MyCallingLLM()
    llm.provider = acme_sdk.Chat(wants(("weather", '{"city": "Oslo"}')))

    @llm.register_function()
    async def weather(city: str) -> str:
        """What the weather is like."""
        return f"rain in {city}"

    await llm.simple_response("Do I need an umbrella?")
    (tool,) = llm.provider.requests[0]["tools"]
    assert (tool["name"], tool["description"]) == ("weather", "What the weather is like.")
    assert tool["parameters"]["required"] == ["city"]
    assert [str(result) for result in llm.results] == ["rain in Oslo"]


async def test_calls_run_at_once_equal_ones_once_and_slow_ones_not_for_ever() -> None:
    llm = Porter()
    llm.tool_timeout_s = 5.0
    ran: list[str] = []

    @llm.register_function()
    async def look(what: str) -> str:
        ran.append(what)
        await asyncio.sleep(1)
        return f"{what} is there"

    @llm.register_function()
    def add(a: int, b: int) -> int:
        return a + b

    @llm.register_function()
    async def hang() -> None:
        await asyncio.Event().wait()

    @llm.register_function()
    def refuse() -> None:
        raise ToolError("We are closed.")

    asked = wants(
        ("look", '{"what": "key"}'),
        ("look", '{ "what" : "key" }'),
        ("look", '{"what": "bag"}'),
        ("add", '{"a": 2, "b": 3}'),
        ("refuse", "{}"),
        ("hang", "{}"),
    )
    began = asyncio.get_running_loop().time()
    results = await llm._execute_tools(llm._extract_tool_calls_from_response(asked))
    assert asyncio.get_running_loop().time() - began == pytest.approx(5)
    assert [str(r) for r in results[:5]] == [
        "key is there",
        "key is there",
        "bag is there",
        "5",
        "Error: We are closed.",
    ]
    assert "longer than 5 s" in results[5].error
    assert ran == ["key", "bag"]


async def test_a_caller_is_answered_with_what_functions_returned_in_several_rounds(calling: Any) -> None:
    mind = Porter(
        wants(("find_room", '{"people": 2}')),
        wants(("book", '{"room": 204}')),
        acme_sdk.Reply("Room 204 is yours."),
    )

    @mind.register_function()
    async def find_room(people: int) -> int:
        return 204

    @mind.register_function()
    async def book(room: int) -> str:
        return "booked"

    async with calling(llm=mind, stt=Scribe(), tts=Speaker()) as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.agent.says("Room 204 is yours.", within=8)
    contents = [message["content"] for message in mind.provider.requests[-1]["messages"]]
    assert contents[-2:] == ["204", "booked"]


async def test_after_the_last_round_the_model_has_to_answer() -> None:
    llm = Porter(wants(("more", "{}")))
    llm.max_tool_rounds = 2

    @llm.register_function()
    async def more() -> str:
        return "more"

    await llm.simple_response("Go on.")
    assert [bool(request["tools"]) for request in llm.provider.requests] == [True, True, False]


# -- Event Emission -------------------------------------------------------------------------------------------------


@dataclass
class AcmeCustomEvent(PluginBaseEvent):
    type: str = "acme.custom"
    custom_field: str = ""


async def test_a_plugin_tells_events_of_its_own_and_the_agent_passes_them_on(calling: Any) -> None:
    heard: list[AcmeCustomEvent] = []

    class Plugin(Scribe):
        def notice(self) -> None:
            # In your plugin:
            self.events.send(AcmeCustomEvent(custom_field="value"))

    plugin = Plugin()
    async with calling(stt=plugin) as call:

        @call.the_agent.events.subscribe
        async def on_custom(event: AcmeCustomEvent) -> None:
            heard.append(event)

        plugin.notice()
        await call.the_agent.events.wait()
        assert [(e.type, e.custom_field) for e in heard] == [("acme.custom", "value")]
        assert call.trace.select(kind="acme.custom")[0].data == {"custom_field": "value"}
    assert ShippedEvent(custom_field="value").type == "acme.custom"


async def test_the_helpers_of_each_base_class_send_what_they_are_named_after() -> None:
    ear, voice, companion = Scribe(), Speaker(), Companion()
    told: list[str] = []
    for part in (ear, voice, companion):
        part.events.tap(lambda event: told.append(event.type))
    ear._emit_transcript_event("Hello.", ALICE)
    ear._emit_partial_transcript_event("Hel", ALICE)
    ear._emit_turn_started_event(ALICE)
    ear._emit_turn_ended_event(ALICE)
    voice._emit_chunk(sound(0.1))
    companion._emit_connected_event()
    companion._emit_audio_output_event(sound(0.1))
    companion._emit_disconnected_event()
    assert told == [
        "stt.transcript",
        "stt.partial_transcript",
        "turn.started",
        "turn.ended",
        "tts.audio",
        "realtime.connected",
        "realtime.audio_output",
        "realtime.disconnected",
    ]


# -- Gotchas & Best Practices: Connection Lifecycle -----------------------------------------------------------------


class Session:
    """What stands for the client of an SDK here."""

    closed = False

    async def close(self) -> None:
        self.closed = True


aiohttp = SimpleNamespace(ClientSession=Session)


class OwningSTT(ResamplingSTT):
    def __init__(self, client=None):
        super().__init__()
        self._own_client = client is None
        self._client = client or aiohttp.ClientSession()

    async def close(self):
        if self._own_client and self._client:
            await self._client.close()


async def test_a_client_is_closed_by_whoever_made_it(calling: Any) -> None:
    shared = Session()
    borrowing, owning = OwningSTT(client=shared), OwningSTT()
    for ear in (borrowing, owning):
        async with calling(stt=ear):
            pass
    assert not shared.closed
    assert owning._client.closed


class ConnectingSTT(ResamplingSTT):
    def __init__(self, takes_s: float) -> None:
        super().__init__()
        self.provider = acme_sdk.Line(takes_s=takes_s)

    async def start(self) -> None:
        self.connection = await asyncio.wait_for(
            self.provider.connect(),
            timeout=10.0,
        )


async def test_a_connection_that_takes_too_long_keeps_the_agent_from_joining(calling: Any) -> None:
    quick = ConnectingSTT(takes_s=9)
    async with calling(stt=quick):
        assert not quick.connection.closed
    with pytest.raises(TimeoutError):
        async with calling(stt=ConnectingSTT(takes_s=11)):
            pass


# -- Cleanup Order --------------------------------------------------------------------------------------------------


class TidySTT(ResamplingSTT):
    async def start(self) -> None:
        self.connection = await acme_sdk.Line().connect()
        self.socket = self.connection
        self._task = asyncio.create_task(asyncio.Event().wait())

    async def close(self):
        # 1. Set closed flag first (prevents new work)
        self.closed = True

        # 2. Cancel background tasks
        if self._task:
            self._task.cancel()
            try:
                await self._task
            except asyncio.CancelledError:
                pass

        # 3. Close connections in try-finally
        if self.connection:
            try:
                await self.connection.close()
            finally:
                self.connection = None


async def test_a_plugin_that_cleans_up_in_order_leaves_nothing_behind(calling: Any) -> None:
    ear = TidySTT()
    async with calling(stt=ear) as call:
        await call.join("alice")
    assert ear.closed
    assert ear._task.cancelled()
    assert ear.socket.closed
    assert ear.connection is None
    assert call.trace.select(kind="error") == []


# -- Error Handling -------------------------------------------------------------------------------------------------


class PatientSTT(Scribe):
    """Its service times out once a second."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces = 0

    async def process_audio(self, pcm: PcmData, participant=None):
        self._pieces += 1
        try:
            if self._pieces % 50 == 10:
                raise TimeoutError("no answer for 5 s")
            await super().process_audio(pcm, participant)
        except TimeoutError as e:
            self._emit_error_event(e, context="transcription timeout")
            # Plugin continues operating


async def test_temporary_trouble_is_told_and_the_plugin_goes_on(calling: Any) -> None:
    async with calling(stt=PatientSTT()) as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.wait_for("stt.transcript", text=SENTENCE, within=1)
        trouble = call.trace.select(kind=STTErrorEvent.type)
        assert trouble[0].data["context"] == "transcription timeout"
        assert trouble[0].data["error"] == "TimeoutError: no answer for 5 s"


class KeyedSTT(ResamplingSTT):
    def __init__(self, api_key: str = ""):
        super().__init__()
        if not api_key:
            raise ValueError("API key required")


def test_permanent_trouble_is_raised_when_the_plugin_is_made() -> None:
    assert KeyedSTT(api_key="key").provider_name == "keyedstt"
    with pytest.raises(ValueError, match="API key required"):
        KeyedSTT()


# -- Threading for Blocking Operations ------------------------------------------------------------------------------


class ThreadedSTT(stt.STT):
    def __init__(self):
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=1)

    async def process_audio(self, pcm, participant=None):
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(
            self._executor,
            self.blocking_transcribe,
            pcm.data,
        )
        self._emit_transcript_event(result.text, participant, result)

    async def close(self):
        self._executor.shutdown(wait=False)


class Typist(ThreadedSTT):
    def __init__(self) -> None:
        super().__init__()
        self.blocking_transcribe = acme_sdk.Client().transcribe_now


async def test_a_blocking_service_is_asked_in_a_thread(calling: Any) -> None:
    ear = Typist()
    heard: list[STTTranscriptEvent] = []
    ear.events.tap(heard.append, STTTranscriptEvent)
    async with calling(stt=ear) as call:
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.wait_for("stt.transcript", text=SENTENCE, within=1)
    assert [(e.text, e.participant.id, type(e.response)) for e in heard] == [
        (SENTENCE, "alice", acme_sdk.Transcript)
    ]
    with pytest.raises(RuntimeError, match="after shutdown"):
        ear._executor.submit(print)


# -- Concurrency Control --------------------------------------------------------------------------------------------


class OneAtATimeSTT(stt.STT):
    def __init__(self):
        super().__init__()
        self._lock = asyncio.Lock()

    async def process_audio(self, pcm, participant=None):
        async with self._lock:
            # Only one request at a time
            result = await self.provider.transcribe(pcm.data)
        self._emit_transcript_event(result.text, participant, result)


@pytest.mark.parametrize(("ear", "most"), [(OneAtATimeSTT, 1), (MySTT, 2)])
async def test_a_lock_keeps_requests_of_two_callers_apart(calling: Any, ear: type, most: int) -> None:
    plugin = ear()
    plugin.provider = acme_sdk.Client()
    async with calling(stt=plugin) as call:
        for name in ("alice", "bob"):
            (await call.join(name)).starts_saying(CLIP)
        await call.wait(1)
    assert plugin.provider.most_at_once == most


# -- Sample Rate Requirements ---------------------------------------------------------------------------------------


def test_listeners_are_given_sound_at_the_rate_of_the_table() -> None:
    assert Scribe().input_sample_rate == 16000
    assert Companion().input_sample_rate == 48000
    assert Speaker()._desired_sample_rate == 16000


# -- Reconnection with Backoff --------------------------------------------------------------------------------------


class Reconnecting:
    def __init__(self, failures: int) -> None:
        self.provider = acme_sdk.Line(failures, takes_s=0)

    async def connect(self) -> None:
        self.ws = await self.provider.connect()

    async def _reconnect(self):
        for attempt in range(3):
            try:
                await asyncio.sleep(2**attempt)  # 1, 2, 4 seconds
                await self.connect()
                return
            except Exception as e:
                logger.warning(f"Reconnect attempt {attempt + 1} failed: {e}")
        raise ConnectionError("Failed to reconnect after 3 attempts")


async def test_a_lost_connection_is_tried_for_with_growing_pauses() -> None:
    lucky = Reconnecting(failures=2)
    began = asyncio.get_running_loop().time()
    await lucky._reconnect()
    assert [at - began for at in lucky.provider.attempts_at] == pytest.approx([1, 3, 7])
    with pytest.raises(ConnectionError, match="after 3 attempts"):
        await Reconnecting(failures=3)._reconnect()
