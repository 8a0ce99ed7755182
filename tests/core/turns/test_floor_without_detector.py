"""Contract 8: barge-in without a turn detector."""

from __future__ import annotations

from tests.core.turns.conversation import NO_WORDS, Conversation, mid_answer


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
