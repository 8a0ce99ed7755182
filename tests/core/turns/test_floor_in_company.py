"""Contract 6: fair in company, to people and to the agent's own words."""

from __future__ import annotations

import pytest

from agentkit.core.turns import Signals
from tests.core.turns.conversation import DETECTOR, Conversation, mid_announcement, mid_answer


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
