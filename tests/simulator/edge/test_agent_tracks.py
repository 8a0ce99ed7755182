"""What the agent publishes is heard in the call, whatever kind of track it is."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from getstream.video.rtc.audio_track import AudioStreamTrack
from getstream.video.rtc.track_util import PcmData

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.core.media.output import AudioOutput
from agentkit.core.media.track import OutputTrack
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

pytestmark = pytest.mark.virtual

SOUND = (6000 * np.sin(np.arange(48000) / 15)).astype(np.int16)


@pytest_asyncio.fixture
async def call() -> AsyncIterator[Stage]:
    """A call with an agent that publishes nothing by itself."""

    def create_agent(*, edge: EdgeTransport) -> Agent:
        return Agent(edge=edge, agent_user=User(id="agent"))

    async with CallStage(agent=create_agent) as call:
        yield call


class Heard:
    def __init__(self, call: Stage, folder: Path) -> None:
        self.call, self.folder = call, folder

    def __call__(self) -> np.ndarray[Any, Any]:
        """What the call has recorded of the agent, from its first sound to its last."""
        self.call.simulated.recording.write(self.folder)
        with wave.open(str(self.folder / "stems" / "agent.wav")) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        loud = np.nonzero(sound)[0]
        return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]


@pytest.fixture
def heard(call: Stage, tmp_path: Path) -> Heard:
    return Heard(call, tmp_path)


def like(sound: np.ndarray[Any, Any], original: np.ndarray[Any, Any]) -> bool:
    """The same samples, but for the silence at either end."""
    return np.array_equal(sound, np.trim_zeros(original))


async def test_its_own_output_is_heard_to_the_sample(call: Stage, heard: Heard) -> None:
    output = AudioOutput()
    await call.edge.publish_tracks(OutputTrack(output), None)
    share = output.begin(1, on_started=lambda: None, on_finished=lambda: None)
    await call.wait(0.1)
    share.write(SOUND)
    await call.wait(2)
    assert like(heard(), SOUND)
    assert share.played == len(SOUND)


@pytest.mark.parametrize("pace", [True, False], ids=["paced", "unpaced"])
async def test_a_track_of_the_sdk_is_heard(pace: bool, call: Stage, heard: Heard) -> None:
    track = AudioStreamTrack(pace=pace)
    await call.edge.publish_tracks(track, None)
    await call.wait(0.5)
    for start in range(0, len(SOUND), 1000):
        await track.write(
            PcmData(48000, "s16", SOUND[start : start + 1000]), final=start + 1000 >= len(SOUND)
        )
    await call.wait(2)
    assert like(heard(), SOUND)
    spoke = call.trace.select(source="agent", kind="voice.started")
    assert len(spoke) == 1
    assert 0.5 <= spoke[0].data["at_ns"] / 1e9 <= 0.6
    track.stop()


async def test_a_flushed_track_falls_silent_within_its_jitter_buffer(call: Stage) -> None:
    track = AudioStreamTrack(pace=True)
    await call.edge.publish_tracks(track, None)
    await track.write(PcmData(48000, "s16", np.tile(SOUND, 5)))
    await call.agent.speaks(within=0.2)
    await call.wait(1)
    await track.flush()
    await call.agent.falls_silent(within=0.06)
    track.stop()


class Tone(MediaStreamTrack):
    """A plain track of aiortc: what its `recv` gives is up to a test."""

    kind = "audio"

    def __init__(self, receive: Callable[[int], Awaitable[AudioFrame]]) -> None:
        super().__init__()
        self._receive = receive
        self.count = 0

    async def recv(self) -> AudioFrame:
        self.count += 1
        return await self._receive(self.count)


def frame(number: int, rate: int = 48000, layout: str = "mono") -> AudioFrame:
    size = rate // 50
    samples = np.tile(SOUND[:size], 1 if layout == "mono" else 2).reshape(1, -1)
    made = AudioFrame.from_ndarray(samples, format="s16", layout=layout)
    made.sample_rate = rate
    made.pts = number * size
    made.time_base = Fraction(1, rate)
    return made


@pytest.mark.parametrize(
    ("rate", "layout"), [(48000, "mono"), (48000, "stereo"), (16000, "mono"), (8000, "stereo")]
)
async def test_a_plain_track_is_heard_at_any_rate(rate: int, layout: str, call: Stage) -> None:
    async def paced(number: int) -> AudioFrame:
        await asyncio.sleep(0.02)
        return frame(number, rate, layout)

    await call.edge.publish_tracks(Tone(paced), None)
    await call.agent.speaks(within=0.3)
    await call.wait(2)
    assert call.trace.select(source="agent", kind="voice.stopped") == []


async def test_a_track_that_has_everything_at_once_is_read_as_it_plays(call: Stage) -> None:
    async def at_once(number: int) -> AudioFrame:
        return frame(number)

    track = Tone(at_once)
    await call.edge.publish_tracks(track, None)
    await call.wait(2)
    assert track.count == pytest.approx(2 / 0.02, abs=5)


@pytest.mark.parametrize(
    "error", [MediaStreamError("over"), RuntimeError("bug"), ConnectionError("reset")], ids=repr
)
async def test_a_track_that_ends_or_fails_is_silence(error: Exception, call: Stage) -> None:
    async def ends(number: int) -> AudioFrame:
        await asyncio.sleep(0.02)
        if number > 25:
            raise error
        return frame(number)

    await call.edge.publish_tracks(Tone(ends), None)
    await call.agent.speaks(within=0.1)
    await call.agent.falls_silent(within=0.6)
    await call.agent.stays_silent(for_=1)
    failed = call.trace.select(source="agent", kind="track.failed")
    assert [r.data["error"] for r in failed] == (
        [] if isinstance(error, MediaStreamError) else [f"{type(error).__name__}: {error}"]
    )


async def test_a_track_published_later_takes_the_place_of_the_first(call: Stage, heard: Heard) -> None:
    first, second = AudioStreamTrack(pace=False), AudioOutput()
    await call.edge.publish_tracks(first, None)
    await call.wait(0.1)
    await call.edge.publish_tracks(OutputTrack(second), None)
    await first.write(PcmData(48000, "s16", SOUND))
    second.begin(1, on_started=lambda: None, on_finished=lambda: None).write(SOUND[:960])
    await call.wait(2)
    assert like(heard(), SOUND[:960])
    first.stop()


async def test_nothing_is_read_of_an_agent_that_left(call: Stage) -> None:
    async def paced(number: int) -> AudioFrame:
        await asyncio.sleep(0.02)
        return frame(number)

    track = Tone(paced)
    await call.edge.publish_tracks(track, None)
    await call.wait(0.5)
    await call.the_agent.close()
    read = track.count
    await call.wait(1)
    assert track.count == read
    await call.agent.stays_silent(for_=1)
