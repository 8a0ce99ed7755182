"""A realtime model on the floor."""

from __future__ import annotations

import pytest

from agentkit.core.turns import Signals
from tests.core.turns.conversation import MODEL, MODEL_AND_WORDS, Conversation


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
