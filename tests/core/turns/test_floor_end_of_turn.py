"""When a person's turn is over, and what is answered then: by silence, by a detector, and when signals stop."""

from __future__ import annotations

from agentkit.core.turns import Floor
from agentkit.core.turns.inputs import PartialTranscript, TimerFired
from tests.core.turns.conversation import DETECTOR, Conversation, mid_answer


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
