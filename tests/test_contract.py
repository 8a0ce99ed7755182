"""The interruption contract, line by line, as somebody in a call would notice it.

The scenarios in ``scenarios/barge_in`` guard the same nine lines; these tests look closer, at the sound and at what the
agent's own code is told.
"""

from __future__ import annotations

import asyncio
import wave
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examples import announcer, receptionist
from simulator.providers import ScriptedLLM
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.people import PersonVerbs

FRAME_MS = 20


async def being_told_at_length(call: Stage) -> PersonVerbs:
    """Alice is in the call and has asked for something that takes the agent half a minute to tell."""
    alice = await call.join("alice")
    await alice.says("do-something")
    await call.agent.speaks(within=4)
    return alice


def sound_of_agent(call: Stage, folder: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    """What was heard of the agent in the call so far, without the silence."""
    call.simulated.recording.write(folder)
    with wave.open(str(folder / "stems" / "agent.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    frames = samples.reshape(-1, 960)
    return frames[frames.any(axis=1)].reshape(-1)


def turns(call: Stage) -> list[dict[str, Any]]:
    """The turns of the agent that have ended."""
    return [record.data for record in call.trace.select(kind="agent.turn_ended")]


class TestSilentFirst:
    @pytest.mark.agent("examples.barge_in:slow_to_stop")
    async def test_there_is_silence_while_the_voice_provider_is_still_stopping(self, call: Stage) -> None:
        alice = await being_told_at_length(call)
        await call.wait(2)
        barge_in = alice.starts_saying("are-they-suing")
        await call.agent.falls_silent(within=0.35, of=barge_in)
        assert call.metrics().decision_to_silence_ms.max <= FRAME_MS

    @pytest.mark.agent("examples.barge_in:slow_to_stop")
    async def test_a_program_that_interrupts_is_obeyed_within_a_frame(self, call: Stage) -> None:
        await being_told_at_length(call)
        await call.wait(1.005)
        now = call.trace.now_ns()
        call.the_agent.interrupt()
        silence = await call.agent.falls_silent()
        assert silence.at_ns - now <= FRAME_MS * 1_000_000

    @pytest.mark.agent("examples.barge_in:slow_to_stop")
    async def test_a_provider_that_takes_too_long_is_left_behind_and_reported(self, call: Stage) -> None:
        alice = await being_told_at_length(call)
        await alice.says("are-they-suing")
        await call.wait(0.5)
        (error,) = (record for record in call.trace.select(source="agent") if "error" in record.data)
        assert "took longer than 1 s" in error.data["error"]


class TestHeardNotQueued:
    @pytest.mark.agent("examples.barge_in:quick_voice")
    async def test_saying_something_takes_as_long_as_hearing_it(self, call: Stage) -> None:
        await call.join("alice")
        began = call.trace.now_ns()
        spoken = await call.the_agent.say("One moment, please. I shall see whether there is a room for you.")
        (turn,) = turns(call)
        assert spoken.heard_text == spoken.text
        assert not spoken.interrupted
        assert (call.trace.now_ns() - began) / 1e6 >= turn["heard_ms"] > 3000

    @pytest.mark.agent("examples.barge_in:quick_voice")
    async def test_what_a_turn_says_was_heard_is_what_was_heard(self, call: Stage, tmp_path: Path) -> None:
        alice = await being_told_at_length(call)
        await call.wait(2)
        barge_in = alice.starts_saying("are-they-suing")
        await call.agent.falls_silent(of=barge_in)
        (turn,) = turns(call)
        heard_ms = 1000 * len(sound_of_agent(call, tmp_path)) / 48_000
        assert turn["heard_ms"] == pytest.approx(heard_ms, abs=FRAME_MS)


@pytest.mark.agent("examples.concierge:create_agent")
class TestTheConversationKeepsWhatWasHeard:
    async def test_the_model_is_not_told_that_it_said_what_nobody_heard(self, call: Stage) -> None:
        alice = await being_told_at_length(call)
        await call.wait(2)
        await alice.says("are-they-suing")
        await call.wait_for("llm.request_started", within=2)
        assert isinstance(call.the_agent.llm, ScriptedLLM)
        *_, mine, _ = call.the_agent.llm.requests[-1].messages
        assert mine["role"] == "assistant"
        assert mine["content"] == turns(call)[0]["heard_text"] == "There is a great deal to do here."

    async def test_an_answer_of_which_nothing_was_heard_was_never_given(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        await call.wait_for("tts.synthesis_started", within=2)
        call.the_agent.interrupt()
        await call.wait(1)
        assert call.conversation is not None
        assert [message.role for message in call.conversation.messages] == ["user"]


class TestNoGhosts:
    @pytest.mark.agent("examples.unstoppable:unstoppable_voice")
    async def test_every_turn_ends_once_however_often_it_is_interrupted(self, call: Stage) -> None:
        alice = await being_told_at_length(call)
        for _ in range(3):
            await call.wait(1)
            await alice.says("do-something")
            await call.agent.speaks(within=4)
        call.the_agent.interrupt()
        await call.wait(5)
        started = Counter(record.data["epoch"] for record in call.trace.select(kind="agent.turn_started"))
        ended = Counter(turn["epoch"] for turn in turns(call))
        assert started == ended
        assert set(ended.values()) == {1}
        assert len(ended) == 4

    @pytest.mark.agent("examples.unstoppable:unstoppable_model")
    async def test_an_agent_that_was_silenced_stays_silent(self, call: Stage) -> None:
        await being_told_at_length(call)
        call.the_agent.interrupt()
        await call.agent.falls_silent()
        await call.agent.stays_silent(10)


@pytest.mark.agent("examples.concierge:create_agent")
class TestOnlyRealInterruptions:
    @pytest.mark.parametrize("clip", ["huff", "hmm", "okay"])
    async def test_sounds_of_a_listener_leave_no_gap_in_the_answer(self, call: Stage, clip: str) -> None:
        alice = await being_told_at_length(call)
        for _ in range(5):
            await call.wait(0.9)
            await alice.says(clip)
        assert not call.trace.select(kind="agent.yielded")
        assert call.metrics().agent_turns == 1

    async def test_after_a_false_interruption_the_sound_goes_on_as_if_nothing_had_happened(
        self, call: Stage, tmp_path: Path
    ) -> None:
        alice = await call.join("alice")
        answers: list[np.ndarray[Any, np.dtype[np.int16]]] = []
        for interrupted in (False, True):
            await alice.says("queen-of-clubs")
            await call.agent.speaks(within=2)
            await call.wait(1.5)
            if interrupted:
                voice = alice.starts_saying("seven-of-clubs")
                await call.wait(0.5)
                alice.stops_talking()
                await call.agent.falls_silent(within=0.8, of=voice)
            await call.agent.finishes_speaking()
            await call.wait(0.5)
            answers.append(sound_of_agent(call, tmp_path))
        whole, both = answers
        assert call.metrics().false_interruptions == 1
        np.testing.assert_array_equal(both[len(whole) :], whole)

    async def test_a_protected_sentence_is_heard_whole_and_its_author_is_told_so(self, call: Stage) -> None:
        alice = await call.join("alice")
        notice = asyncio.ensure_future(call.the_agent.say(receptionist.NOTICE, interruptible=False))
        await call.wait(1)
        await alice.says("are-they-suing")
        spoken = await notice
        assert (spoken.heard_text, spoken.interrupted) == (receptionist.NOTICE, False)


@pytest.mark.agent("examples.concierge:create_agent")
class TestFairInCompany:
    async def test_everybody_who_asked_is_answered_in_turn(self, call: Stage) -> None:
        bob, carol = await call.join("bob"), await call.join("carol")
        alice = await being_told_at_length(call)
        barge_in = alice.starts_saying("superlative-degree")
        await call.agent.falls_silent(within=0.5, of=barge_in)
        await bob.says("ten-of-clubs")
        await carol.says("seven-of-clubs")
        for words in ("*Queen of Clubs*", "*Ten of Clubs*", "*Seven of Clubs is*"):
            await call.agent.says(words, within=12)
        asked = [record.data for record in call.trace.select(kind="agent.user_turn_ended")]
        assert [(turn["participant"], turn["text"]) for turn in asked[1:]] == [
            ("alice", "And you always want to see it in the superlative degree."),
            ("bob", "Ten of clubs."),
            ("carol", "Seven of clubs."),
        ]

    async def test_the_agent_yields_to_the_first_and_only_once(self, call: Stage) -> None:
        bob = await call.join("bob")
        alice = await being_told_at_length(call)
        alice.starts_saying("superlative-degree")
        await call.wait(0.2)
        await bob.says("ten-of-clubs")
        (yielded,) = call.trace.select(kind="agent.yielded")
        assert yielded.data["participant"] == "alice"


class TestNothingKillsTheCall:
    @pytest.mark.agent("examples.bad_day:broken_processor")
    async def test_trouble_that_comes_with_every_sound_is_told_once_a_second(self, call: Stage) -> None:
        await being_told_at_length(call)
        await call.wait(5 - call.trace.now_ns() / 1e9)
        assert len(call.trace.select(kind="exception")) == 5

    @pytest.mark.agent("examples.bad_day:broken_handler")
    async def test_a_broken_handler_gets_the_next_event_all_the_same(self, call: Stage) -> None:
        alice = await call.join("alice")
        for number in (1, 2, 3):
            await alice.says("queen-of-clubs")
            await call.agent.says("The Queen of Clubs*", within=10)
            assert len(call.trace.select(kind="exception")) == number

    @pytest.mark.agent("examples.bad_day:lost_for_words")
    async def test_an_answer_that_failed_leaves_nothing_behind(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        await call.wait_for("llm.error", within=3)
        await call.agent.stays_silent(3)
        assert call.conversation is not None
        assert [message.role for message in call.conversation.messages] == ["user"]


class TestBargeInWithoutATurnDetector:
    @pytest.mark.agent("examples.barge_in:words_only")
    async def test_the_first_word_that_is_understood_silences_the_agent(self, call: Stage) -> None:
        alice = await being_told_at_length(call)
        await call.wait(1)
        now = call.trace.now_ns()
        alice.starts_saying("are-they-suing")
        word = await call.wait_for("stt.partial_transcript", within=1)
        silence = await call.agent.falls_silent()
        assert now < word.at_ns <= silence.at_ns <= word.at_ns + FRAME_MS * 1_000_000

    @pytest.mark.agent("examples.announcer:create_agent")
    async def test_a_voice_ends_an_announcement_and_its_author_is_told(self, call: Stage) -> None:
        alice = await call.join("alice")
        await call.agent.speaks(within=1)
        await call.wait(2)
        barge_in = alice.starts_saying("go-forward")
        await call.agent.falls_silent(within=0.7, of=barge_in)
        (turn,) = turns(call)
        assert turn["interrupted"]
        assert turn["participant"] == "alice"
        assert announcer.ANNOUNCEMENT.startswith(turn["heard_text"])


@pytest.mark.agent("examples.barge_in:eager")
class TestEagerTurns:
    async def test_a_guess_that_was_right_saves_the_delay_of_model_and_voice(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        await call.agent.speaks(within=2)
        (certain,) = call.trace.select(kind="turn.ended")[1:]
        (turn,) = call.trace.select(kind="agent.turn_started")
        assert 0 <= turn.t_ns - certain.t_ns <= FRAME_MS * 1_000_000

    async def test_a_guess_that_was_wrong_is_neither_heard_nor_remembered(self, call: Stage) -> None:
        john = await call.join("john")
        await john.says("ask-not")
        assert call.trace.select(kind="agent.reply_cancelled")
        assert not call.trace.select(source="agent", kind="voice.started")
        assert call.conversation is not None
        assert call.conversation.messages == []
