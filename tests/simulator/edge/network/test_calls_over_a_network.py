"""A call over a network: when sound arrives, what is heard of it, and what is written down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.core import Agent, User
from agentkit.core.edge.events import AudioReceivedEvent
from simulator.clock import run
from simulator.edge.grid import FRAME_NS
from simulator.edge.network import Conditions, Network, Outage
from simulator.media.clips import find_clip
from simulator.media.frames import FRAME_SAMPLES
from simulator.media.recording import CallRecording
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

ROOT = Path(__file__).parents[4]
CLIP = "across-the-table"
"""Nine words in three seconds."""

BAD = Conditions(delay_s=0.04, jitter_s=0.02, loss=0.05, burst=3, duplication=0.02)

Play = Callable[[Stage], Awaitable[None]]


def an_agent(*, edge: Any) -> Agent:
    return Agent(
        edge=edge,
        agent_user=User(id="agent"),
        llm=ScriptedLLM(default="I have a table for two by the window at eight."),
        stt=ScriptedSTT(),
        tts=ScriptedTTS(),
        vad=ScriptedVAD(),
    )


class Heard:
    """What arrives at the agent: frame by frame, with the number of the tick it came at."""

    def __init__(self, stage: Stage) -> None:
        self.frames: list[tuple[int, Any]] = []
        self._call = stage.simulated
        stage.edge.events.tap(self._note, AudioReceivedEvent)

    def _note(self, event: AudioReceivedEvent) -> None:
        self.frames.append((round(self._call.now_ns / FRAME_NS), event.pcm_data))

    @property
    def numbers(self) -> list[int]:
        """Which frames of the microphone they are."""
        return [pcm.pts // FRAME_SAMPLES for _, pcm in self.frames]


def played(play: Play, seed: int = 0) -> Stage:
    async def go() -> Stage:
        async with CallStage(agent=an_agent) as stage:
            await play(stage)
        return stage

    return run(go(), seed=seed)


def said_over(network: Network | None, seed: int = 0, clip: str = CLIP) -> tuple[Stage, Heard]:
    """Have alice say a clip and the agent answer it, if it understood anything."""
    heard: list[Heard] = []

    async def play(stage: Stage) -> None:
        heard.append(Heard(stage))
        alice = await stage.join("alice", network=network)
        await alice.says(clip)
        await stage.wait(6)

    return played(play, seed), heard[0]


def transcript(stage: Stage) -> str:
    return " ".join(record.data["text"] for record in stage.trace.select("agent", "stt.transcript"))


def counts(stage: Stage) -> dict[str, dict[str, int]]:
    (record,) = stage.trace.select("alice", "network.counts")
    return record.data


def stem(recording: CallRecording, name: str) -> np.ndarray:
    return recording._stems[name].between(0, round(recording.duration_s * 50))


# -- the way up -------------------------------------------------------------------------------------------------------


def test_a_perfect_network_is_no_network() -> None:
    without, heard_without = said_over(None)
    through, heard_through = said_over(Network())
    assert heard_through.numbers == heard_without.numbers
    for (tick, pcm), (other_tick, other) in zip(heard_through.frames, heard_without.frames, strict=True):
        assert tick == other_tick
        assert np.array_equal(pcm.samples, other.samples)
    strange = ("network", "network.counts")
    assert [r for r in through.trace if r.kind not in strange] == list(without.trace)


def test_sound_arrives_later_by_the_delay_and_keeps_its_place_in_the_microphone() -> None:
    _, at_once = said_over(None)
    stage, later = said_over(Network(up=Conditions(delay_s=0.1)))
    lag = 5
    assert later.numbers == at_once.numbers[:-lag]
    assert [tick - lag for tick, _ in later.frames] == [tick for tick, _ in at_once.frames[:-lag]]
    assert transcript(stage) == "He turned sharply, and faced Gregson across the table."


def test_the_agent_answers_later_by_the_delay() -> None:
    def answer_ns(network: Network | None) -> int:
        return said_over(network)[0].trace.select("agent", "voice.started")[0].t_ns

    assert answer_ns(Network(up=Conditions(delay_s=0.1))) - answer_ns(None) == 100_000_000


def test_the_voice_of_a_person_is_measured_where_it_is_spoken() -> None:
    def voice(network: Network | None) -> list[Any]:
        return [r for r in said_over(network)[0].trace.select("alice") if r.kind.startswith("voice.")]

    assert voice(Network(up=BAD)) == voice(None)


def test_over_the_worst_of_lines_frames_come_every_20_ms_in_order_and_none_twice() -> None:
    worst = Conditions(delay_s=0.05, jitter_s=0.05, loss=0.2, burst=4, duplication=0.2)
    stage, heard = said_over(Network(up=worst))
    ticks = [tick for tick, _ in heard.frames]
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    assert heard.numbers == list(range(heard.numbers[0], heard.numbers[0] + len(ticks)))
    up = counts(stage)["up"]
    assert up["lost"] > 20
    assert up["reordered"] > 20
    assert up["concealed"] >= up["lost"] + up["late"] - worst.lag


def test_what_arrives_is_recorded_beside_what_was_sent() -> None:
    stage, heard = said_over(Network(up=BAD))
    recording = stage.simulated.recording
    arrived = stem(recording, "alice at the agent")
    for tick, pcm in heard.frames:
        start = (tick - 1) * FRAME_SAMPLES
        assert np.array_equal(arrived[start : start + FRAME_SAMPLES], pcm.samples)
    assert stem(recording, "alice").any()


# -- words ------------------------------------------------------------------------------------------------------------


def test_words_that_fall_into_an_outage_are_not_understood() -> None:
    words = {word.text: word for word in find_clip(CLIP).words}
    begins, ends = words["and"].start - 0.02, words["across"].end + 0.02
    stage, _ = said_over(Network(up=Conditions(outages=(Outage(begins, ends - begins),))))
    assert transcript(stage) == "He turned sharply, the table."


def test_a_word_is_understood_when_at_least_half_of_it_arrives() -> None:
    word = next(word for word in find_clip(CLIP).words if word.text == "sharply,")
    lasts = word.end - word.start

    def is_heard(begins: float, ends: float) -> bool:
        """Whether it is understood with what is between these parts of it missing."""
        outage = Outage(word.start + begins * lasts + 0.02, (ends - begins) * lasts)
        return word.text in transcript(said_over(Network(up=Conditions(outages=(outage,))))[0])

    assert is_heard(0.0, 0.4)
    assert is_heard(0.6, 1.0)
    assert not is_heard(0.0, 0.6)
    assert not is_heard(0.4, 1.0)


def test_nobody_is_noticed_whose_every_packet_is_lost() -> None:
    stage, heard = said_over(Network(up=Conditions(loss=1)))
    assert transcript(stage) == ""
    assert not stage.trace.select("agent", "vad.speech_started")
    assert not any(pcm.samples.any() for _, pcm in heard.frames)
    assert counts(stage)["up"]["lost"] == counts(stage)["up"]["sent"] > 400


def test_single_losses_cost_no_words() -> None:
    stage, _ = said_over(Network(up=Conditions(loss=0.05)))
    assert transcript(stage) == "He turned sharply, and faced Gregson across the table."


# -- what people do ---------------------------------------------------------------------------------------------------


def test_a_muted_microphone_sends_nothing_and_nothing_is_concealed() -> None:
    heard: list[Heard] = []

    async def play(stage: Stage) -> None:
        heard.append(Heard(stage))
        alice = await stage.join("alice", network=Network(up=Conditions(delay_s=0.06)))
        alice.starts_saying(CLIP)
        await stage.wait(1)
        alice.mutes()
        await stage.wait(1)
        alice.unmutes()
        await stage.wait(1)

    stage = played(play)
    numbers = heard[0].numbers
    assert [n for n in range(numbers[0], numbers[-1]) if n not in numbers] == list(range(50, 100))
    assert counts(stage)["up"]["concealed"] == 0


def test_a_connection_that_breaks_is_concealed_and_then_silent() -> None:
    heard: list[Heard] = []

    async def play(stage: Stage) -> None:
        heard.append(Heard(stage))
        alice = await stage.join("alice", network=Network())
        alice.starts_saying(CLIP)
        await stage.wait(1)
        alice.drops()
        await stage.wait(0.4)
        alice.reconnects()
        await stage.wait(1)

    stage = played(play)
    assert counts(stage)["up"]["cut"] == counts(stage)["up"]["concealed"] == 20
    assert counts(stage)["down"]["cut"] == 20
    there = [bool(pcm.samples.any()) for tick, pcm in heard[0].frames if 50 < tick <= 70]
    assert there == [True] * 3 + [False] * 17


def test_what_was_on_its_way_when_somebody_left_never_arrives() -> None:
    heard: list[Heard] = []

    async def play(stage: Stage) -> None:
        heard.append(Heard(stage))
        alice = await stage.join("alice", network=Network(up=Conditions(delay_s=0.2)))
        await stage.wait(1)
        alice.leaves()
        await stage.wait(0.1)
        alice.joins()
        await stage.wait(1)

    played(play)
    ticks = [tick for tick, _ in heard[0].frames]
    assert [n for n in range(ticks[0], ticks[-1]) if n not in ticks] == list(range(51, 66))


# -- the way down -----------------------------------------------------------------------------------------------------


def test_the_agent_is_heard_later_by_the_delay() -> None:
    recording = said_over(Network(down=Conditions(delay_s=0.08)))[0].simulated.recording
    agent, heard = stem(recording, "agent"), stem(recording, "agent at alice")
    lag = 4 * FRAME_SAMPLES
    assert agent.any()
    assert np.array_equal(heard[lag:], agent[:-lag])
    assert not heard[:lag].any()


def test_of_an_agent_behind_a_bad_line_some_is_lost_on_the_way() -> None:
    stage, _ = said_over(Network(down=BAD))
    recording = stage.simulated.recording
    agent, heard = stem(recording, "agent"), stem(recording, "agent at alice")
    lag = BAD.lag * FRAME_SAMPLES
    whole = (heard[lag:] == agent[:-lag]).reshape(-1, FRAME_SAMPLES).all(axis=1)
    down = counts(stage)["down"]
    assert 0 < (~whole).sum() <= down["concealed"]
    assert transcript(stage) == "He turned sharply, and faced Gregson across the table."


def test_what_was_heard_elsewhere_is_not_in_the_mix(tmp_path: Path) -> None:
    import wave

    def people(network: Network | None, folder: Path) -> bytes:
        said_over(network)[0].simulated.recording.write(folder)
        with wave.open(str(folder / "call.wav")) as file:
            return file.readframes(file.getnframes())

    assert people(Network(), tmp_path / "a") == people(None, tmp_path / "b")
    names = sorted(path.stem for path in (tmp_path / "a" / "stems").iterdir())
    assert names == ["agent", "agent at alice", "alice", "alice at the agent"]


# -- what is written down ---------------------------------------------------------------------------------------------


def test_what_the_network_is_like_is_the_first_that_is_said_of_a_person() -> None:
    up = Conditions(delay_s=0.04, loss=0.01, burst=3, outages=(Outage(3, 0.5),))
    stage, _ = said_over(Network(up=up))
    first = stage.trace.select("alice")[0]
    assert first.kind == "network"
    assert first.data["up"] == {
        "delay_s": 0.04,
        "jitter_s": 0.0,
        "loss": 0.01,
        "burst": 3,
        "duplication": 0.0,
        "outages": [{"at_s": 3, "for_s": 0.5}],
        "bandwidth_bps": None,
        "buffer_s": None,
        "playout_s": 0.04,
    }
    assert first.data["down"]["delay_s"] == 0.0


def test_somebody_without_a_network_has_nothing_said_of_it() -> None:
    stage, _ = said_over(None)
    assert not [r for r in stage.trace if r.kind.startswith(("network", "acoustics"))]


def test_both_ways_and_all_people_have_chance_of_their_own() -> None:
    async def play(stage: Stage) -> None:
        for name in ("alice", "bob"):
            await stage.join(name, network=Network(BAD, BAD))
        await stage.wait(30)

    stage = played(play)
    told = [r.data[way] for r in stage.trace.select(kind="network.counts") for way in ("up", "down")]
    assert len({json.dumps(counted) for counted in told}) == 4


def test_another_seed_loses_other_packets_and_the_same_the_same() -> None:
    first, again, other = (said_over(Network(BAD, BAD), seed)[0] for seed in (7, 7, 8))
    assert first.trace.digest() == again.trace.digest()
    assert counts(first) != counts(other)


IN_A_PROCESS = """
import sys
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario
for path in sys.argv[1:]:
    outcome = run_scenario(load_scenario(path))
    assert outcome.passed, outcome.failures
    print(outcome.digest)
"""


def test_a_bad_line_out_of_a_noisy_room_is_the_same_in_every_process(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(
        "agent: examples.concierge:create_agent\n"
        "people:\n"
        "  alice:\n"
        "    network: {delay: 40ms, jitter: 15ms, loss: 2%, burst: 3, duplication: 1%, bandwidth: 60kbit/s}\n"
        "    acoustics: {noise: restaurant, snr: 15dB, echo: {delay: 123ms, gain: -40dB}, gain: -3dB, clipping: -9dB}\n"
        "  bob: {acoustics: {noise: pink, snr: 30dB}}\n"
        "script:\n"
        "  - alice: joins\n"
        "  - bob: joins\n"
        "  - alice: says do-something.wav\n"
        "  - wait: 4s\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, str(file)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for seed in ("0", "1", "random")
    }
    assert len(digests) == 1


# -- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "complaint"),
    [
        ({"delay_s": -0.1}, "delay: a number of seconds, at least 0"),
        ({"jitter_s": float("inf")}, "jitter: a number of seconds"),
        ({"buffer_s": 60}, "buffer: .* at most 10, found 60"),
        ({"loss": 1.5}, "loss: a share of all packets"),
        ({"duplication": float("nan")}, "duplication: a share"),
        ({"loss": 0.1, "burst": 0.5}, "burst: .* at least 1, found 0.5"),
        ({"loss": 0.8, "burst": 2}, "burst: 2 in a row cannot lose 80%.* at least 4"),
        ({"loss": 1, "burst": 2}, "burst: where everything is lost"),
        ({"bandwidth_bps": 0}, "bandwidth: at least 1000"),
    ],
)
def test_a_network_that_cannot_be_is_refused(conditions: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Conditions(**conditions)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=complaint):
        Network.both(**conditions)


def test_an_outage_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at: a number of seconds"):
        Outage(at_s=-1, for_s=1)
    with pytest.raises(ValueError, match="for: a number of seconds"):
        Outage(at_s=1, for_s=float("inf"))
