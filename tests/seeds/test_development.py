"""The snippets of "Development", in its order."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import stat
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import av
import numpy as np
import pytest
from getstream.video.rtc import AudioStreamTrack, PcmData
from getstream.video.rtc.track_util import AudioFormat
from openai import AsyncOpenAI

from agentkit.core import Agent, AgentLauncher, Runner, User
from agentkit.core.edge.events import AudioReceivedEvent
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm import LLMResponseEvent, Realtime
from agentkit.core.llm.realtime_events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimePartialTranscriptEvent,
    RealtimeTranscriptEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from agentkit.core.profiling import Profiler
from agentkit.core.stt import STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.tts import TTS, TTSSynthesisStartEvent
from agentkit.core.tts.manual_test import manual_tts_to_wav
from agentkit.core.utils.audio_queue import AudioQueue
from agentkit.plugins import deepgram, elevenlabs, gemini, getstream, vogent
from simulator.providers import ScriptedTTS
from simulator.providers.voice import speak

ROOT = Path(__file__).parents[2]
CLIP = "queen-of-clubs.wav"


def tone(seconds: float, rate: int = 16000) -> PcmData:
    samples = 8000 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)
    return PcmData(rate, "s16", samples.astype(np.int16))


# -- To install, Running, Tests, Check, Formatting, Mypy type checks ------------------------------------------------


@pytest.mark.parametrize("name", ["env.example", ".pre-commit-config.yaml", "dev.py", "pyproject.toml"])
def test_what_the_commands_of_the_page_need_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("tool", ["pytest", "ruff", "mypy"])
def test_the_tools_of_the_page_can_be_run(tool: str) -> None:
    assert importlib.util.find_spec(tool) is not None


def test_check_is_a_command_of_dev_py() -> None:
    done = subprocess.run(
        [sys.executable, "dev.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.search(r"^  check ", done.stdout, re.MULTILINE)


def test_tests_of_real_services_can_be_chosen_and_left_out(pytestconfig: pytest.Config) -> None:
    assert any(marker.startswith("integration:") for marker in pytestconfig.getini("markers"))


# -- STT & TTS flow -------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_from_sound_to_transcript_to_answer_to_voice(calling: Any) -> None:
    flow: list[str] = []
    story = {
        AudioReceivedEvent: "audio received",
        STTPartialTranscriptEvent: "partial transcript",
        STTTranscriptEvent: "transcript",
        LLMResponseEvent: "response",
        TTSSynthesisStartEvent: "voice",
    }

    def note(event: BaseEvent) -> None:
        step = story[type(event)]
        if step not in flow:
            flow.append(step)

    async with calling(stt=deepgram.STT(), llm=gemini.LLM(), tts=elevenlabs.TTS()) as call:
        call.the_agent.events.tap(note, *story)
        alice = await call.join("alice")
        await alice.says(CLIP)
        await call.agent.says("The Queen of Clubs is a good card.", within=8)
    assert flow[:3] == ["audio received", "partial transcript", "transcript"]
    assert sorted(flow[3:]) == ["response", "voice"]  # the voice does not wait for the end of the response


@pytest.mark.virtual
async def test_sending_text_to_a_voice_gives_its_sound_as_events() -> None:
    voice, heard = ScriptedTTS(), []
    voice.events.tap(heard.append)
    await voice.send("Hello there.")
    kinds = [event.type for event in heard]
    assert (kinds[0], kinds[-1]) == ("tts.synthesis_started", "tts.synthesis_completed")
    assert set(kinds[1:-1]) == {"tts.audio"}


# -- Realtime STS flow ----------------------------------------------------------------------------------------------


class TrackWriter(Realtime):
    """Writes its reply on its audio track once it has heard a second of sound."""

    def __init__(self) -> None:
        super().__init__()
        self.heard_s = 0.0
        self.watched: Any = None

    async def connect(self) -> None:
        self._emit_connected_event()

    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        before, self.heard_s = self.heard_s, self.heard_s + pcm.duration
        if before < 1.0 <= self.heard_s:
            self._emit_user_speech_transcription("Queen of clubs.")
            self._emit_agent_speech_transcription("A good card.")
            await self.audio_track.write(PcmData(24000, "s16", speak("A good card.", 165, 24000).samples))
            self._emit_audio_output_done_event()

    async def watch_video_track(self, track: Any, shared_forwarder: Any = None) -> None:
        self.watched = (track, shared_forwarder)

    async def close(self) -> None:
        self._emit_disconnected_event()


@pytest.mark.virtual
async def test_what_a_realtime_model_writes_on_its_audio_track_is_heard(
    calling: Any, make_video: Any
) -> None:
    model = TrackWriter()
    words: list[RealtimeTranscriptEvent] = []
    async with calling(llm=model) as call:

        @call.the_agent.events.subscribe
        async def on_words(event: RealtimeTranscriptEvent) -> None:
            words.append(event)

        alice = call.simulated.person("alice", camera=make_video(["red"] * 30))
        alice.join()
        alice.start_saying(CLIP)
        await call.agent.says("A good card.", within=6)
        assert model.watched[0].kind == "video"
        assert model.watched[1].shared
    assert [type(event) for event in words] == [
        RealtimeUserSpeechTranscriptionEvent,
        RealtimeAgentSpeechTranscriptionEvent,
    ]
    assert isinstance(words[1], RealtimePartialTranscriptEvent)


# -- Audio management: Simple Example -------------------------------------------------------------------------------


async def example():
    client = AsyncOpenAI(api_key="sk-42")

    resp = await client.audio.speech.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input="pcm is cool, give me some of that please",
        response_format="pcm",
    )

    # load response into PcmData, note that you need to specify sample_rate, channels and format
    pcm_data = PcmData.from_bytes(resp.content, sample_rate=24_000, channels=1, format="s16")

    # check if pcm_data is stereo (it's not in this case ofc)
    print(pcm_data.stereo)

    # write the pcm to file
    with open("test.wav", "wb") as f:  # noqa: ASYNC230 - as on the page
        f.write(pcm_data.to_wav_bytes())

    # resample pcm to be 48khz stereo
    resampled_pcm = pcm_data.resample(48_000, 2)

    # play-out pcm using ffplay (you need to have PLAY_AUDIO=1 envvar)
    from agentkit.core.tts.manual_test import play_pcm_with_ffplay

    await play_pcm_with_ffplay(resampled_pcm)


PLAYER = """#!{python}
import json, os, sys
heard = sys.stdin.buffer.read()
open("heard.wav", "wb").write(heard)
json.dump(sys.argv[1:], open("options.json", "w"))
if os.environ.get("BROKEN"):
    sys.exit("no such device")
"""


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called ffplay, which keeps what it is given in the folder that is returned. Playing is on."""
    program = tmp_path / "bin" / "ffplay"
    program.parent.mkdir()
    program.write_text(PLAYER.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("PLAY_AUDIO", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_speech_is_loaded_written_resampled_and_played(
    player: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(example())
    assert capsys.readouterr().out == "False\n"
    with wave.open("test.wav") as written, wave.open("heard.wav") as heard:
        assert (written.getframerate(), written.getnchannels()) == (24000, 1)
        assert (heard.getframerate(), heard.getnchannels()) == (48000, 2)
        seconds = written.getnframes() / 24000
        assert heard.getnframes() / 48000 == pytest.approx(seconds, abs=0.01)
        assert seconds > 1
    assert "-nodisp" in json.loads(Path("options.json").read_text())


def test_nothing_is_played_unless_it_is_asked_for(player: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAY_AUDIO")
    asyncio.run(example())
    assert not (player / "heard.wav").exists()


def test_a_player_that_is_missing_or_fails_says_what_to_do(
    player: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "1")
    with pytest.raises(RuntimeError, match="no such device"):
        asyncio.run(example())
    monkeypatch.setenv("PATH", str(player))
    with pytest.raises(FileNotFoundError, match="apt install ffmpeg"):
        asyncio.run(example())


def test_a_player_that_is_not_waited_for_any_more_is_ended(player: Path) -> None:
    from agentkit.core.tts.manual_test import play_pcm_with_ffplay

    os.mkfifo("pid")
    (player / "bin" / "ffplay").write_text("#!/bin/sh\necho $$ >pid; exec sleep 60\n")

    async def main() -> int:
        playing = asyncio.create_task(play_pcm_with_ffplay(tone(1)))
        number = await asyncio.to_thread((player / "pid").read_text)  # once it is there
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        return int(number)

    number = asyncio.run(main())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


# -- Testing audio manually -----------------------------------------------------------------------------------------


async def test_a_voice_is_written_to_a_file_and_played(player: Path) -> None:
    path = await manual_tts_to_wav(
        ScriptedTTS(first_audio=0, realtime_factor=1e6), "Hello there.", outfile_path="voice.wav"
    )
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        assert file.getnframes() / 16000 == pytest.approx(
            len(speak("Hello there.", 165, 16000).samples) / 16000, abs=0.01
        )
    assert (player / "heard.wav").read_bytes() == path.read_bytes()


async def test_in_any_format_and_into_a_new_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAY_AUDIO", raising=False)
    voice = ScriptedTTS(first_audio=0, realtime_factor=1e6)
    path = await manual_tts_to_wav(voice, sample_rate=48000, channels=2)
    try:
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (48000, 2)
            assert file.getnframes() > 48000
    finally:
        path.unlink()
    with pytest.raises(ValueError, match="no sound"):
        await manual_tts_to_wav(voice, " ")


# -- Creating PcmData -----------------------------------------------------------------------------------------------


def test_sound_is_made_of_bytes_arrays_and_frames() -> None:
    audio_bytes = np.array([1, 2], np.int16).tobytes()
    made = [
        PcmData.from_bytes(audio_bytes, sample_rate=16000, format=AudioFormat.S16, channels=1),
        # Automatically converts dtype and handles channel reshaping
        PcmData.from_numpy(np.array([1, 2], np.int16), sample_rate=16000, format=AudioFormat.S16, channels=1),
    ]
    frame = av.AudioFrame.from_ndarray(np.array([[1, 2]], np.int16), format="s16", layout="mono")
    frame.sample_rate = 16000
    made.append(PcmData.from_av_frame(frame))
    assert [(pcm.samples.tolist(), pcm.sample_rate, pcm.channels) for pcm in made] == [([1, 2], 16000, 1)] * 3


async def test_sound_is_made_of_whatever_a_service_answers() -> None:
    data = np.arange(100, dtype=np.int16).tobytes()

    async def stream() -> AsyncIterator[bytes]:
        yield data[:101]
        yield data[101:]

    def from_response(response: Any) -> Any:
        # Handles streaming responses
        return PcmData.from_response(response, sample_rate=16000, channels=1, format=AudioFormat.S16)

    whole = [from_response(data), from_response(SimpleNamespace(data=data))]
    pieces = [list(from_response(iter([data[:51], data[51:]]))), [p async for p in from_response(stream())]]
    assert [pcm.to_bytes() for pcm in whole] == [data, data]
    assert [b"".join(pcm.to_bytes() for pcm in some) for some in pieces] == [data, data]


# -- Converting Format, Resampling and Channels, Manipulating Audio, Slicing and Chunking ---------------------------


def test_sound_is_converted() -> None:
    pcm = tone(0.1)
    pcm_f32 = pcm.to_float32()
    assert np.abs(pcm_f32.samples).max() == pytest.approx(8000 / 32768, rel=0.01)
    pcm_s16 = pcm_f32.to_int16()
    assert np.abs(pcm_s16.samples - pcm.samples).max() <= 1
    audio_bytes = pcm.to_bytes()
    assert audio_bytes == pcm.samples.tobytes()
    wav_bytes = pcm.to_wav_bytes()
    assert wav_bytes[:4] == b"RIFF"
    pcm = tone(1, 48000).resample(16000, target_channels=1)  # to 16khz, mono
    assert (pcm.sample_rate, pcm.channels, pcm.duration) == (16000, 1, pytest.approx(1, abs=0.01))


def test_sound_is_joined_copied_and_cleared() -> None:
    pcm, other_pcm = tone(1), tone(1)
    pcm.append(other_pcm)
    assert pcm.duration == 2
    pcm_copy = pcm.copy()
    pcm.clear()
    assert (pcm.duration, pcm.sample_rate, pcm_copy.duration) == (0, 16000, 2)


def test_sound_is_cut() -> None:
    pcm = tone(10)
    pcm_head = pcm.head(duration_s=3.0)
    pcm_tail = pcm.tail(duration_s=5.0)
    assert (pcm_head.duration, pcm_tail.duration) == (3, 5)
    processed: list[PcmData] = []
    process = processed.append

    for chunk in pcm.chunks(chunk_size=4000, overlap=200):
        process(chunk)

    assert len(processed[0].samples) == 4000
    assert processed[1].samples[:200].tolist() == processed[0].samples[-200:].tolist()


# -- Audio Queue ----------------------------------------------------------------------------------------------------


async def test_sound_is_queued_and_taken_out_as_it_is_needed() -> None:
    pcm = tone(0.5)

    queue = AudioQueue(buffer_limit_ms=1000)

    # enqueue PcmData into the queue
    queue.put(pcm)

    queue.put(tone(0.25))

    # dequeue the oldest PcmData entry from the queue
    assert await queue.get() is pcm

    # dequeue 100ms of audio
    pcm = await queue.get_duration(100)

    assert pcm.duration_ms == 100
    assert queue.duration_ms == 150


# -- AudioTrack -----------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_a_track_of_the_sdk_is_published_paced_and_flushed(calling: Any) -> None:
    async with calling() as call:
        track = AudioStreamTrack(pace=True)
        assert track.audio_buffer_size_ms == 30_000
        await call.edge.publish_tracks(track, None)
        await track.write(tone(5))
        began = await call.agent.speaks(within=0.2)
        await call.wait(1)
        await track.flush()
        silent = await call.agent.falls_silent(within=0.3)
        assert silent.at_s - began.at_s == pytest.approx(1, abs=0.1)  # it is paced, and nothing of it is left
        track.stop()


# -- Light wrapping -------------------------------------------------------------------------------------------------


class ElevenLabs:
    """What stands for the client of an SDK here."""

    def text_to_speech(self, text: str) -> bytes:
        return tone(0.5).to_bytes()


class ElevenLabsTTS(TTS):
    def __init__(self, client: ElevenLabs) -> None:
        super().__init__()
        self.client = client

    async def stream_audio(self, text: str, **kwargs: Any) -> bytes:
        return self.client.text_to_speech(text)

    async def stop_audio(self) -> None:
        pass


@pytest.mark.virtual
async def test_a_wrapper_gives_its_client_away(calling: Any) -> None:
    tts = ElevenLabsTTS(client=ElevenLabs())
    assert isinstance(tts.client, ElevenLabs)
    async with calling(tts=tts) as call:
        await call.join("alice")
        spoken = await call.the_agent.say("Hello.")
        assert spoken.heard_text == "Hello."


# -- Profiling ------------------------------------------------------------------------------------------------------


async def start_agent() -> None:
    agent = Agent(
        edge=getstream.Edge(),
        agent_user=User(name="My AI friend", id="agent"),
        instructions="You're a helpful assistant.",
        llm=gemini.LLM("gemini-2.0-flash"),
        tts=elevenlabs.TTS(),
        stt=deepgram.STT(),
        turn_detection=vogent.TurnDetection(),
        profiler=Profiler(output_path="./profile.html"),  # Optional: specify output path
    )

    call = agent.edge.client.video.call("default", str(uuid4()))
    with await agent.join(call):
        await agent.simple_response("Hello!")
        await agent.finish()


@pytest.mark.virtual
async def test_the_profile_of_an_agent_is_written_when_it_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "profile.html"
    edge = getstream.Edge()
    monkeypatch.setattr(getstream, "Edge", lambda: edge)
    running = asyncio.create_task(start_agent())
    await asyncio.sleep(1)
    edge.call.person("alice").join()
    await edge.call.trace.wait_for(lambda record: record.kind == "voice.stopped")
    assert not page.exists()
    edge.call.end()
    await running
    # A plain `with` cannot wait for the end of the agent, which goes on by itself.
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    assert "<html" in page.read_text().lower()


# -- Tasks & Async --------------------------------------------------------------------------------------------------


def test_debugging_makes_blocking_calls_raise() -> None:
    blockbuster = pytest.importorskip("blockbuster")
    debugged: list[bool] = []

    async def create_agent() -> Agent:
        debugged.append(asyncio.get_running_loop().get_debug())
        time.sleep(0.01)  # noqa: ASYNC251 - that is the point
        return Agent(edge=getstream.Edge(), agent_user=User(id="agent"))

    async def join_call(agent: Agent, call_type: str, call_id: str) -> None:
        await agent.close()

    with pytest.raises(blockbuster.BlockingError, match="sleep"):
        Runner(AgentLauncher(create_agent, join_call)).cli(["run", "--debug"])
    assert debugged == [True]
    time.sleep(0.01)  # it is allowed again
