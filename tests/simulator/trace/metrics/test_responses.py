from __future__ import annotations

import pytest

from simulator.trace import compute

ALICE_ASKS = """
1.0 alice voice.started at=1.0
2.2 alice voice.stopped at=2.0
"""
ACCEPTED = """
2.5 agent agent.user_turn_ended participant=alice text="when do you open" eager=false
"""
ANSWER = """
2.5 agent agent.reply_started epoch=1 participant=alice eager=false
2.5 agent llm.request_started text="when do you open"
2.9 agent tts.synthesis_started text="We open at nine."
3.0 agent llm.response text="We open at nine. Bye." first_token_ms=200
3.05 agent tts.synthesis_completed text="We open at nine." first_audio_ms=100.0
3.06 agent agent.turn_started epoch=1
3.1 agent voice.started at=3.08
"""
ANSWER_ENDS = """
5.0 agent agent.turn_ended epoch=1 interrupted=false text="We open at nine. Bye." heard_text="We open at nine. Bye."
5.2 agent voice.stopped at=5.0
"""
STAGES = ("endpointing_ms", "llm_first_token_ms", "tts_first_audio_ms", "playout_ms")


def stages(metrics):
    (turn,) = metrics.turns
    return [getattr(turn, stage) for stage in STAGES]


def test_response_latency_is_from_the_persons_last_sound_to_the_agents_first(written) -> None:
    metrics = compute(written(ALICE_ASKS, ACCEPTED, ANSWER, ANSWER_ENDS))
    assert metrics.response_latency_ms.p50 == 1080
    assert metrics.response_latency_ms.count == 1


def test_the_stages_sum_to_the_whole(written) -> None:
    metrics = compute(written(ALICE_ASKS, ACCEPTED, ANSWER, ANSWER_ENDS))
    assert stages(metrics) == [500, 200, 100, 280]
    assert sum(stages(metrics)) == metrics.response_latency_ms.p50


def test_time_to_first_audio_is_from_the_start_of_the_reply_to_its_sound(written) -> None:
    metrics = compute(written(ALICE_ASKS, ACCEPTED, ANSWER, ANSWER_ENDS))
    assert metrics.time_to_first_audio_ms.p50 == 580


def test_what_an_eager_reply_did_before_the_turn_was_accepted_is_no_wait(written) -> None:
    metrics = compute(
        written(
            ALICE_ASKS,
            """
            2.1 agent agent.user_turn_ended participant=alice text=when eager=true
            2.1 agent agent.reply_started epoch=1 participant=alice eager=true
            2.1 agent llm.request_started text=when
            2.3 agent agent.user_turn_ended participant=alice text=when eager=false
            2.4 agent tts.synthesis_started text="We open at nine."
            2.5 agent llm.response text="We open at nine." first_token_ms=250
            2.5 agent tts.synthesis_completed text="We open at nine." first_audio_ms=100
            2.5 agent agent.turn_started epoch=1
            2.5 agent voice.started at=2.51
            """,
        )
    )
    # The first token came at 2.35, only 50 ms after the turn was accepted.
    assert stages(metrics) == [300, 50, 100, 60]
    assert metrics.response_latency_ms.p50 == 510


def test_a_turn_accepted_before_the_person_was_silent_has_no_endpointing(written) -> None:
    metrics = compute(
        written(
            """
            1.0 alice voice.started at=1.0
            1.9 agent agent.user_turn_ended participant=alice text=when eager=false
            1.9 agent agent.reply_started epoch=1 participant=alice eager=false
            1.9 agent llm.request_started text=when
            2.2 alice voice.stopped at=2.0
            2.4 agent llm.response text="We open at nine." first_token_ms=200
            2.5 agent agent.turn_started epoch=1
            2.5 agent voice.started at=2.5
            """
        )
    )
    assert stages(metrics) == [0, 100, None, 400]


def test_a_cut_answer_whose_model_never_finished_has_a_wait_but_no_rest(written) -> None:
    without = "\n".join(line for line in ANSWER.splitlines() if "llm.response" not in line)
    metrics = compute(written(ALICE_ASKS, ACCEPTED, without))
    assert stages(metrics) == [500, None, 100, None]
    assert metrics.response_latency_ms.p50 == 1080
    assert metrics.llm_first_token_ms.count == metrics.playout_ms.count == 0


def test_a_model_that_speaks_by_itself_has_only_endpointing_and_the_rest(written) -> None:
    realtime = "\n".join(line for line in ANSWER.splitlines() if " agent agent." in line or "voice" in line)
    metrics = compute(written(ALICE_ASKS, ACCEPTED, realtime))
    assert stages(metrics) == [500, None, None, 580]


def test_a_greeting_answers_nobody(written) -> None:
    greeting = ANSWER.replace(" participant=alice", "")
    metrics = compute(written(ALICE_ASKS, greeting, ANSWER_ENDS))
    assert metrics.response_latency_ms.count == 0
    assert metrics.time_to_first_audio_ms.count == 1


def test_an_answer_that_goes_on_in_a_second_turn_was_waited_for_once(written) -> None:
    more = """
    5.5 agent agent.reply_started epoch=2 participant=alice
    6.0 agent agent.turn_started epoch=2
    6.0 agent voice.started at=6.0
    """
    metrics = compute(written(ALICE_ASKS, ACCEPTED, ANSWER, ANSWER_ENDS, more))
    assert metrics.response_latency_ms.count == 1
    assert metrics.agent_turns == 2


def test_two_people_asking_at_once_each_wait_for_their_own_answer(written) -> None:
    bob = """
    5.3 agent agent.reply_started epoch=2 participant=bob
    6.0 agent agent.turn_started epoch=2
    6.0 agent voice.started at=6.0
    """
    metrics = compute(
        written(
            "0.5 bob voice.started at=0.5",
            ALICE_ASKS,
            "2.4 bob voice.stopped at=2.2",
            ACCEPTED,
            ANSWER,
            ANSWER_ENDS,
            bob,
        )
    )
    assert [(t.participant, t.response_latency_ms) for t in metrics.turns] == [("alice", 1080), ("bob", 3800)]


def test_a_pause_in_the_question_does_not_count_as_waiting(written) -> None:
    pause = """
    1.0 alice voice.started at=1.0
    1.5 alice voice.stopped at=1.3
    1.7 alice voice.started at=1.7
    2.2 alice voice.stopped at=2.0
    """
    assert compute(written(pause, ACCEPTED, ANSWER)).response_latency_ms.p50 == 1080


def test_a_turn_that_is_never_heard_has_no_latency(written) -> None:
    silent = "\n".join(line for line in ANSWER.splitlines() if "voice" not in line)
    later = "20 agent agent.turn_started epoch=2\n20.1 agent voice.started at=20.1"
    metrics = compute(written(ALICE_ASKS, ACCEPTED, silent, later))
    assert metrics.response_latency_ms.count == 0
    assert metrics.time_to_first_audio_ms.count == 0


@pytest.mark.parametrize("missing", ["voice.stopped", "voice.started", "turn_started", "reply_started"])
def test_without_one_of_its_ends_nothing_is_measured(written, missing) -> None:
    records = [r for r in written(ALICE_ASKS, ACCEPTED, ANSWER) if missing not in r.kind]
    assert compute(records).response_latency_ms.count == 0


def test_each_turn_tells_how_much_of_it_was_heard(written) -> None:
    cut = '4.0 agent agent.turn_ended epoch=1 interrupted=true text="We open at nine. Bye." heard_text="We open"'
    metrics = compute(written(ALICE_ASKS, ACCEPTED, ANSWER, cut))
    (turn,) = metrics.turns
    assert (turn.generated_words, turn.heard_words, turn.heard_ratio, turn.interrupted) == (5, 2, 0.4, True)
    assert (metrics.generated_words, metrics.heard_words, metrics.heard_ratio) == (5, 2, 0.4)
