"""Conversations, told as scripts, and what the floor makes of each.

`Conversation` keeps the clock, fires the timers the floor asks for, and writes down what the floor decides:

    2.25 silent 1 (alice)       not another sample of reply 1, because of alice
"""

from __future__ import annotations

from typing import Any, Self

import pytest

from agentkit.core.turns import Floor, Signals, TurnPolicy
from agentkit.core.turns.actions import (
    Action,
    CancelReply,
    ClearTimer,
    ConfirmReply,
    GoSilent,
    Resume,
    SetTimer,
    StartReply,
)
from agentkit.core.turns.inputs import (
    AudioFinished,
    AudioStarted,
    FinalTranscript,
    Input,
    InterruptRequested,
    PartialTranscript,
    ParticipantLeft,
    ReplyEmpty,
    ReplyOffered,
    SpeakRequested,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    TurnEnded,
    TurnStarted,
)

DETECTOR = Signals(turn_ends=True)
NO_WORDS = Signals(transcripts=False)
MODEL = Signals(transcripts=False, model_replies=True)
MODEL_AND_WORDS = Signals(model_replies=True)


class Conversation:
    """A floor with a clock. Every verb happens at the time `at` was last given."""

    def __init__(self, signals: Signals | None = None, **policy: object) -> None:
        settings: dict[str, Any] = {"min_interruption_s": 0.25, **policy}
        self.floor = Floor(TurnPolicy(**settings), signals)
        self.now = 0.0
        self.decisions: list[str] = []
        self.timers: dict[tuple[str, str], float] = {}
        """When which is due: what the floor has asked for and not taken back."""

    def at(self, time: float) -> Self:
        """Let the clock run to ``time``; timers due on the way fire in the order of their times."""
        while self.timers and (due := min(self.timers.values())) <= time:
            timer = next(timer for timer, at in self.timers.items() if at == due)
            del self.timers[timer]
            self.now = due
            self._tell(TimerFired(*timer))
        self.now = time
        return self

    def voice(self, who: str, already: float = 0.0) -> Self:
        return self._tell(SpeechStarted(who, already))

    def quiet(self, who: str, silence: float = 0.0) -> Self:
        return self._tell(SpeechStopped(who, silence))

    def partial(self, who: str, text: str) -> Self:
        return self._tell(PartialTranscript(who, text))

    def final(self, who: str, text: str) -> Self:
        return self._tell(FinalTranscript(who, text))

    def turn_starts(self, who: str) -> Self:
        return self._tell(TurnStarted(who))

    def turn_ends(self, who: str) -> Self:
        return self._tell(TurnEnded(who))

    def turn_ends_eagerly(self, who: str) -> Self:
        return self._tell(TurnEnded(who, eager=True))

    def leaves(self, who: str) -> Self:
        return self._tell(ParticipantLeft(who))

    def asks_to_speak(self, request: int, *, protected: bool = False) -> Self:
        return self._tell(SpeakRequested(request, interruptible=not protected))

    def model_answers(self, request: int) -> Self:
        return self._tell(ReplyOffered(request))

    def asks_for_silence(self) -> Self:
        return self._tell(InterruptRequested())

    def audible(self, epoch: int) -> Self:
        return self._tell(AudioStarted(epoch))

    def heard_out(self, epoch: int) -> Self:
        return self._tell(AudioFinished(epoch))

    def empty(self, epoch: int) -> Self:
        return self._tell(ReplyEmpty(epoch))

    def since(self, time: float) -> list[str]:
        """The decisions from ``time`` on."""
        return [line for line in self.decisions if float(line.split()[0]) >= time]

    def _tell(self, what: Input) -> Self:
        for action in self.floor.handle(what, self.now):
            if isinstance(action, SetTimer):
                self.timers[action.timer, action.who] = action.at
            elif isinstance(action, ClearTimer):
                del self.timers[action.timer, action.who]
            else:
                self.decisions.append(f"{round(self.now, 3):g} {told(action)}")
        return self


def told(action: Action) -> str:
    match action:
        case StartReply(epoch, text, who, request, eager):
            kind = "eager" if eager else "reply"
            return f"{kind} {epoch} ({who}: {text})" if who else f"{kind} {epoch} (request {request})"
        case ConfirmReply(epoch):
            return f"confirm {epoch}"
        case GoSilent(epoch, who):
            return f"silent {epoch} ({who})"
        case Resume(epoch, who):
            return f"resume {epoch} ({who})"
        case CancelReply(epoch, reason, None):
            return f"cancel {epoch}: {reason}"
        case CancelReply(epoch, reason, who):
            return f"cancel {epoch}: {reason} ({who})"
    raise AssertionError(action)


def mid_answer(signals: Signals | None = None, **policy: object) -> Conversation:
    """The agent answers alice; it has been audible since 2.0."""
    talk = Conversation(signals, **policy)
    talk.at(0.0).voice("alice").at(1.0).quiet("alice").final("alice", "tell me everything").turn_ends("alice")
    talk.at(2.0).audible(1)
    assert talk.decisions[-1].endswith("reply 1 (alice: tell me everything)")
    return talk


def mid_announcement(*, protected: bool) -> Conversation:
    """The agent says something of its own; it has been audible since 2.0."""
    talk = Conversation().at(1.0).asks_to_speak(7, protected=protected).at(2.0).audible(1)
    assert talk.decisions == ["1 reply 1 (request 7)"]
    return talk


class TestWhenATurnEnds:
    """Without a turn detector, silence ends a turn; the transcript may come before or after."""

    def test_half_a_second_of_silence_ends_a_turn_whose_transcript_is_there(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).final("alice", "hello").at(2.1).quiet("alice")
        assert talk.at(9).decisions == ["2.6 reply 1 (alice: hello)"]

    def test_silence_that_the_detector_noticed_late_counts_from_when_it_began(self) -> None:
        talk = (
            Conversation().at(1.0).voice("alice").at(2.4).quiet("alice", silence=0.4).final("alice", "hello")
        )
        assert talk.at(9).decisions == ["2.5 reply 1 (alice: hello)"]

    def test_a_silence_that_is_told_twice_counts_from_the_first(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).final("alice", "hello").quiet("alice")
        assert talk.at(2.3).quiet("alice").at(9).decisions == ["2.5 reply 1 (alice: hello)"]

    def test_words_that_came_before_the_voice_was_noticed_end_with_the_voice(self) -> None:
        talk = (
            Conversation()
            .at(1.0)
            .partial("alice", "hel")
            .at(2.0)
            .quiet("alice")
            .at(2.1)
            .final("alice", "hello")
        )
        assert talk.at(9).decisions == ["2.5 reply 1 (alice: hello)"]

    def test_words_that_come_during_the_silence_do_not_cut_it_short(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").at(2.2).partial("alice", "hello")
        assert talk.at(2.3).final("alice", "hello").at(9).decisions == ["2.5 reply 1 (alice: hello)"]

    def test_a_transcript_after_the_silence_is_answered_at_once(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").at(2.9).final("alice", "hello")
        assert talk.at(9).decisions == ["2.9 reply 1 (alice: hello)"]

    def test_without_a_final_transcript_what_was_understood_is_answered(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).partial("alice", "hello").at(2.0).quiet("alice")
        assert talk.at(9).decisions == ["4 reply 1 (alice: hello)"]

    def test_its_late_final_transcript_is_not_answered_again(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).partial("alice", "hello").at(2.0).quiet("alice")
        talk.at(4.5).audible(1).at(5.0).final("alice", "Hello.").at(6.0).heard_out(1)
        assert talk.at(20).decisions == ["4 reply 1 (alice: hello)"]

    def test_its_late_final_transcript_is_ignored_only_once(self) -> None:
        talk = (
            Conversation()
            .at(1.0)
            .partial("alice", "hello")
            .at(3.5)
            .audible(1)
            .at(4.0)
            .final("alice", "hello")
        )
        assert talk.at(5.0).heard_out(1).at(9.0).final("alice", "hello").decisions == [
            "3 reply 1 (alice: hello)",
            "9 reply 2 (alice: hello)",
        ]

    def test_the_same_words_said_once_more_are(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).partial("alice", "hello").at(2.0).quiet("alice")
        talk.at(4.5).audible(1).at(6.0).heard_out(1).at(7.0).voice("alice").at(7.5).quiet("alice")
        assert talk.final("alice", "hello").at(20).since(5) == ["8 reply 2 (alice: hello)"]

    def test_nothing_is_left_ticking_once_a_turn_was_answered(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").at(2.9).final("alice", "hello")
        assert not talk.timers

    def test_a_pause_for_breath_does_not_end_the_turn(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "I would like")
        talk.at(2.4).voice("alice").at(3.0).quiet("alice").final("alice", "a table")
        assert talk.at(9).decisions == ["3.5 reply 1 (alice: I would like a table)"]

    def test_silence_waits_for_the_final_of_what_is_still_being_understood(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).final("alice", "I would like")
        talk.at(2.5).partial("alice", "a tab").at(2.6).quiet("alice").at(3.4).final("alice", "a table")
        assert talk.at(9).decisions == ["3.4 reply 1 (alice: I would like a table)"]

    def test_a_straggling_transcript_restarts_a_reply_that_nobody_has_heard(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.7).final("alice", "for two")
        assert talk.at(9).decisions == [
            "2.5 reply 1 (alice: a table)",
            "2.7 cancel 1: more was said (alice)",
            "2.7 reply 2 (alice: for two)",
        ]

    def test_a_straggling_transcript_waits_for_the_end_of_a_reply_that_is_heard(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.6).audible(1).at(2.7).final("alice", "for two").at(5.0).heard_out(1)
        assert talk.at(9).decisions == ["2.5 reply 1 (alice: a table)", "5 reply 2 (alice: for two)"]

    def test_two_straggling_transcripts_are_answered_together(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.6).audible(1).at(2.7).final("alice", "for two").at(2.8).final("alice", "at eight")
        talk.at(5.0).heard_out(1).at(6.0).audible(2).at(7.0).heard_out(2)
        assert talk.at(9).since(5) == ["5 reply 2 (alice: for two at eight)"]

    def test_a_cough_in_a_silent_room_is_not_answered(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).quiet("alice")
        assert talk.at(20).decisions == []

    def test_a_transcript_without_a_word_is_not_answered(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).quiet("alice").final("alice", "...")
        assert talk.at(2.0).final("alice", "-").at(20).decisions == []

    def test_a_transcript_without_a_word_does_not_stir_the_agent(self) -> None:
        talk = Conversation().asks_to_speak(1).at(1.0).partial("bob", "...").at(1.5).final("bob", "...")
        assert talk.at(9).since(1) == []

    def test_yes_is_an_answer_when_the_agent_has_finished_its_question(self) -> None:
        talk = mid_answer().at(5.0).heard_out(1).at(5.2).voice("alice").at(5.5).quiet("alice")
        assert talk.final("alice", "Yes.").at(9).since(2) == ["6 reply 2 (alice: Yes.)"]

    def test_yes_that_outlasts_the_last_syllable_of_the_question_is_an_answer_too(self) -> None:
        talk = mid_answer().at(4.9).voice("alice").at(5.0).heard_out(1).at(5.3).quiet("alice")
        assert talk.final("alice", "Yes.").at(9).since(2) == ["5.8 reply 2 (alice: Yes.)"]

    def test_mhm_that_ended_before_the_reply_did_is_no_turn_however_late_its_words_come(self) -> None:
        talk = mid_answer().at(4.5).voice("alice").at(4.7).quiet("alice").at(4.9).heard_out(1)
        assert talk.at(5.2).final("alice", "Mhm.").at(20).since(2) == []


class TestOnlyRealInterruptions:
    """Contract 5: minimum duration and words, back-channels, resuming, protected speech."""

    def test_a_voice_that_lasts_silences_the_agent_and_words_end_the_reply(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.6).partial("alice", "wait")
        talk.at(4.0).quiet("alice").final("alice", "wait, stop")
        assert talk.at(9).since(2) == [
            "3.25 silent 1 (alice)",
            "3.6 cancel 1: interrupted (alice)",
            "4.5 reply 2 (alice: wait, stop)",
        ]

    def test_the_time_a_detector_took_to_notice_the_voice_counts(self) -> None:
        talk = mid_answer().at(3.0).voice("alice", already=0.2)
        assert talk.at(3.1).since(2) == ["3.05 silent 1 (alice)"]

    def test_a_voice_that_is_told_twice_counts_from_the_first(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).voice("alice")
        assert talk.at(3.3).since(2) == ["3.25 silent 1 (alice)"]

    def test_a_voice_that_was_long_enough_when_noticed_silences_at_once(self) -> None:
        assert mid_answer().at(3.0).voice("alice", already=0.4).at(3.0).since(2) == ["3 silent 1 (alice)"]

    def test_words_need_not_wait_for_the_minimum_duration(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.1).partial("alice", "stop")
        assert talk.since(2) == ["3.1 cancel 1: interrupted (alice)"]

    def test_a_cough_changes_nothing(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).quiet("alice")
        assert talk.at(20).since(2) == []

    def test_a_cough_that_the_detector_stretched_pauses_the_agent_no_longer_than_the_detector_does(
        self,
    ) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.6).quiet("alice", silence=0.45)
        assert talk.at(20).since(2) == ["3.25 silent 1 (alice)", "3.6 resume 1 (alice)"]

    def test_a_noise_that_brings_no_words_lets_the_agent_go_on(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(4.0).quiet("alice", silence=0.2)
        assert talk.at(20).since(2) == ["3.25 silent 1 (alice)", "4.6 resume 1 (alice)"]

    def test_a_second_noise_before_the_agent_goes_on_keeps_it_silent(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(4.0).voice("alice")
        talk.at(5.0).quiet("alice")
        assert talk.at(20).since(2) == ["3.25 silent 1 (alice)", "5.8 resume 1 (alice)"]

    def test_words_that_come_after_the_agent_went_on_still_end_the_reply(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(4.6).final("alice", "stop")
        assert talk.at(20).since(2) == [
            "3.25 silent 1 (alice)",
            "4.3 resume 1 (alice)",
            "4.6 cancel 1: interrupted (alice)",
            "4.6 reply 2 (alice: stop)",
        ]

    def test_a_backchannel_after_the_agent_went_on_is_not_answered(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(4.6).final("alice", "mm-hm")
        assert talk.at(6.0).heard_out(1).at(20).since(3.5) == ["4.3 resume 1 (alice)"]

    @pytest.mark.parametrize("text", ["Mm-hm.", "uh-huh", "Yeah, okay", "RIGHT!"])
    def test_a_backchannel_known_in_time_does_not_even_silence(self, text: str) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).partial("alice", text).at(3.6).quiet("alice")
        assert talk.final("alice", text).at(6).heard_out(1).at(20).since(2) == []

    def test_a_backchannel_known_late_lets_the_agent_go_on_at_once(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(3.7).final("alice", "mm-hm")
        assert talk.at(20).since(2) == ["3.25 silent 1 (alice)", "3.7 resume 1 (alice)"]

    def test_nothing_is_left_ticking_after_a_backchannel(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(3.7).final("alice", "mm-hm")
        assert not talk.timers

    def test_a_backchannel_known_before_the_voice_is_gone_lets_the_agent_go_on_when_it_is(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.4).final("alice", "mm-hm").at(3.6).quiet("alice")
        assert talk.at(20).since(2) == ["3.25 silent 1 (alice)", "3.6 resume 1 (alice)"]

    def test_a_backchannel_known_for_good_in_time_does_not_even_silence(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.1).final("alice", "mm-hm").at(3.6).quiet("alice")
        assert talk.at(20).since(2) == []

    def test_a_backchannel_after_the_interruption_belongs_to_what_was_said(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.5).quiet("alice").at(3.6).final("alice", "wait")
        assert talk.at(3.7).final("alice", "okay?").at(9).since(3.6) == [
            "3.6 cancel 1: interrupted (alice)",
            "4 reply 2 (alice: wait okay?)",
        ]

    def test_a_backchannel_that_grows_into_a_sentence_interrupts(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).partial("alice", "yeah")
        talk.at(3.5).partial("alice", "yeah but")
        assert talk.since(2) == ["3.5 cancel 1: interrupted (alice)"]

    def test_a_backchannel_whose_final_never_comes_is_not_answered(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).partial("alice", "yeah").at(3.5).quiet("alice")
        assert talk.at(6).heard_out(1).at(20).since(2) == []

    def test_a_backchannel_does_not_inherit_the_words_of_an_earlier_remark(self) -> None:
        talk = mid_answer(min_interruption_words=2)
        talk.at(3.0).voice("alice").at(3.5).quiet("alice").final("alice", "nice one").at(4.2)
        assert talk.since(2) == []
        talk.at(4.5).voice("alice").at(4.8).partial("alice", "stop").at(5.0).quiet("alice")
        assert talk.at(6).since(2) == []

    def test_a_noise_does_not_inherit_the_words_of_an_earlier_remark(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).partial("alice", "so").at(2.0).quiet("alice")
        talk.at(2.2).final("bob", "hi").at(2.3).audible(1).at(3.0).voice("alice")
        assert talk.at(3.5).since(2.3) == ["3.25 silent 1 (alice)"]

    def test_fewer_words_than_the_policy_asks_leave_the_agent_speaking(self) -> None:
        talk = mid_answer(min_interruption_words=3).at(3.0).voice("alice").at(4.0).partial("alice", "hold on")
        assert talk.since(2) == []
        assert talk.at(4.2).partial("alice", "hold on please").since(2) == [
            "4.2 cancel 1: interrupted (alice)"
        ]

    def test_too_few_words_to_interrupt_are_answered_afterwards(self) -> None:
        talk = mid_answer(min_interruption_words=3).at(3.0).voice("alice").at(4.0).quiet("alice")
        assert talk.final("alice", "and Sunday?").at(6).heard_out(1).since(2) == [
            "6 reply 2 (alice: and Sunday?)"
        ]

    def test_an_agent_that_never_goes_on_gives_up_as_soon_as_the_voice_has_lasted(self) -> None:
        talk = mid_answer(resume_after_s=None).at(3.0).voice("alice").at(3.5).quiet("alice")
        assert talk.at(20).since(2) == ["3.25 cancel 1: interrupted (alice)"]

    def test_protected_speech_goes_on_and_the_words_are_answered_afterwards(self) -> None:
        talk = mid_announcement(protected=True).at(3.0).voice("alice").at(4.0).partial("alice", "stop it")
        talk.at(4.1).quiet("alice").final("alice", "stop it").at(6).heard_out(1)
        assert talk.at(9).since(2) == ["6 reply 2 (alice: stop it)"]

    def test_protected_speech_is_protected_from_its_first_moment(self) -> None:
        talk = Conversation().asks_to_speak(1, protected=True).at(0.1).voice("alice").at(2.0).quiet("alice")
        assert talk.at(9).decisions == ["0 reply 1 (request 1)"]

    def test_the_agents_own_code_may_silence_even_protected_speech(self) -> None:
        talk = mid_announcement(protected=True).at(3.0).asks_for_silence()
        assert talk.since(2) == ["3 cancel 1: asked to stop"]

    def test_asking_for_silence_in_silence_does_nothing(self) -> None:
        assert Conversation().asks_for_silence().at(9).decisions == []


class TestWhileTheReplyIsPrepared:
    """Nothing of the reply was heard yet: holding it back costs nothing, so any voice does."""

    def test_words_are_added_to_what_was_asked(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.6).voice("alice").at(3.2).quiet("alice").final("alice", "for two")
        assert talk.at(9).decisions == [
            "2.5 reply 1 (alice: a table)",
            "2.6 silent 1 (alice)",
            "3.2 cancel 1: interrupted (alice)",
            "3.7 reply 2 (alice: for two)",
        ]

    def test_a_cough_only_delays_it(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.6).voice("alice").at(2.8).quiet("alice")
        assert talk.at(9).since(2.6) == ["2.6 silent 1 (alice)", "2.8 resume 1 (alice)"]

    def test_a_longer_noise_delays_it_even_where_the_agent_never_goes_on(self) -> None:
        talk = Conversation(resume_after_s=None, min_interruption_words=2).asks_to_speak(1)
        talk.at(1.0).voice("alice").at(2.0).quiet("alice")
        assert talk.at(9).since(1) == ["1 silent 1 (alice)", "4 resume 1 (alice)"]

    def test_a_reply_that_turns_out_empty_while_held_back_is_simply_over(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.6).voice("alice").at(2.7).empty(1).at(3.0).quiet("alice").final("alice", "for two")
        assert talk.at(9).since(2.6) == ["2.6 silent 1 (alice)", "3.5 reply 2 (alice: for two)"]

    def test_an_empty_reply_leaves_the_floor_to_the_next(self) -> None:
        talk = Conversation().asks_to_speak(1).asks_to_speak(2).at(1.0).empty(1)
        assert talk.decisions == ["0 reply 1 (request 1)", "1 reply 2 (request 2)"]

    def test_reports_about_replies_long_gone_are_ignored(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.1).final("alice", "no, stop").at(3.2).quiet("alice")
        talk.at(4.0).heard_out(1).empty(1).audible(1).heard_out(99)
        assert talk.floor.reply is not None
        assert not talk.floor.reply.audible


class TestTheAgentsOwnWords:
    """`SpeakRequested`: said when the floor is free."""

    def test_in_silence_it_begins_at_once(self) -> None:
        assert Conversation().at(1.0).asks_to_speak(5).decisions == ["1 reply 1 (request 5)"]

    def test_requests_are_said_in_the_order_they_came(self) -> None:
        talk = Conversation().asks_to_speak(1).asks_to_speak(2, protected=True).asks_to_speak(3)
        talk.at(1).audible(1).at(2).heard_out(1).at(3).audible(2).at(4).heard_out(2)
        assert talk.decisions == ["0 reply 1 (request 1)", "2 reply 2 (request 2)", "4 reply 3 (request 3)"]

    def test_during_a_reply_people_line_up_behind_what_was_asked_for_before(self) -> None:
        talk = (
            mid_announcement(protected=True)
            .at(2.5)
            .asks_to_speak(8)
            .at(3.0)
            .voice("bob")
            .at(4.0)
            .quiet("bob")
        )
        talk.final("bob", "hello").at(5.0).heard_out(1).at(6.0).audible(2).at(7.0).heard_out(2)
        assert talk.since(2) == ["5 reply 2 (request 8)", "7 reply 3 (bob: hello)"]

    def test_while_someone_talks_it_waits_and_their_question_goes_first(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).asks_to_speak(5)
        talk.at(2.0).final("alice", "hello").at(2.1).quiet("alice").at(3.0).audible(1).at(4.0).heard_out(1)
        assert talk.decisions == ["2.6 reply 1 (alice: hello)", "4 reply 2 (request 5)"]

    def test_it_does_not_step_between_a_question_and_its_answer(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).final("alice", "hello").quiet("alice")
        talk.at(2.2).asks_to_speak(5).at(3.0).audible(1).at(4.0).heard_out(1)
        assert talk.decisions == ["2.5 reply 1 (alice: hello)", "4 reply 2 (request 5)"]

    def test_a_cough_delays_it_by_no_more_than_the_cough(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.1).asks_to_speak(5).at(1.3).quiet("alice")
        assert talk.decisions == ["1.3 reply 1 (request 5)"]

    def test_what_is_protected_does_not_wait_for_silence(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.5).asks_to_speak(5, protected=True)
        assert talk.decisions == ["1.5 reply 1 (request 5)"]

    def test_what_waits_for_silence_does_not_keep_others_from_their_answer(self) -> None:
        talk = Conversation().at(1.0).voice("bob").at(1.1).asks_to_speak(5)
        talk.at(1.2).voice("alice").at(1.8).final("alice", "hello").quiet("alice")
        assert talk.at(2.5).decisions == ["2.3 reply 1 (alice: hello)"]

    def test_after_an_interruption_it_does_not_speak_before_the_interrupter_was_answered(self) -> None:
        talk = mid_answer().at(2.5).asks_to_speak(5).at(3.0).voice("alice").at(3.5).final("alice", "no, stop")
        talk.at(3.6).quiet("alice").at(5.0).audible(2).at(6.0).heard_out(2)
        assert talk.at(9).since(3.3) == [
            "3.5 cancel 1: interrupted (alice)",
            "4.1 reply 2 (alice: no, stop)",
            "6 reply 3 (request 5)",
        ]


class TestFairInCompany:
    """Contract 6: the first to speak over the agent is listened to, and nobody's words are lost."""

    def test_two_who_talk_at_once_are_answered_one_after_the_other(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).voice("bob")
        talk.at(2.0).quiet("alice").final("alice", "what time is it")
        talk.at(2.3).quiet("bob").final("bob", "and where are we")
        talk.at(3.0).audible(1).at(4.0).heard_out(1)
        assert talk.at(9).decisions == [
            "2.5 reply 1 (alice: what time is it)",
            "4 reply 2 (bob: and where are we)",
        ]

    def test_those_who_wait_are_answered_in_the_order_they_finished(self) -> None:
        talk = mid_announcement(protected=True).at(3.0).voice("bob").voice("carol").at(4.0).quiet("carol")
        talk.final("carol", "me first").at(4.2).quiet("bob").final("bob", "me too").at(5.0).heard_out(1)
        talk.at(6.0).audible(2).at(7.0).heard_out(2)
        assert talk.since(2) == ["5 reply 2 (carol: me first)", "7 reply 3 (bob: me too)"]

    def test_one_who_was_talking_already_does_not_interrupt_the_answer_to_another(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).voice("bob").at(2.0).quiet("alice")
        talk.final("alice", "what time is it").at(2.6).audible(1)
        talk.at(3.0).partial("bob", "I mean").at(4.0).final("bob", "I mean it").quiet("bob").at(
            5.0
        ).heard_out(1)
        assert talk.at(9).decisions == [
            "2.5 reply 1 (alice: what time is it)",
            "5 reply 2 (bob: I mean it)",
        ]

    def test_the_first_to_speak_over_the_agent_is_the_one_it_yields_to(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.1).voice("bob").at(3.3).partial("bob", "no wait")
        assert talk.since(2) == ["3.25 silent 1 (alice)"]
        assert talk.at(3.5).partial("alice", "stop").since(3.3) == ["3.5 cancel 1: interrupted (alice)"]

    def test_the_words_of_the_other_are_kept_and_answered_next(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.1).voice("bob").at(3.3).final("bob", "no wait")
        talk.at(3.4).quiet("bob").at(3.5).final("alice", "stop").at(3.6).quiet("alice")
        talk.at(5.0).audible(2).at(6.0).heard_out(2)
        assert talk.at(9).since(3.5) == [
            "3.5 cancel 1: interrupted (alice)",
            "4.1 reply 2 (alice: stop)",
            "6 reply 3 (bob: no wait)",
        ]

    def test_whoever_the_agent_yielded_to_goes_before_those_who_waited(self) -> None:
        talk = mid_announcement(protected=False).at(2.5)
        talk.at(3.0).voice("bob").at(3.1).voice("alice").at(3.5).quiet("bob").final("bob", "what about me")
        talk.at(4.5).quiet("alice").final("alice", "hold on").at(5.5).audible(2).at(6).heard_out(2)
        assert talk.at(9).since(2) == [
            "3.25 silent 1 (bob)",
            "3.5 cancel 1: interrupted (bob)",
            "4 reply 2 (bob: what about me)",
            "6 reply 3 (alice: hold on)",
        ]

    def test_a_waiting_question_is_not_answered_over_whoever_interrupts(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).voice("bob").at(2.0).quiet("alice")
        talk.final("alice", "what time is it").at(2.6).audible(1).at(2.8).quiet("bob").final(
            "bob", "and where"
        )
        talk.at(4.0).voice("alice").at(4.5).partial("alice", "no I meant").at(6.0)
        talk.final("alice", "no I meant Sunday").quiet("alice").at(7.0).audible(2).at(8.0).heard_out(2)
        assert talk.at(9).since(4) == [
            "4.25 silent 1 (alice)",
            "4.5 cancel 1: interrupted (alice)",
            "6.5 reply 2 (alice: no I meant Sunday)",
            "8 reply 3 (bob: and where)",
        ]

    def test_when_the_first_only_coughed_the_other_who_still_speaks_is_next_in_line(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).voice("bob").at(3.4).quiet("alice")
        assert talk.at(4.2).since(2) == [
            "3.25 silent 1 (alice)",
            "4.2 resume 1 (alice)",
            "4.2 silent 1 (bob)",
        ]

    def test_when_the_first_only_coughed_the_others_words_end_the_reply(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(3.2).voice("bob").at(3.4).quiet("alice")
        talk.at(3.8).final("bob", "no, stop").at(3.9).quiet("bob")
        assert talk.at(9).since(2) == [
            "3.25 silent 1 (alice)",
            "4.2 cancel 1: interrupted (bob)",
            "4.4 reply 2 (bob: no, stop)",
        ]

    def test_when_the_first_only_coughed_others_who_wait_are_answered_in_turn(self) -> None:
        talk = (
            mid_answer()
            .at(3.0)
            .voice("alice")
            .at(3.1)
            .voice("bob")
            .at(3.3)
            .quiet("bob")
            .final("bob", "no, stop")
        )
        talk.at(3.4).voice("carol").at(3.5).quiet("alice").at(3.6).quiet("carol").final("carol", "me too")
        talk.at(5.0).audible(2).at(6.0).heard_out(2)
        assert talk.since(3.3) == [
            "4.3 cancel 1: interrupted (bob)",
            "4.3 reply 2 (bob: no, stop)",
            "6 reply 3 (carol: me too)",
        ]

    @pytest.mark.parametrize("signals", [Signals(), DETECTOR])
    def test_a_noise_that_ended_the_reply_does_not_keep_others_waiting_for_ever(
        self, signals: Signals
    ) -> None:
        talk = Conversation(signals, resume_after_s=None).at(1.0).voice("alice").at(1.2).voice("bob")
        talk.at(2.0).quiet("alice").final("alice", "what time is it").turn_ends("alice").at(2.6).audible(1)
        talk.at(2.8).quiet("bob").final("bob", "and where").turn_ends("bob")
        talk.at(4.0).voice("alice").at(5.0).quiet("alice").turn_ends("alice")
        assert talk.at(20).since(2.5) == ["4.25 cancel 1: interrupted (alice)", "7 reply 2 (bob: and where)"]

    def test_someone_elses_backchannel_leaves_the_hold_of_the_first(self) -> None:
        talk = (
            mid_answer().at(3.0).voice("alice").at(3.1).voice("bob").at(3.4).final("bob", "mhm").quiet("bob")
        )
        assert talk.at(3.5).since(2) == ["3.25 silent 1 (alice)"]

    def test_one_who_was_talking_already_is_not_next_in_line(self) -> None:
        talk = Conversation().at(1.0).voice("bob").at(1.5).final("alice", "hi").at(1.6).audible(1)
        talk.at(3.0).voice("alice").at(3.4).quiet("alice")
        assert talk.at(5.0).since(2) == ["3.25 silent 1 (alice)", "4.2 resume 1 (alice)"]

    def test_one_who_waits_and_goes_on_is_answered_when_done(self) -> None:
        talk = (
            mid_announcement(protected=True).at(3.0).voice("bob").at(3.4).quiet("bob").final("bob", "a table")
        )
        talk.at(5.0).voice("bob").at(5.5).heard_out(1).at(6.0).quiet("bob").final("bob", "for two")
        assert talk.at(9).since(2) == ["6.5 reply 2 (bob: a table for two)"]

    def test_a_yes_of_another_after_the_interruption_is_heard(self) -> None:
        talk = mid_answer().at(3.0).voice("bob").at(3.1).voice("alice").at(3.2).partial("bob", "ask alice")
        talk.at(3.5).quiet("bob").final("bob", "ask alice").at(3.6).quiet("alice").final("alice", "yes")
        talk.at(4.05).audible(2).at(5).heard_out(2)
        assert talk.at(9).since(3.2) == [
            "3.2 cancel 1: interrupted (bob)",
            "4 reply 2 (bob: ask alice)",
            "5 reply 3 (alice: yes)",
        ]


class TestLeaving:
    def test_one_who_leaves_while_holding_the_agent_silent_lets_it_go_on(self) -> None:
        talk = mid_answer().at(3.0).voice("bob").at(3.5).leaves("bob")
        assert talk.at(20).since(2) == ["3.25 silent 1 (bob)", "3.5 resume 1 (bob)"]

    def test_one_who_leaves_is_not_answered(self) -> None:
        talk = Conversation().at(1.0).voice("bob").at(2.0).quiet("bob").final("bob", "hello").leaves("bob")
        assert talk.at(9).decisions == []

    def test_nothing_is_left_ticking_for_one_who_left(self) -> None:
        assert not mid_answer().at(3.0).voice("bob").at(3.1).leaves("bob").timers

    def test_one_who_leaves_gives_up_the_place_in_the_queue(self) -> None:
        talk = (
            mid_announcement(protected=True).at(3.0).voice("bob").at(3.4).quiet("bob").final("bob", "hello")
        )
        assert talk.at(5).leaves("bob").at(6).heard_out(1).at(9).since(2) == []

    def test_an_eager_reply_to_one_who_leaves_is_given_up(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("bob").at(2.0).final("bob", "hello")
        talk.turn_ends_eagerly("bob").at(2.1).leaves("bob").at(3.0).asks_to_speak(1)
        assert talk.decisions == [
            "2 eager 1 (bob: hello)",
            "2.1 cancel 1: the participant left (bob)",
            "3 reply 2 (request 1)",
        ]

    def test_an_interrupter_who_leaves_no_longer_keeps_the_others_waiting(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(1.2).voice("bob").at(2.0).quiet("alice")
        talk.final("alice", "what time is it").at(2.6).audible(1).at(2.8).quiet("bob").final(
            "bob", "and where"
        )
        talk.at(4.0).voice("alice").at(4.5).partial("alice", "no I meant").at(4.6).leaves("alice")
        assert talk.at(9).since(4.5) == ["4.5 cancel 1: interrupted (alice)", "4.6 reply 2 (bob: and where)"]

    def test_a_bystander_who_leaves_does_not_change_whose_turn_it_is(self) -> None:
        talk = (
            Conversation().at(1.0).voice("alice").at(1.2).voice("bob").voice("carol").at(2.0).quiet("alice")
        )
        talk.final("alice", "what time is it").at(2.6).audible(1).at(2.8).quiet("bob").final(
            "bob", "and where"
        )
        talk.at(4.0).voice("alice").at(4.5).partial("alice", "no I meant").at(4.6).leaves("carol")
        assert talk.at(5).since(4.5) == ["4.5 cancel 1: interrupted (alice)"]

    def test_a_reply_that_is_heard_goes_on_when_its_asker_leaves(self) -> None:
        assert mid_answer().at(3.0).leaves("alice").at(9).since(2) == []

    def test_a_stranger_leaving_is_no_news(self) -> None:
        assert Conversation().leaves("nobody").decisions == []


class TestWithoutATurnDetector:
    """Contract 8: barge-in from the words of the STT alone, or from the voice alone."""

    def test_words_alone_start_a_turn_and_its_final_ends_it(self) -> None:
        talk = Conversation().at(1.0).partial("alice", "hel").at(1.5).final("alice", "hello")
        assert talk.decisions == ["1.5 reply 1 (alice: hello)"]

    def test_words_alone_are_a_turn_for_as_long_as_they_keep_coming(self) -> None:
        talk = Conversation().at(1.0).partial("alice", "I").at(2.5).partial("alice", "I would")
        talk.at(4.0).partial("alice", "I would like").at(5.0).final("alice", "I would like a table")
        assert talk.at(20).decisions == ["5 reply 1 (alice: I would like a table)"]

    def test_words_alone_interrupt(self) -> None:
        talk = Conversation().final("alice", "hi").at(1).audible(1).at(2).partial("alice", "wait")
        assert talk.at(2.5).final("alice", "wait, stop").since(1) == [
            "2 cancel 1: interrupted (alice)",
            "2.5 reply 2 (alice: wait, stop)",
        ]

    def test_a_lone_final_transcript_interrupts(self) -> None:
        talk = Conversation().final("alice", "hi").at(1).audible(1).at(2).final("bob", "stop")
        assert talk.since(1) == ["2 cancel 1: interrupted (bob)", "2 reply 2 (bob: stop)"]

    def test_words_interrupt_also_where_the_voice_was_too_soft_for_the_vad(self) -> None:
        talk = mid_answer().at(5.0).partial("alice", "wait")
        assert talk.since(2) == ["5 cancel 1: interrupted (alice)"]

    def test_a_backchannel_in_words_alone_changes_nothing(self) -> None:
        talk = Conversation().final("alice", "hi").at(1).audible(1).at(2).partial("alice", "uh")
        assert talk.at(2.5).final("alice", "uh-huh").at(9).heard_out(1).at(20).since(1) == []

    def test_a_backchannel_in_words_alone_only_delays_a_reply_that_is_not_heard_yet(self) -> None:
        talk = (
            Conversation().final("alice", "hi").at(1).partial("alice", "uh").at(1.5).final("alice", "uh-huh")
        )
        assert talk.at(9).since(1) == ["1 silent 1 (alice)", "1.5 resume 1 (alice)"]

    def test_a_mumble_in_words_alone_only_delays_a_reply_that_is_not_heard_yet(self) -> None:
        talk = Conversation().final("alice", "hi").at(1).partial("alice", "uh").at(1.5).final("alice", "...")
        assert talk.at(9).since(1) == ["1 silent 1 (alice)", "1.5 resume 1 (alice)"]

    def test_words_alone_whose_final_never_comes_neither_hold_the_agent_nor_the_floor(self) -> None:
        talk = Conversation().final("alice", "hi").at(1).partial("alice", "uh").at(2).asks_to_speak(1)
        talk.at(5).audible(1).at(6).heard_out(1)
        assert talk.decisions == [
            "0 reply 1 (alice: hi)",
            "1 silent 1 (alice)",
            "3.8 resume 1 (alice)",
            "6 reply 2 (request 1)",
        ]

    def test_an_earlier_remark_is_not_lost_when_a_backchannel_follows(self) -> None:
        talk = Conversation().asks_to_speak(1, protected=True).at(1).audible(1).final("alice", "and then")
        talk.at(2).partial("alice", "mm").at(2.2).final("alice", "mm-hm").at(3).heard_out(1)
        assert talk.since(1) == ["3 reply 2 (alice: and then)"]

    def test_a_voice_alone_interrupts_a_model_that_needs_no_transcripts(self) -> None:
        talk = Conversation(NO_WORDS).asks_to_speak(1).at(1).audible(1).at(2).voice("alice")
        assert talk.at(9).since(1) == ["2.25 cancel 1: interrupted (alice)"]

    def test_a_voice_alone_that_does_not_last_changes_nothing(self) -> None:
        talk = (
            Conversation(NO_WORDS)
            .asks_to_speak(1)
            .at(1)
            .audible(1)
            .at(2)
            .voice("alice")
            .at(2.2)
            .quiet("alice")
        )
        assert talk.at(9).since(1) == []

    def test_a_voice_alone_that_does_not_last_delays_an_unheard_reply_by_no_more(self) -> None:
        talk = Conversation(NO_WORDS).asks_to_speak(1).at(1).voice("alice").at(1.2).quiet("alice")
        assert talk.at(9).since(1) == ["1 silent 1 (alice)", "1.2 resume 1 (alice)"]

    def test_the_agent_does_not_wait_for_words_that_never_come(self) -> None:
        talk = Conversation(NO_WORDS, min_interruption_words=3).asks_to_speak(1).at(1).audible(1)
        assert talk.at(2).voice("alice").at(9).since(1) == ["2.25 cancel 1: interrupted (alice)"]


class TestWithATurnDetector:
    def test_the_detectors_word_starts_the_reply(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).final("alice", "hello")
        assert talk.at(4.0).turn_ends("alice").decisions == ["4 reply 1 (alice: hello)"]

    def test_with_a_vad_beside_it_silence_alone_does_not_end_the_turn(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "I think")
        talk.at(4.0).voice("alice").at(5.0).quiet("alice").final("alice", "yes I do").at(5.1).turn_ends(
            "alice"
        )
        assert talk.decisions == ["5.1 reply 1 (alice: I think yes I do)"]

    def test_words_that_come_after_the_detectors_word_are_answered_when_they_do(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).quiet("alice").at(2.1).turn_ends("alice")
        assert talk.at(2.5).final("alice", "hello").decisions == ["2.5 reply 1 (alice: hello)"]

    def test_a_straggling_transcript_is_answered_at_once(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "a table")
        talk.at(2.1).turn_ends("alice").at(2.3).final("alice", "for two")
        assert talk.at(20).decisions == [
            "2.1 reply 1 (alice: a table)",
            "2.3 cancel 1: more was said (alice)",
            "2.3 reply 2 (alice: for two)",
        ]

    def test_words_that_are_heard_without_a_start_end_with_the_detectors_word(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).partial("alice", "hel").at(2.0).turn_ends("alice")
        assert talk.at(2.2).final("alice", "hello").decisions == ["2.2 reply 1 (alice: hello)"]

    def test_a_long_pause_without_a_word_does_not_end_the_turn(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(1.5).partial("alice", "I would")
        talk.at(6.0).final("alice", "I would like a table").at(6.2).turn_ends("alice")
        assert talk.decisions == ["6.2 reply 1 (alice: I would like a table)"]

    def test_the_detectors_word_waits_for_the_final_of_what_is_still_being_understood(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).final("alice", "I would like")
        talk.at(2.5).partial("alice", "a tab").turn_ends("alice").at(2.7).final("alice", "a table")
        assert talk.decisions == ["2.7 reply 1 (alice: I would like a table)"]

    def test_partials_that_repeat_what_is_final_do_not_delay_the_answer(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).final("alice", "hello there")
        talk.at(2.1).partial("alice", "Hello there").at(2.2).turn_ends("alice")
        assert talk.decisions == ["2.2 reply 1 (alice: hello there)"]

    def test_words_that_never_become_final_are_answered_all_the_same(self) -> None:
        talk = (
            Conversation(DETECTOR).at(1.0).turn_starts("alice").partial("alice", "hello").turn_ends("alice")
        )
        assert talk.at(9).decisions == ["3 reply 1 (alice: hello)"]

    def test_late_words_that_never_become_final_are_answered_all_the_same(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).turn_ends("alice")
        assert talk.at(2.5).partial("alice", "hello").at(9).decisions == ["4.5 reply 1 (alice: hello)"]

    def test_a_detector_alone_interrupts_by_duration_and_words_confirm_it(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).turn_starts("bob").at(3.6).partial("bob", "stop")
        assert talk.since(2) == ["3.25 silent 1 (bob)", "3.6 cancel 1: interrupted (bob)"]

    def test_a_vad_that_was_quicker_than_the_detector_sets_the_time(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).voice("bob").at(3.2).turn_starts("bob")
        assert talk.at(3.3).since(2) == ["3.25 silent 1 (bob)"]

    def test_a_turn_that_silenced_the_agent_and_brought_no_words_lets_it_go_on(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).turn_starts("bob").at(3.6).turn_ends("bob")
        assert talk.at(9).since(2) == ["3.25 silent 1 (bob)", "4.4 resume 1 (bob)"]

    def test_the_detectors_word_does_not_prolong_a_silence_that_the_vad_has_noticed(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).voice("bob").at(3.5).quiet("bob").at(4.0).turn_ends("bob")
        assert talk.at(9).since(2) == ["3.25 silent 1 (bob)", "4.3 resume 1 (bob)"]

    def test_a_detector_that_never_ends_the_turn_does_not_leave_the_person_unanswered(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).quiet("alice").final("alice", "hello")
        assert talk.at(60).decisions == ["12 reply 1 (alice: hello)"]


class TestSignalsThatStop:
    """A voice whose end is never reported must hold up neither the agent nor the floor."""

    def test_a_vad_that_dies_in_mid_speech_does_not_keep_the_words_from_their_answer(self) -> None:
        talk = (
            Conversation()
            .at(1.0)
            .voice("alice")
            .at(1.5)
            .partial("alice", "hel")
            .at(2.0)
            .final("alice", "hello")
        )
        assert talk.at(60).decisions == ["4 reply 1 (alice: hello)"]

    def test_without_partials_to_tell_voice_from_noise_a_long_voice_is_believed(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(3.0).final("alice", "first")
        talk.at(7.0).final("alice", "second").at(7.2).quiet("alice")
        assert talk.at(60).decisions == ["7.7 reply 1 (alice: first second)"]

    def test_a_vad_that_dies_while_it_holds_the_agent_silent_lets_it_go_on(self) -> None:
        talk = mid_answer().at(3.0).voice("alice")
        assert talk.at(60).since(2) == ["3.25 silent 1 (alice)", "13.8 resume 1 (alice)"]

    def test_a_vad_that_dies_does_not_keep_the_agent_from_speaking(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).asks_to_speak(1)
        assert talk.at(60).decisions == ["11 reply 1 (request 1)"]

    def test_after_a_vad_died_words_still_interrupt(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(20).partial("alice", "stop")
        assert talk.since(15) == ["20 cancel 1: interrupted (alice)"]

    def test_after_a_vad_died_a_new_voice_interrupts_again(self) -> None:
        talk = mid_answer().at(3.0).voice("alice").at(20).voice("alice").at(21)
        assert talk.since(15) == ["20.25 silent 1 (alice)"]

    def test_a_noise_that_keeps_the_vad_open_does_not_keep_the_turn_open(self) -> None:
        talk = (
            Conversation()
            .at(0.0)
            .partial("alice", "so")
            .at(0.1)
            .voice("alice")
            .at(1.0)
            .final("alice", "so hello")
        )
        assert talk.at(60).decisions == ["3 reply 1 (alice: so hello)"]

    def test_words_long_after_a_voice_ended_do_not_count_as_a_voice_that_never_ends(self) -> None:
        talk = Conversation().at(1.0).voice("alice").at(2.0).quiet("alice").at(6.0).final("alice", "hello")
        assert talk.decisions == ["6 reply 1 (alice: hello)"]
        talk.at(7.0).audible(1).at(8.0).voice("alice").at(9.0)
        assert talk.since(7) == ["8.25 silent 1 (alice)"]

    def test_a_timer_that_is_not_set_does_nothing(self) -> None:
        floor = Floor()
        assert floor.handle(TimerFired("endpoint", "alice"), 1.0) == []
        floor.handle(PartialTranscript("alice", "hel"), 1.1)
        assert floor.handle(TimerFired("barge-in", "alice"), 1.2) == []


class TestEagerTurns:
    """Contract 9: a reply may start early and is heard only if the turn really ended."""

    def eager(self) -> Conversation:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).final("alice", "a table")
        talk.turn_ends_eagerly("alice")
        assert talk.decisions == ["2 eager 1 (alice: a table)"]
        return talk

    def test_confirmed_it_may_be_heard(self) -> None:
        assert self.eager().at(2.3).turn_ends("alice").at(9).since(2.1) == ["2.3 confirm 1"]

    def test_confirmed_it_is_a_reply_like_any_other(self) -> None:
        talk = self.eager().at(2.3).turn_ends("alice").at(2.5).audible(1)
        talk.at(3.0).voice("alice").at(3.5).partial("alice", "no wait").final("alice", "no wait").turn_ends(
            "alice"
        )
        assert talk.since(2.5) == [
            "3.25 silent 1 (alice)",
            "3.5 cancel 1: interrupted (alice)",
            "3.5 reply 2 (alice: no wait)",
        ]

    def test_confirmed_it_is_over_the_voices_that_were_there_already(self) -> None:
        talk = self.eager().at(2.1).voice("bob").at(2.3).turn_ends("alice").at(2.5).audible(1)
        talk.at(3.0).final("bob", "mm-hm").turn_ends("bob").at(4.0).heard_out(1)
        assert talk.at(20).since(2.1) == ["2.3 confirm 1"]

    def test_before_it_is_confirmed_nobody_speaks_over_it(self) -> None:
        talk = (
            Conversation(DETECTOR).at(1.0).turn_starts("alice").voice("bob").at(2.0).final("alice", "a table")
        )
        talk.turn_ends_eagerly("alice").at(2.1).final("bob", "yes").turn_ends("bob").at(2.3).turn_starts(
            "alice"
        )
        assert talk.since(2.1) == ["2.3 cancel 1: the turn went on (alice)", "2.3 reply 2 (bob: yes)"]

    def test_taken_back_it_is_given_up_and_all_the_words_are_answered_later(self) -> None:
        talk = self.eager().at(2.3).turn_starts("alice").at(3.0).final("alice", "for two")
        assert talk.at(3.5).turn_ends("alice").at(9).since(2.1) == [
            "2.3 cancel 1: the turn went on (alice)",
            "3.5 reply 2 (alice: a table for two)",
        ]

    def test_a_voice_takes_it_back_as_well(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).final("alice", "a table").quiet("alice")
        talk.turn_ends_eagerly("alice").at(2.3).voice("alice")
        assert talk.since(2.1) == ["2.3 cancel 1: the turn went on (alice)"]

    def test_new_words_take_it_back_as_well(self) -> None:
        talk = self.eager().at(2.3).partial("alice", "for")
        assert talk.since(2.1) == ["2.3 cancel 1: the turn went on (alice)"]

    def test_with_words_changed_the_answer_is_to_the_words_as_they_are(self) -> None:
        talk = self.eager().at(2.2).final("alice", "for two").at(2.3).turn_ends("alice")
        assert talk.since(2.1) == [
            "2.2 cancel 1: the turn went on (alice)",
            "2.3 reply 2 (alice: a table for two)",
        ]

    def test_partials_that_repeat_the_same_words_do_not_take_it_back(self) -> None:
        talk = self.eager().at(2.1).partial("alice", "a table").at(2.3).turn_ends("alice")
        assert talk.since(2.1) == ["2.3 confirm 1"]

    def test_never_confirmed_and_never_taken_back_it_is_confirmed_by_the_silence(self) -> None:
        assert self.eager().at(60).since(2.1) == ["4 confirm 1"]

    def test_the_end_of_the_voice_is_no_reason_to_wait_longer(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).final("alice", "a table")
        talk.turn_ends_eagerly("alice").at(2.4).quiet("alice")
        assert talk.at(60).since(2.1) == ["4 confirm 1"]

    def test_late_words_after_the_silence_confirmed_it_are_answered_at_once(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).voice("alice").at(2.0).final("alice", "a table")
        talk.turn_ends_eagerly("alice").at(2.4).quiet("alice").at(4.2).final("alice", "for two")
        assert talk.since(2.1) == [
            "4 confirm 1",
            "4.2 cancel 1: more was said (alice)",
            "4.2 reply 2 (alice: for two)",
        ]

    def test_taken_back_and_then_forgotten_by_the_detector_it_is_not_answered_in_mid_turn(self) -> None:
        talk = self.eager().at(2.3).turn_starts("alice").at(6.0).final("alice", "for two").turn_ends("alice")
        assert talk.since(2.5) == ["6 reply 2 (alice: a table for two)"]

    def test_an_eager_end_without_words_starts_nothing(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(2.0).turn_ends_eagerly("alice")
        assert talk.at(2.2).turn_ends("alice").final("alice", "hello").decisions == [
            "2.2 reply 1 (alice: hello)"
        ]

    def test_an_eager_end_before_the_last_words_are_understood_starts_nothing(self) -> None:
        talk = Conversation(DETECTOR).at(1.0).turn_starts("alice").at(1.5).final("alice", "a table")
        talk.at(2.0).partial("alice", "for").turn_ends_eagerly("alice").at(2.2).final("alice", "for two")
        assert talk.turn_ends("alice").decisions == ["2.2 reply 1 (alice: a table for two)"]

    def test_an_eager_end_may_start_a_reply_while_a_request_waits(self) -> None:
        talk = (
            Conversation(DETECTOR)
            .at(1.0)
            .turn_starts("alice")
            .asks_to_speak(1)
            .at(2.0)
            .final("alice", "a table")
        )
        talk.turn_ends_eagerly("alice").at(2.3).turn_ends("alice").at(3.0).audible(1).at(4.0).heard_out(1)
        assert talk.decisions == ["2 eager 1 (alice: a table)", "2.3 confirm 1", "4 reply 2 (request 1)"]

    def test_an_eager_end_starts_nothing_while_somebody_else_interrupts(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).turn_starts("alice").at(3.1).partial("alice", "no wait")
        talk.at(3.2).turn_starts("bob").at(3.6).final("bob", "me too").turn_ends_eagerly("bob")
        assert talk.at(4.0).since(3.1) == ["3.1 cancel 1: interrupted (alice)"]

    def test_an_eager_end_over_the_agent_starts_nothing(self) -> None:
        talk = mid_announcement(protected=True).at(3.0).voice("alice").final("alice", "hello")
        assert talk.turn_ends_eagerly("alice").at(3.5).since(2) == []

    def test_another_voice_leaves_it_alone(self) -> None:
        talk = self.eager().at(2.1).voice("bob").at(2.3).turn_ends("alice").at(2.5).audible(1)
        talk.at(3.0).partial("bob", "I say").at(3.1)
        assert talk.since(2.1) == ["2.3 confirm 1"]

    def test_late_words_of_another_over_an_earlier_reply_leave_it_alone(self) -> None:
        talk = mid_answer(DETECTOR).at(3.0).voice("bob").at(3.2).quiet("bob").at(3.3).heard_out(1)
        talk.at(3.4).voice("alice").at(3.8).final("alice", "and then").turn_ends_eagerly("alice")
        talk.at(3.9).final("bob", "no wait").at(4.0).turn_ends("alice")
        assert talk.since(3) == ["3.8 eager 2 (alice: and then)", "4 confirm 2"]

    def test_anothers_question_waits_until_it_is_settled(self) -> None:
        talk = self.eager().at(2.1).voice("bob").at(2.2).quiet("bob").final("bob", "me too").turn_ends("bob")
        assert talk.since(2.1) == []
        assert talk.at(2.5).turn_starts("alice").since(2.1) == [
            "2.5 cancel 1: the turn went on (alice)",
            "2.5 reply 2 (bob: me too)",
        ]

    def test_one_that_came_to_nothing_is_tried_again_when_the_turn_ends(self) -> None:
        talk = self.eager().at(2.1).empty(1).at(2.3).turn_ends("alice")
        assert talk.since(2.1) == ["2.3 reply 2 (alice: a table)"]


class TestARealtimeModel:
    """The model takes turns by itself; what it says is held, resumed and cut like any other reply."""

    def test_its_answer_begins_when_it_is_offered_and_nothing_else_answers(self) -> None:
        talk = (
            Conversation(MODEL_AND_WORDS)
            .at(1.0)
            .voice("alice")
            .at(2.0)
            .quiet("alice")
            .final("alice", "hello")
        )
        assert talk.at(2.3).model_answers(1).at(20).decisions == ["2.3 reply 1 (request 1)"]

    def test_an_eager_end_of_turn_starts_nothing_beside_it(self) -> None:
        talk = Conversation(Signals(turn_ends=True, model_replies=True)).at(1.0).turn_starts("alice")
        talk.at(2.0).final("alice", "hello").turn_ends_eagerly("alice").at(2.3).turn_ends("alice")
        assert talk.at(20).decisions == []

    def test_an_answer_that_comes_before_the_vad_has_noticed_the_silence_waits_for_it(self) -> None:
        talk = Conversation(MODEL).at(1.0).voice("alice").at(2.0).model_answers(1)
        talk.at(2.2).quiet("alice", silence=0.5)
        assert talk.at(20).decisions == [
            "2 reply 1 (request 1)",
            "2 silent 1 (alice)",
            "2.2 resume 1 (alice)",
        ]

    @pytest.mark.parametrize("signals", [MODEL, MODEL_AND_WORDS])
    def test_the_late_words_of_the_question_do_not_interrupt_the_answer_to_it(self, signals: Signals) -> None:
        talk = Conversation(signals).at(1.0).voice("alice").at(2.0).model_answers(1)
        talk.at(2.2).quiet("alice", silence=0.5).at(2.4).final("alice", "what time is it").at(2.5).audible(1)
        assert talk.at(20).since(2.1) == ["2.2 resume 1 (alice)"]

    def test_an_answer_to_someone_who_goes_on_speaking_is_given_up(self) -> None:
        talk = Conversation(MODEL).at(1.0).voice("alice").at(2.0).model_answers(1)
        assert talk.at(20).since(2.1) == ["2.25 cancel 1: interrupted (alice)"]

    @pytest.mark.parametrize("understood", ["partial", "final"])
    def test_with_transcripts_it_takes_new_words_to_give_it_up(self, understood: str) -> None:
        talk = Conversation(MODEL_AND_WORDS).at(1.0).voice("alice").at(1.5)
        getattr(talk, understood)("alice", "I would like")
        talk.at(2.0).model_answers(1).at(2.5)
        assert talk.since(2.1) == []
        talk.partial("alice", "I would like a table")
        assert talk.since(2.1) == ["2.5 cancel 1: interrupted (alice)"]

    def test_new_words_give_it_up_once_the_voice_has_proved_to_go_on(self) -> None:
        talk = Conversation(MODEL_AND_WORDS).at(1.0).voice("alice").at(2.0).model_answers(1)
        talk.at(2.1).final("alice", "a table please")
        assert talk.at(3.0).since(2.1) == ["2.25 cancel 1: interrupted (alice)"]

    def test_a_voice_interrupts_it_by_duration_alone(self) -> None:
        talk = Conversation(MODEL).model_answers(1).at(1.0).audible(1).at(2.0).voice("alice")
        assert talk.at(20).since(1) == ["2.25 cancel 1: interrupted (alice)"]

    def test_while_another_reply_is_heard_it_waits(self) -> None:
        talk = Conversation(MODEL).asks_to_speak(1).at(1.0).audible(1).at(2.0).model_answers(2)
        assert talk.at(3.0).heard_out(1).decisions == ["0 reply 1 (request 1)", "3 reply 2 (request 2)"]


class TestASlowVoiceDetector:
    """A detector says that a voice has ended only after some silence; the floor knows how much, and is not fooled."""

    def test_a_voice_is_weighed_once_its_end_would_have_been_noticed(self) -> None:
        talk = mid_answer(Signals(voice_end_delay_s=0.2)).at(3.0).voice("alice")
        assert talk.at(4.0).since(2) == ["3.45 silent 1 (alice)"]

    def test_a_cough_that_is_noticed_to_have_ended_never_silences(self) -> None:
        talk = mid_answer(Signals(voice_end_delay_s=0.2)).at(3.0).voice("alice")
        assert talk.at(3.4).quiet("alice", silence=0.2).at(20).since(2) == []

    def test_words_need_not_wait_for_it(self) -> None:
        talk = (
            mid_answer(Signals(voice_end_delay_s=0.2)).at(3.0).voice("alice").at(3.1).partial("alice", "stop")
        )
        assert talk.since(2) == ["3.1 cancel 1: interrupted (alice)"]
