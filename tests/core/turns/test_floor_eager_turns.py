"""Contract 9: eager turns."""

from __future__ import annotations

from tests.core.turns.conversation import DETECTOR, Conversation, mid_announcement, mid_answer


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
