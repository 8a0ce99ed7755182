"""An agent whose model hears and speaks by itself, in calls with people."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.agents.events import AgentTurnEnded
from agentkit.core.agents.spoken_reply import ReplyLimits
from agentkit.core.llm.realtime_events import RealtimeAudioOutputEvent
from agentkit.plugins import silero
from examples.concierge import ANSWERS, EXCURSIONS
from simulator.providers import Hang, ScriptedRealtime, ScriptedSTT, ScriptedTTS, ScriptedVAD, Then

QUEEN = "The Queen of Clubs is our largest suite. It has a balcony, and it is free tonight."
SEVEN = "The Seven of Clubs is a double room on the third floor. It is free until Sunday."
SUING = "I am sorry, I never talk about other guests. Is there anything I can do for you?"

pytestmark = pytest.mark.virtual


def model(**options: Any) -> ScriptedRealtime:
    return ScriptedRealtime(rules=ANSWERS, **options)


def errors(call: Any) -> list[str]:
    return [record.data["error"] for record in call.trace if "error" in record.data]


def decision_to_silence_ms(call: Any) -> float:
    return float(call.metrics().lookup("decision_to_silence.max"))


async def test_a_question_is_answered(calling: Any, turns: Any, said: Any) -> None:
    async with calling(llm=model()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.speaks(within=1.2)
        await call.agent.says(QUEEN, within=10)
        assert turns(call) == [(QUEEN, False)]
        assert said(call) == [("user", "Queen of clubs."), ("assistant", QUEEN)]
        assert errors(call) == []


@pytest.mark.parametrize(
    "options",
    [
        {"user_transcript": 0.0},
        {"user_transcript": 0.5},
        {"user_transcript": 2.5},
        {"late_transcript": True},
        {"response_ids": False},
        {"response_ids": False, "late_transcript": True},
    ],
    ids=str,
)
async def test_the_conversation_is_in_the_order_it_was_held(
    options: dict[str, Any], calling: Any, said: Any
) -> None:
    async with calling(llm=model(**options), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        await alice.says("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert said(call) == [
            ("user", "Queen of clubs."),
            ("assistant", QUEEN),
            ("user", "Seven of clubs."),
            ("assistant", SEVEN),
        ]


async def test_words_told_long_after_the_answer_are_put_before_it(calling: Any, said: Any) -> None:
    async with calling(llm=model(user_transcript=8.0), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        await call.wait(5)
        assert said(call) == [("user", "Queen of clubs."), ("assistant", QUEEN)]


async def test_with_an_stt_beside_the_model_words_are_kept_once(calling: Any, said: Any) -> None:
    async with calling(llm=model(), stt=ScriptedSTT(), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        assert said(call) == [("user", "Queen of clubs."), ("assistant", QUEEN)]


async def test_all_of_an_answer_is_heard_to_the_last_sample(calling: Any) -> None:
    async with calling(llm=model()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.finishes_speaking(within=10)
        (turn,) = call.trace.select(kind="agent.turn_ended")
        sent_s = call.the_agent.llm._sent_s
        assert turn.data["heard_ms"] == pytest.approx(1000 * sent_s, abs=0.1)


# -- interruption -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("detector", [silero.VAD, ScriptedVAD])
async def test_a_voice_that_lasts_interrupts(
    detector: Any, ids: bool, calling: Any, turns: Any, said: Any
) -> None:
    llm = model(response_ids=ids)
    async with calling(llm=llm, vad=detector()) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(2)
        barge_in = alice.starts_saying("are-they-suing.wav")
        await call.agent.falls_silent(within=0.8, of=barge_in)
        await call.agent.says(SUING, within=10)
        (cut, answer) = turns(call)
        assert cut[1]
        assert EXCURSIONS.startswith(cut[0])
        assert 0 < len(cut[0]) < 60
        assert answer == (SUING, False)
        assert said(call) == [
            ("user", "Go somewhere and do something."),
            ("assistant", cut[0]),
            ("user", "Aren't they suing him?"),
            ("assistant", SUING),
        ]
        assert llm.interrupts == 1
        assert decision_to_silence_ms(call) <= 20
        assert errors(call) == []


async def test_the_model_may_tell_that_people_speak(calling: Any, turns: Any) -> None:
    async with calling(llm=model(turn_events=True)) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(2)
        barge_in = alice.starts_saying("are-they-suing.wav")
        await call.agent.falls_silent(within=0.4, of=barge_in)
        await call.agent.says(SUING, within=10)
        assert [interrupted for _, interrupted in turns(call)] == [True, False]


async def test_a_model_that_never_tells_when_people_have_finished_is_heard_to_the_end(
    calling: Any, turns: Any
) -> None:
    class TellsBeginnings(ScriptedRealtime):
        def _emit_turn_ended_event(self, *args: Any, **kwargs: Any) -> None:
            """Not this one."""

    async with calling(llm=TellsBeginnings(rules=ANSWERS, turn_events=True)) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        await alice.says("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert turns(call) == [(QUEEN, False), (SEVEN, False)]


async def test_a_cough_does_not_interrupt(calling: Any, turns: Any) -> None:
    async with calling(llm=model(), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(2)
        await alice.says("huff.wav")
        await call.agent.says(QUEEN, within=10)
        assert call.trace.select(kind="agent.yielded") == []


async def test_with_an_stt_a_false_interruption_is_resumed(calling: Any, turns: Any) -> None:
    async with calling(llm=model(), stt=ScriptedSTT(), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(2)
        voice = alice.starts_saying("seven-of-clubs.wav")
        await call.wait(0.52)
        alice.stops_talking()
        await call.agent.falls_silent(within=0.8, of=voice)
        await call.agent.says(QUEEN, within=10)
        assert len(call.trace.select(kind="agent.resumed")) == 1
        assert turns(call) == [(QUEEN, False)]


@pytest.mark.parametrize("ids", [True, False], ids=["named", "unnamed"])
async def test_what_a_model_sends_after_it_was_interrupted_is_not_heard(
    ids: bool, calling: Any, turns: Any, said: Any
) -> None:
    llm = model(response_ids=ids, ignores_interrupt=True, realtime_factor=6.0 if ids else 15.0)
    async with calling(llm=llm, vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(1)
        barge_in = alice.starts_saying("are-they-suing.wav")
        await call.agent.falls_silent(within=0.8, of=barge_in)
        await call.agent.says(SUING, within=10)
        assert [text for text, _ in turns(call)][1:] == [SUING]
        assert [content for _, content in said(call)][3:] == [SUING]


async def test_a_named_response_that_goes_on_for_long_never_comes_back(
    calling: Any, turns: Any, said: Any
) -> None:
    llm = model(ignores_interrupt=True, realtime_factor=1.5, late_transcript=True)
    llm._voice = asyncio.Semaphore(2)  # the answer does not wait until the old response has been sent
    async with calling(llm=llm, vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(1)
        barge_in = alice.starts_saying("are-they-suing.wav")
        await call.agent.falls_silent(within=0.8, of=barge_in)
        await call.agent.says("*", within=12)
        await call.wait(15)
        assert [interrupted for _, interrupted in turns(call)] == [True, False]
        assert EXCURSIONS not in [content for _, content in said(call)]


async def test_a_late_end_of_a_cut_response_does_not_cut_the_next(calling: Any, turns: Any) -> None:
    llm = model(stop_latency=3.5, realtime_factor=1.2, late_transcript=True)
    llm._voice = asyncio.Semaphore(2)
    async with calling(llm=llm, vad=silero.VAD()) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(1)
        alice.starts_saying("are-they-suing.wav")
        await call.agent.says(SUING, within=12)
        assert [interrupted for _, interrupted in turns(call)] == [True, False]


async def test_a_model_that_answers_in_the_middle_of_a_sentence_is_not_heard(
    calling: Any, turns: Any
) -> None:
    async with calling(llm=model(), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        sentence = alice.starts_saying("superlative-degree.wav")
        await call.wait(0.5)
        await call.the_agent.llm.simple_response("queen of clubs?")
        await call.agent.stays_silent(for_=3.2, of=sentence)
        await call.agent.says("Then only the Queen of Clubs *", within=10)
        assert len(turns(call)) == 1


async def test_a_model_that_answers_a_moment_too_early_is_heard_a_moment_later(
    calling: Any, turns: Any
) -> None:
    async with calling(llm=model(endpointing_s=5.0), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        question = alice.starts_saying("queen-of-clubs.wav")
        await call.wait(0.85 - 0.3)
        await call.the_agent.llm.simple_response("queen of clubs?")
        await call.agent.stays_silent(for_=1.0, of=question)
        await call.agent.speaks(within=0.5)
        await call.agent.says(QUEEN, within=10)
        assert turns(call) == [(QUEEN, False)]


async def test_one_persons_silence_does_not_bring_back_what_another_cut(calling: Any, turns: Any) -> None:
    llm = model(response_ids=False, ignores_interrupt=True, realtime_factor=1.2)
    async with calling(llm=llm, vad=silero.VAD()) as call:
        alice, bob = await call.join("alice"), await call.join("bob")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(1)
        barge_in = alice.starts_saying("superlative-degree.wav")
        await call.agent.falls_silent(within=0.8, of=barge_in)
        await bob.says("okay.wav")
        await call.agent.stays_silent(for_=1.5)
        assert call.trace.select(kind="agent.reply_cancelled") == []


# -- several responses ------------------------------------------------------------------------------------------


async def test_a_second_response_waits_until_the_first_was_heard(calling: Any, turns: Any) -> None:
    async with calling(llm=model()) as call:
        alice, bob = await call.join("alice"), await call.join("bob")
        alice.starts_saying("queen-of-clubs.wav")
        await bob.says("seven-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        await call.agent.says(SEVEN, within=10)
        assert turns(call) == [(QUEEN, False), (SEVEN, False)]


async def test_the_agent_may_ask_its_model_to_say_something(calling: Any, turns: Any, said: Any) -> None:
    llm = ScriptedRealtime(rules={"greet*": "Good evening, Alice."})
    async with calling(llm=llm) as call:
        await call.join("alice")
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert (spoken.heard_text, spoken.interrupted) == ("Good evening, Alice.", False)
        assert turns(call) == [("Good evening, Alice.", False)]
        assert said(call) == [("assistant", "Good evening, Alice.")]


async def test_a_prompt_that_the_model_refuses_is_reported_and_over(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(rules={"*clubs*": QUEEN})
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert (spoken.heard_text, spoken.interrupted) == ("", False)
        assert len(errors(call)) == 1
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)


async def test_the_answer_to_a_prompt_that_was_taken_back_is_not_heard(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(
        rules={"greet*": "Good evening."} | ANSWERS, first_audio=1.0, ignores_interrupt=True
    )
    async with calling(llm=llm, vad=silero.VAD()) as call:
        alice = await call.join("alice")
        prompt = asyncio.ensure_future(call.the_agent.simple_response("Greet Alice."))
        await call.wait(0.5)
        call.the_agent.interrupt()
        assert (await prompt).interrupted
        await call.agent.stays_silent(for_=3)
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        assert turns(call) == [(QUEEN, False)]


async def test_a_prompt_after_an_interruption_is_answered(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(rules={"greet*": "Good evening."} | ANSWERS, response_ids=False)
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        await call.wait(1)
        call.the_agent.interrupt()
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert spoken.heard_text == "Good evening."
        assert [interrupted for _, interrupted in turns(call)] == [True, False]


async def test_the_agent_may_say_something_in_a_voice_of_its_own(calling: Any, turns: Any) -> None:
    async with calling(llm=model(), tts=ScriptedTTS()) as call:
        alice = await call.join("alice")
        alice.starts_saying("queen-of-clubs.wav")
        await call.wait(1.6)
        spoken = await call.the_agent.say("One moment please, I am looking it up.")
        assert not spoken.interrupted
        await call.agent.says(QUEEN, within=10)
        assert turns(call) == [("One moment please, I am looking it up.", False), (QUEEN, False)]


async def test_without_a_voice_of_its_own_it_cannot(calling: Any) -> None:
    async with calling(llm=model()) as call:
        await call.join("alice")
        with pytest.raises(RuntimeError, match="give the agent tts"):
            await call.the_agent.say("One moment please.")


async def test_what_the_agent_says_itself_can_be_interrupted(calling: Any, turns: Any) -> None:
    async with calling(llm=model(), tts=ScriptedTTS(), vad=silero.VAD()) as call:
        alice = await call.join("alice")
        notice = asyncio.ensure_future(call.the_agent.say(EXCURSIONS))
        await call.agent.speaks(within=1)
        await call.wait(1)
        await alice.says("queen-of-clubs.wav")
        assert (await notice).interrupted
        await call.agent.says(QUEEN, within=10)
        assert [interrupted for _, interrupted in turns(call)] == [True, False]


async def ask_while_it_speaks(call: Any) -> None:
    """Alice gets a long answer, and the model has another one ready for her."""
    alice = await call.join("alice")
    await alice.says("do-something.wav")
    await call.agent.speaks(within=1.5)
    await call.wait(5)
    await call.the_agent.llm.simple_response("queen of clubs?")
    await call.wait(2)


async def test_what_was_ready_for_whoever_interrupts_is_given_up_too(calling: Any, turns: Any) -> None:
    async with calling(llm=model(realtime_factor=20.0), vad=silero.VAD()) as call:
        await ask_while_it_speaks(call)
        await call.join("bob")
        call.simulated.people["alice"].start_saying("are-they-suing.wav")
        await call.agent.says(SUING, within=10)
        await call.agent.stays_silent(for_=3)
        assert [text for text, _ in turns(call)][1:] == [SUING]


async def test_what_was_ready_is_heard_when_the_agent_cuts_itself_short(calling: Any, turns: Any) -> None:
    async with calling(llm=model(realtime_factor=20.0)) as call:
        await ask_while_it_speaks(call)
        call.the_agent.interrupt()
        await call.agent.says(QUEEN, within=10)
        assert [interrupted for _, interrupted in turns(call)] == [True, False]


async def test_a_prompt_waits_until_the_model_has_stopped(calling: Any, turns: Any) -> None:
    class StopsEverything(ScriptedRealtime):
        async def interrupt(self) -> None:
            await super().interrupt()
            await asyncio.sleep(0.5)
            for response in self._speaking:
                response.stopped = True

    llm = StopsEverything(rules={"greet*": "Good evening, Alice, and welcome."} | ANSWERS)
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        call.the_agent.interrupt()
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert spoken.heard_text == "Good evening, Alice, and welcome."


async def test_a_prompt_may_take_as_long_as_its_answer(calling: Any, turns: Any) -> None:
    class ReturnsWhenDone(ScriptedRealtime):
        async def simple_response(self, *args: Any, **kwargs: Any) -> Any:
            response = await super().simple_response(*args, **kwargs)
            await asyncio.gather(*self._answering)
            return response

    llm = ReturnsWhenDone(default=QUEEN, realtime_factor=1.0)
    async with calling(llm=llm, reply_limits=ReplyLimits(llm_s=1.0)) as call:
        await call.join("alice")
        spoken = await call.the_agent.simple_response("Tell Alice about the Queen.")
        assert spoken.heard_text == QUEEN
        assert errors(call) == []


async def test_a_prompt_that_is_never_answered_is_over_in_time(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(rules={"greet*": Hang()} | ANSWERS)
    async with calling(llm=llm, reply_limits=ReplyLimits(llm_s=3.0)) as call:
        alice = await call.join("alice")
        assert (await call.the_agent.simple_response("Greet Alice.")).heard_text == ""
        assert errors(call) == ["TimeoutError: no answer for 3 s"]
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)


async def test_a_prompt_that_was_taken_back_is_waited_for_no_longer(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(rules={"greet*": Hang()})
    async with calling(llm=llm, reply_limits=ReplyLimits(llm_s=3.0)) as call:
        await call.join("alice")
        prompt = asyncio.ensure_future(call.the_agent.simple_response("Greet Alice."))
        await call.wait(1)
        call.the_agent.interrupt()
        assert (await prompt).interrupted
        await call.wait(5)
        assert errors(call) == []


async def test_a_prompt_whose_connection_is_lost_is_over(calling: Any, turns: Any) -> None:
    llm = ScriptedRealtime(default=QUEEN, first_audio=5.0)
    async with calling(llm=llm) as call:
        await call.join("alice")
        prompt = asyncio.ensure_future(call.the_agent.simple_response("Greet Alice."))
        await call.wait(1)
        llm._lose_connection()
        spoken = await asyncio.wait_for(prompt, 0.1)
        assert (spoken.heard_text, spoken.interrupted) == ("", False)


# -- models that misbehave ----------------------------------------------------------------------------------------


async def test_a_lost_connection_ends_the_response_and_another_is_made(calling: Any, turns: Any) -> None:
    async with calling(llm=model(disconnects_after_s=1.0)) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.finishes_speaking(within=5)
        (partly,) = turns(call)
        assert QUEEN.startswith(partly[0])
        assert partly[0] != QUEEN
        await alice.says("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert len(call.trace.select(kind="realtime.connected")) == 2


async def test_a_connection_is_tried_for_again(calling: Any, turns: Any) -> None:
    class HardToReach(ScriptedRealtime):
        attempts = 0

        async def connect(self) -> None:
            self.attempts += 1
            if self.attempts in (2, 3):
                raise ConnectionError("no route to host")
            await super().connect()

    llm = HardToReach(rules=ANSWERS, disconnects_after_s=1.0)
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.wait_for("realtime.disconnected", within=10)
        await call.wait(4)
        await alice.says("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert llm.attempts == 4
        assert errors(call).count("ConnectionError: no route to host") == 2


async def test_a_response_that_breaks_off_is_over_when_it_was_played(calling: Any, turns: Any) -> None:
    answers = ["Hello there.", Then("The red", ConnectionError("reset")), "The blue one."]
    async with calling(llm=ScriptedRealtime(answers)) as call:
        alice = await call.join("alice")
        for heard in ("Hello there.", "The red", "The blue one."):
            await alice.says("queen-of-clubs.wav")
            await call.agent.says(heard, within=6)
        assert "ConnectionError: reset" in errors(call)


@pytest.mark.parametrize("ids", [True, False], ids=["named", "unnamed"])
async def test_a_model_that_never_tells_when_it_is_done_is_heard_turn_by_turn(
    ids: bool, calling: Any, turns: Any
) -> None:
    class NeverDone(ScriptedRealtime):
        def _emit_audio_output_done_event(self, *args: Any, **kwargs: Any) -> None:
            """Not this one."""

    async with calling(llm=NeverDone(rules=ANSWERS, response_ids=ids)) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        await alice.says("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert turns(call) == [(QUEEN, False), (SEVEN, False)]
        assert errors(call) == []


async def test_text_without_sound_keeps_nobody_waiting(calling: Any, turns: Any) -> None:
    async with calling(llm=model()) as call:
        alice = await call.join("alice")
        call.the_agent.llm._emit_agent_speech_transcription("Hm, ")
        await alice.says("queen-of-clubs.wav")
        await call.agent.finishes_speaking(within=10)
        assert len(turns(call)) == 1


@pytest.mark.parametrize("garbage", [None, b"\x00\x01", 42, np.zeros(10)], ids=repr)
async def test_garbage_in_place_of_sound_is_reported(garbage: Any, calling: Any, turns: Any) -> None:
    async with calling(llm=model()) as call:
        alice = await call.join("alice")
        call.the_agent.llm._emit_audio_output_event(garbage)
        assert len(errors(call)) == 1
        await call.wait(1.5)
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)


async def test_a_model_that_never_says_done_takes_prompts_after_an_interruption(
    calling: Any, turns: Any
) -> None:
    class NeverDone(ScriptedRealtime):
        def _emit_audio_output_done_event(self, *args: Any, **kwargs: Any) -> None:
            """Not this one."""

    llm = NeverDone(rules={"greet*": "Good evening."} | ANSWERS, response_ids=False)
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        call.the_agent.interrupt()
        spoken = await call.the_agent.simple_response("Greet Alice.")
        assert spoken.heard_text == "Good evening."


async def test_sound_of_an_earlier_epoch_is_stale_whatever_its_name(calling: Any, turns: Any) -> None:
    llm = model()
    async with calling(llm=llm) as call:
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=1.5)
        call.the_agent.interrupt()
        await call.wait(1)
        sound = PcmData(24000, "s16", np.full(24000, 5000, np.int16))
        llm.events.send(RealtimeAudioOutputEvent(data=sound, response_id="another", epoch=llm.epoch - 1))
        await call.agent.stays_silent(for_=2)


async def test_a_transcript_told_when_all_was_heard_is_kept_whole(calling: Any, said: Any) -> None:
    class Pensive(ScriptedRealtime):
        def _emit_agent_speech_transcription(self, text: str, original: Any = None) -> None:
            tell = super()._emit_agent_speech_transcription
            asyncio.get_running_loop().call_later(8, tell, text, original)

    async with calling(llm=Pensive(rules=ANSWERS, late_transcript=True)) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.finishes_speaking(within=10)
        await call.wait(5)
        assert said(call) == [("user", "Queen of clubs."), ("assistant", QUEEN)]
        assert all(message.complete for message in call.conversation.messages)


async def test_whoever_hangs_up_on_hearing_of_an_interruption_has_the_last_word(calling: Any) -> None:
    async with calling(llm=model(), tts=ScriptedTTS()) as call:
        agent = call.the_agent
        await call.join("alice")
        agent.events.tap(lambda event: call.simulated.end(), AgentTurnEnded)
        first = asyncio.ensure_future(agent.say("One two three four."))
        second = asyncio.ensure_future(agent.say("Five six."))
        await call.agent.speaks(within=1)
        agent.interrupt()
        assert (await first).interrupted
        assert (await second).heard_text == ""


async def test_a_connection_that_is_reported_lost_twice_is_made_once(calling: Any) -> None:
    class Slow(ScriptedRealtime):
        attempts = 0

        async def connect(self) -> None:
            self.attempts += 1
            await asyncio.sleep(0.5)
            await super().connect()

    llm = Slow(rules=ANSWERS)
    async with calling(llm=llm) as call:
        await call.join("alice")
        for _ in range(2):
            llm._emit_disconnected_event("reset", was_clean=False)
        await call.wait(3)
        assert llm.attempts == 2  # the first was when the agent joined
        assert llm.connected
