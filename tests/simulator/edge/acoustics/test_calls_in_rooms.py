"""Calls from rooms: what microphones pick up, what is measured, and what is written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from agentkit.core import Agent, User
from simulator.clock import run
from simulator.edge.acoustics import Acoustics, Echo
from simulator.edge.acoustics.amplify import FULL_SCALE
from simulator.edge.acoustics.conditions import factor
from simulator.edge.acoustics.room import ACROSS_DB
from simulator.edge.network import Conditions, Network
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio
from simulator.media.errors import MediaError
from simulator.media.frames import FRAME_SAMPLES
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

CLIP = "seven-of-clubs"
Play = Callable[[Stage], Awaitable[Any]]


def an_agent(*, edge: Any) -> Agent:
    return Agent(
        edge=edge,
        agent_user=User(id="agent"),
        llm=ScriptedLLM(default="I have a table for two by the window at eight."),
        stt=ScriptedSTT(),
        tts=ScriptedTTS(),
        vad=ScriptedVAD(),
    )


def played(play: Play, seed: int = 0) -> Stage:
    async def go() -> Stage:
        async with CallStage(agent=an_agent) as stage:
            await play(stage)
        return stage

    return run(go(), seed=seed)


def said_in(
    acoustics: Acoustics | None, network: Network | None = None, seed: int = 0
) -> tuple[Stage, np.ndarray, np.ndarray]:
    """Have alice say a clip and the agent answer it; the call, what she sent, and what the agent said."""

    async def play(stage: Stage) -> None:
        alice = await stage.join("alice", network=network, acoustics=acoustics)
        await alice.says(CLIP)
        await stage.wait(5)

    stage = played(play, seed)
    return stage, stem(stage, "alice"), stem(stage, "agent")


def stem(stage: Stage, name: str) -> np.ndarray:
    recording = stage.simulated.recording
    frames = round(recording.duration_s * 50)
    return recording._stems[name].between(0, frames).astype(int)


def voices(stage: Stage) -> list[Any]:
    return [r for r in stage.trace if r.kind.startswith("voice.")]


# -- echo -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0, 1, 959, 960, 5904])
def test_the_agent_is_in_the_microphone_later_to_the_sample_as_it_was_played(delay: int) -> None:
    _, clean, _ = said_in(None)
    _, sent, agent = said_in(Acoustics(echo=Echo(delay / 48_000, -20)))
    echo = np.concatenate([np.zeros(delay, int), agent])[: len(sent)]
    assert agent.any()
    expected = clean[: len(sent)] + np.rint(echo.astype(np.float32) * np.float32(0.1)).astype(int)
    # The last 20 ms of the agent's voice are taken when the call is over, and nobody is there to hear them.
    assert np.array_equal(sent[: -2 * FRAME_SAMPLES], expected[: -2 * FRAME_SAMPLES])


def test_echo_is_of_what_the_person_hears_when_the_agent_reaches_them_late_and_with_gaps() -> None:
    way_down = Conditions(delay_s=0.06, loss=0.1, burst=2)
    stage, sent, agent = said_in(Acoustics(echo=Echo(0.01, 0)), Network(down=way_down))
    _, clean, _ = said_in(None)
    heard = stem(stage, "agent at alice")
    echo = np.concatenate([np.zeros(480, int), heard])[: len(sent)]
    count = len(sent) - 2 * FRAME_SAMPLES
    assert np.array_equal((sent - clean[: len(sent)])[:count], echo[:count])
    assert not np.array_equal(heard[way_down.lag * FRAME_SAMPLES :], agent[: -way_down.lag * FRAME_SAMPLES])


# -- noise and loudness -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", ["restaurant", "restaurant.wav", "pink"])
def test_noise_is_there_from_joining_on(noise: str) -> None:
    _, sent, _ = said_in(Acoustics(noise=noise, snr_db=20))
    frames = sent.reshape(-1, FRAME_SAMPLES)
    assert frames[:-1].any(axis=1).all()


def test_another_seed_hears_another_piece_of_the_noise() -> None:
    noisy = Acoustics(noise="pink", snr_db=20)
    assert np.array_equal(said_in(noisy, seed=1)[1], said_in(noisy, seed=1)[1])
    assert not np.array_equal(said_in(noisy, seed=1)[1], said_in(noisy, seed=2)[1])


def test_gain_is_that_of_the_microphone() -> None:
    _, clean, _ = said_in(None)
    _, sent, _ = said_in(Acoustics(gain_db=-6))
    assert np.array_equal(sent, np.rint(clean.astype(np.float32) * np.float32(factor(-6))).astype(int))


def test_a_muted_microphone_picks_up_nothing() -> None:
    async def play(stage: Stage) -> None:
        alice = await stage.join("alice", acoustics=Acoustics(noise="pink", snr_db=10, echo=Echo(0.1, -10)))
        await stage.wait(0.5)
        alice.mutes()
        await stage.wait(0.5)
        alice.unmutes()
        await stage.wait(0.5)

    sent = stem(played(play), "alice").reshape(-1, FRAME_SAMPLES).any(axis=1)
    assert [n for n, there in enumerate(sent[:74]) if not there] == list(range(25, 50))


def test_a_clip_that_is_broken_off_leaves_the_noise() -> None:
    async def play(stage: Stage) -> None:
        alice = await stage.join("alice", acoustics=Acoustics(noise="pink", snr_db=40))
        alice.starts_saying("ask-not")
        await stage.wait(1)
        alice.stops_talking()
        await stage.wait(1)

    frames = stem(played(play), "alice").reshape(-1, FRAME_SAMPLES)
    assert np.abs(frames[:50]).max() > 5000
    assert 0 < np.abs(frames[50:99]).max() < 300
    assert frames[50:99].any(axis=1).all()


# -- who speaks is told from the voice --------------------------------------------------------------------------------


def test_noise_and_echo_are_not_taken_for_the_voice_of_a_person() -> None:
    loud = Acoustics(noise="restaurant", snr_db=0, echo=Echo(0.1, -3))
    assert voices(said_in(loud)[0]) == voices(said_in(None)[0])


# -- several people in a room -----------------------------------------------------------------------------------------


def test_people_in_one_room_are_in_each_others_microphones() -> None:
    async def play(stage: Stage) -> None:
        for name, room in (("alice", "kitchen"), ("bob", "kitchen"), ("carol", "study")):
            await stage.join(name, acoustics=Acoustics(room=room))
        bob = stage.person("bob")
        bob.mutes()
        await bob.says(CLIP)
        await stage.wait(0.1)

    stage = played(play)
    voice = decode_audio(find_clip(CLIP).path).samples
    across = np.rint(voice * np.float32(factor(ACROSS_DB))).astype(int)
    assert np.array_equal(stem(stage, "alice")[: len(voice)], across)
    assert not stem(stage, "bob").any()
    assert not stem(stage, "carol").any()
    assert [r.source for r in voices(stage) if r.source != "agent"] == []


def test_people_who_speak_at_once_in_a_room_add_up() -> None:
    async def play(stage: Stage) -> None:
        people = [await stage.join(name, acoustics=Acoustics(room="hall")) for name in ("a", "b", "c")]
        for person in people:
            person.starts_saying(CLIP)
        await stage.wait(3)

    stage = played(play)
    voice = decode_audio(find_clip(CLIP).path).samples
    across = np.rint(voice * np.float32(factor(ACROSS_DB))).astype(int)
    assert np.array_equal(
        stem(stage, "b")[: len(voice)], np.clip(voice + 2 * across, -FULL_SCALE, FULL_SCALE)
    )


# -- what is written down ---------------------------------------------------------------------------------------------


def test_what_the_room_is_like_is_written_down_once() -> None:
    stage, _, _ = said_in(Acoustics(noise="pink", snr_db=10, echo=Echo(0.12, -20), gain_db=-6))
    (record,) = stage.trace.select("alice", "acoustics")
    assert record.data == {
        "noise": "pink",
        "snr_db": 10,
        "echo": {"delay_s": 0.12, "gain_db": -20},
        "room": None,
        "gain_db": -6,
        "clipping_db": 0.0,
    }
    assert record is stage.trace.select("alice")[0]


def test_somebody_whose_noise_is_not_there_is_not_let_in() -> None:
    async def play(stage: Stage) -> None:
        with pytest.raises(MediaError, match="no recording called 'nowhere'"):
            stage.person("alice", acoustics=Acoustics(noise="nowhere", snr_db=10))
        await stage.join("alice")

    assert not played(play).trace.select("alice", "acoustics")
