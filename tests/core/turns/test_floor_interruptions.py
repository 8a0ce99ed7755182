"""Contract 5: only real interruptions. Who speaks over the agent, and what the floor makes of it."""

from __future__ import annotations

import pytest

from agentkit.core.turns import Signals
from tests.core.turns.conversation import Conversation, mid_announcement, mid_answer


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
