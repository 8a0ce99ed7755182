"""An agent on an edge that records behaves as on any other, and what happened is on disk afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.core import Agent
from agentkit.core.edge import Participant
from agentkit.core.events import ErrorEvent
from agentkit.core.media.output import Samples
from agentkit.core.media.video_tracks import QueuedVideoTrack
from examples.concierge import create_agent
from simulator.recorder import RecordingEdge, RecordingStoppedEvent, record
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage
from simulator.trace import compute, read_jsonl, tell

pytestmark = pytest.mark.virtual


@asynccontextmanager
async def call_recorded_in(
    folder: Path | None, prepare: Callable[[Agent], None] = lambda agent: None, **options: Any
) -> AsyncIterator[Stage]:
    async def make(**parts: Any) -> Agent:
        return await create_agent(**parts)

    async def attend(agent: Agent, call_type: str, call_id: str) -> None:
        prepare(agent)
        if folder is not None:
            record(agent, folder, **options)
        call = await agent.create_call(call_type, call_id)
        async with agent.join(call):
            await agent.finish()

    stage = CallStage(agent=make)
    stage._attend = attend
    async with stage as call:
        yield call


async def ask_and_interrupt(call: Stage) -> None:
    alice = await call.join("alice")
    await alice.says("do-something.wav")
    await call.agent.speaks(within=3)
    await call.wait(2)
    alice.starts_saying("are-they-suing.wav")
    await call.agent.falls_silent(within=0.8)
    await call.agent.finishes_speaking(within=12)


def stem(folder: Path, name: str) -> Samples:
    with wave.open(str(folder / "stems" / name), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


async def test_a_recorded_call_is_the_same_call(tmp_path: Path) -> None:
    async with call_recorded_in(tmp_path / "call") as call:
        await ask_and_interrupt(call)
    recorded = call.trace.digest()
    records = [r for r in read_jsonl(tmp_path / "call" / "trace.jsonl") if r.source == "agent"]

    assert recorded == call.trace.digest()
    ours = [(r.kind, r.data) for r in call.trace.records if r.source == "agent"]
    assert [(r.kind, r.data) for r in records if r.kind != "voice.stopped"] == [
        each for each in ours if each[0] != "voice.stopped"
    ]


async def test_everybody_is_heard_in_the_recording_as_in_the_call(tmp_path: Path) -> None:
    async with call_recorded_in(tmp_path / "call") as call:
        await ask_and_interrupt(call)
    call.simulated.recording.write(tmp_path / "simulated")
    for name in ("alice.wav", "agent.wav"):
        ours, theirs = stem(tmp_path / "call", name), stem(tmp_path / "simulated", name)
        length = min(len(ours), len(theirs))
        assert length > 10 * 48_000
        assert np.array_equal(ours[:length], theirs[:length])


async def test_metrics_and_the_story_can_be_told_from_it(tmp_path: Path) -> None:
    async with call_recorded_in(tmp_path / "call") as call:
        await ask_and_interrupt(call)
        measured = compute(call.trace.records)
    records = read_jsonl(tmp_path / "call" / "trace.jsonl")
    metrics = compute(records)
    assert metrics.interruptions == measured.interruptions == 1
    assert metrics.agent_turns == measured.agent_turns
    assert metrics.lookup("yield_latency.max") == measured.lookup("yield_latency.max")
    assert any("agent was cut off" in line for line in tell(records))


async def test_the_manifest_comes_last_and_says_who_was_there(tmp_path: Path) -> None:
    async with call_recorded_in(tmp_path / "call", facts={"factory": "a.b:c"}) as call:
        alice = await call.join("alice")
        alice.sends({"kind": "poke"})
        await call.wait(3)
        assert not (tmp_path / "call" / "call.json").exists()
        assert (tmp_path / "call" / "trace.jsonl").stat().st_size > 0, "the call is written while it goes on"
        assert stem(tmp_path / "call", "alice.wav") is not None
    manifest = json.loads((tmp_path / "call" / "call.json").read_text())
    assert manifest["factory"] == "a.b:c"
    assert [person["id"] for person in manifest["people"]] == ["alice"]
    assert manifest["stopped"] is None
    kinds = [(r.source, r.kind) for r in read_jsonl(tmp_path / "call" / "trace.jsonl")]
    assert ("alice", "joined") in kinds
    assert ("alice", "custom_event") in kinds
    assert ("agent", "agent.finished") in kinds


async def test_a_second_call_does_not_overwrite_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        async with call_recorded_in(tmp_path / "call") as call:
            await call.wait(0.1)
    assert (tmp_path / "call" / "call.json").is_file()
    assert (tmp_path / "call-2" / "call.json").is_file()


async def test_the_limit_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    told: list[str] = []

    def listen(agent: Agent) -> None:
        agent.events.tap(lambda event: told.append(event.reason), RecordingStoppedEvent)

    async with call_recorded_in(tmp_path / "call", listen, limit_mb=0.2) as call:
        await ask_and_interrupt(call)
    assert told == ["its limit of 0.2 MB is reached"]
    manifest = json.loads((tmp_path / "call" / "call.json").read_text())
    assert manifest["stopped"]["reason"] == told[0]
    on_disk = sum(path.stat().st_blocks * 512 for path in (tmp_path / "call").rglob("*") if path.is_file())
    assert on_disk < 300_000
    assert read_jsonl(tmp_path / "call" / "trace.jsonl")[-1].kind == "recording.stopped"


async def test_a_folder_that_cannot_be_made_is_told_and_the_call_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    errors: list[ErrorEvent] = []

    def listen(agent: Agent) -> None:
        agent.events.tap(errors.append, ErrorEvent)

    async with call_recorded_in(tmp_path / "file" / "call", listen) as call:
        await ask_and_interrupt(call)
    assert [error.context for error in errors] == ["beginning to record the call"]


async def test_keys_that_an_error_gives_away_are_blanked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "ACME_API_KEY", "sk-0123456789")
    async with call_recorded_in(tmp_path / "call") as call:
        error = ConnectionError("GET https://acme.example/v1?key=sk-0123456789")
        call.the_agent.events.send(ErrorEvent(error=error, context="asking acme"))
        await call.wait(0.1)
    trace = (tmp_path / "call" / "trace.jsonl").read_text()
    assert "asking acme" in trace
    assert "sk-0123456789" not in trace


async def test_what_the_agent_watches_is_kept(tmp_path: Path) -> None:
    import av

    async with call_recorded_in(tmp_path / "call") as call:
        edge = call.the_agent.edge
        assert isinstance(edge, RecordingEdge)
        track = QueuedVideoTrack()
        call.edge.add_track_subscriber = lambda track_id: track  # type: ignore[method-assign]
        watched = edge.add_track_subscriber("alice:video")
        assert watched is not None
        for shade in range(60):
            frame = av.VideoFrame.from_ndarray(np.full((90, 160, 3), 4 * shade, np.uint8), "rgb24")
            track.write(frame)
            assert await watched.recv() is frame
            await asyncio.sleep(0.05)
        watched.stop()
        assert track.readyState == "ended"
    (file,) = (tmp_path / "call" / "pictures").iterdir()
    with av.open(str(file)) as container:
        frames = list(container.decode(video=0))
    assert 25 <= len(frames) <= 35, "10 a second"
    assert (frames[0].width, frames[0].height) == (160, 90)


async def test_an_odd_name_stays_in_the_folder(tmp_path: Path) -> None:
    from getstream.video.rtc.track_util import PcmData

    from agentkit.core.edge.events import AudioReceivedEvent

    async with call_recorded_in(tmp_path / "call") as call:
        for name in ("../../agent", "agent", "Agent", "a" * 500, ""):
            who = Participant(original=None, user_id=name, id=name)
            tone = np.full((2, 882), 3000, np.int16)
            pcm = PcmData(44_100, "s16", tone, channels=2)
            call.edge.events.send(AudioReceivedEvent(pcm_data=pcm, participant=who))
        await call.wait(0.5)
    assert len(os.listdir(tmp_path / "call" / "stems")) == 6
    assert os.listdir(tmp_path) == ["call"]


async def test_what_only_that_kind_of_edge_has_is_still_there(tmp_path: Path) -> None:
    async with call_recorded_in(tmp_path / "call") as call:
        edge = call.the_agent.edge
        assert isinstance(edge, RecordingEdge)
        assert edge.events is call.edge.events
        assert edge.custom_events is call.edge.custom_events
        with pytest.raises(AttributeError):
            edge.nonsense  # noqa: B018


async def test_a_limit_of_nothing_is_refused(tmp_path: Path) -> None:
    async with call_recorded_in(None) as call:
        with pytest.raises(ValueError, match="more than 0"):
            RecordingEdge(call.edge, tmp_path, limit_mb=0)
        with pytest.raises(RuntimeError, match="before it joins"):
            record(call.the_agent, tmp_path)
