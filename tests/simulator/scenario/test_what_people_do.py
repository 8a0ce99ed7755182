"""What people do besides speaking: keys, chat, coughs, and talking without end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import Agent
from agentkit.core.edge.events import AudioReceivedEvent
from examples import concierge
from simulator.edge.acoustics import Acoustics
from simulator.edge.errors import CallError
from simulator.media.dtmf import HIGH_HZ, KEYS, LOW_HZ, PAUSE_S, TONE_S, tones
from simulator.providers import ScriptedLLM
from simulator.scenario import load_scenario
from simulator.scenario.model.parts import parse_keys
from simulator.scenario.playing.runner import run_scenario
from simulator.scenario.playing.stage import Stage

pytestmark = pytest.mark.agent("examples.concierge:create_agent")
RATE = 48_000


def power(samples: np.ndarray[Any, Any], hz: float) -> float:
    """Of one frequency, as a receiver measures it (Goertzel's algorithm, written as a sum)."""
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / RATE)
    return float(np.abs(samples.astype(np.float64) @ wave) / len(samples))


def recognised(sound: np.ndarray[Any, Any]) -> str:
    """The keys that a receiver makes of the sound."""
    period, tone = round((TONE_S + PAUSE_S) * RATE), round(TONE_S * RATE)
    keys = ""
    for start in range(0, len(sound), period):
        piece = sound[start : start + tone]
        low = max(range(4), key=lambda n: power(piece, LOW_HZ[n]))
        high = max(range(4), key=lambda n: power(piece, HIGH_HZ[n]))
        keys += KEYS[low][high]
    return keys


@given(keys=st.text("0123456789ABCD*#", min_size=1, max_size=32))
def test_a_receiver_recognises_the_keys(keys: str) -> None:
    sound = tones(parse_keys(keys))
    assert recognised(sound) == keys
    assert len(sound) == round(RATE * (len(keys) * TONE_S + (len(keys) - 1) * PAUSE_S))
    assert np.abs(sound.astype(int)).max() < 0.6 * 32767


@pytest.mark.parametrize("low", range(4))
def test_both_sines_of_a_key_are_as_loud_and_nothing_else_is_near(low: int) -> None:
    for high, key in enumerate(KEYS[low]):
        sound = tones(key)
        two = power(sound, LOW_HZ[low]), power(sound, HIGH_HZ[high])
        others = [power(sound, hz) for hz in (*LOW_HZ, *HIGH_HZ) if hz not in (LOW_HZ[low], HIGH_HZ[high])]
        assert max(two) / min(two) < 1.12  # 1 dB of twist
        assert max(others) < min(two) / 10


@pytest.mark.parametrize("keys", ["", "12x", "1 2", "1" * 33])
def test_what_no_telephone_has_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="no keys of a telephone"):
        parse_keys(keys)


@pytest.mark.parametrize(
    "room", [None, Acoustics(), Acoustics(gain_db=-6), Acoustics(noise="pink", snr_db=10)], ids=str
)
async def test_the_agent_hears_the_tones(room: Acoustics | None, call: Stage) -> None:
    heard: list[Any] = []
    call.edge.events.tap(lambda event: heard.append(event.pcm_data), AudioReceivedEvent)
    alice = await call.join("alice", acoustics=room)
    await call.wait(0.11)
    pressed = await alice.presses("42#")
    assert pressed.at_ns == 120_000_000
    assert call.trace.now_ns() == 120_000_000 + 500_000_000
    await call.wait(0.1)
    sound = np.concatenate([pcm.samples for pcm in heard])
    start = round(0.12 * RATE)
    assert recognised(sound[start : start + len(tones("42#"))]) == "42#"


async def test_keys_cannot_be_pressed_by_who_is_not_there_or_speaks(call: Stage) -> None:
    alice = call.person("alice")
    with pytest.raises(CallError, match="nobody would hear"):
        await alice.presses("1")
    alice.joins()
    alice.starts_saying("okay")
    with pytest.raises(ValueError, match="stop the first one"):
        await alice.presses("1")


async def test_a_cough_is_heard_and_is_no_word(call: Stage) -> None:
    alice = await call.join("alice")
    await alice.coughs()
    await call.wait(2)
    assert call.trace.select("alice", "voice.started")
    assert not call.trace.select(kind="stt.partial_transcript")


async def test_who_keeps_talking_says_it_again_until_the_time_is_over(call: Stage) -> None:
    alice = await call.join("alice")
    alice.keeps_talking("queen-of-clubs", for_=3)
    await call.wait(5)
    says, said = call.trace.select("alice", "says"), call.trace.select("alice", "said")
    assert len(says) == 3  # of 1.15 s each
    assert [r.data.get("cut", False) for r in said] == [False, False, True]
    assert said[-1].at_ns == 3_000_000_000


@pytest.mark.parametrize("ends", ["stops_talking", "leaves"])
async def test_who_is_stopped_does_not_begin_again(ends: str, call: Stage) -> None:
    alice = await call.join("alice")
    alice.keeps_talking("queen-of-clubs", for_=30)
    await call.wait(2)
    getattr(alice, ends)()
    await call.wait(3)
    assert len(call.trace.select("alice", "says")) == 2


def test_who_keeps_talking_when_the_call_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(
        "people: {alice: {}}\nscript:\n  - alice: joins\n  - alice: keeps talking okay\n    for: 30s\n  - wait: 1s\n"
    )
    first = run_scenario(load_scenario(file), agent="examples.concierge:create_agent")
    assert first.passed
    assert run_scenario(load_scenario(file), agent="examples.concierge:create_agent").digest == first.digest


class TestChat:
    @pytest.fixture
    def model(self) -> ScriptedLLM:
        return ScriptedLLM(default="Very well.")

    @pytest.fixture
    def agentkit_agent(self, model: ScriptedLLM) -> Callable[..., Any]:
        async def create(**parts: Any) -> Agent:
            return await concierge.create_agent(**parts, llm=model)

        return create

    async def test_the_model_is_given_what_was_typed_before_it_is_asked(
        self, call: Stage, model: ScriptedLLM
    ) -> None:
        alice = await call.join("alice")
        alice.types("My name is Alys.")
        await alice.says("okay")
        await call.agent.finishes_speaking(within=10)
        assert {"role": "user", "content": "My name is Alys."} in model.requests[0].messages
        assert call.conversation is not None
        assert (call.conversation.messages[0].content, call.conversation.messages[0].user_id) == (
            "My name is Alys.",
            "alice",
        )

    async def test_nobody_writes_before_joining(self, call: Stage) -> None:
        with pytest.raises(CallError, match="before joining"):
            call.person("alice").types("hello")
