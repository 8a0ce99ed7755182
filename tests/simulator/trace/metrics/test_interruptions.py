from __future__ import annotations

from simulator.trace import compute

AGENT_TALKS = """
1.0 agent agent.reply_started epoch=1 participant=alice
1.5 agent agent.turn_started epoch=1
1.5 agent voice.started at=1.5
"""
ALICE_CUTS_IN = """
4.1 alice voice.started at=4.0
4.3 agent agent.yielded epoch=1 participant=alice
4.3 agent agent.turn_ended epoch=1 interrupted=true text="one two three four" heard_text="one two" participant=alice
4.5 agent voice.stopped at=4.315
"""
ALICE_STOPS = "5.2 alice voice.stopped at=5.0"
NEXT_TURN = """
5.6 agent agent.reply_started epoch=2 participant=alice
6.0 agent agent.turn_started epoch=2
6.1 agent voice.started at=6.05
"""


def test_yield_latency_is_from_the_interrupting_sound_to_the_agents_silence(written) -> None:
    metrics = compute(written(AGENT_TALKS, ALICE_CUTS_IN))
    assert metrics.yield_latency_ms.p95 == 315
    assert metrics.decision_to_silence_ms.p95 == 15
    assert metrics.interruptions == 1
    assert metrics.false_interruptions == 0


def test_an_agent_pausing_just_then_was_silent_at_once(written) -> None:
    pausing = ALICE_CUTS_IN.replace("4.5 agent voice.stopped at=4.315", "")
    metrics = compute(written(AGENT_TALKS, "4.1 agent voice.stopped at=3.9", pausing))
    assert metrics.decision_to_silence_ms.max == 0
    assert metrics.yield_latency_ms.max == 0


def test_sound_that_goes_on_after_the_decision_counts_until_it_ends(written) -> None:
    ghost = "4.6 agent voice.started at=4.6\n5.1 agent voice.stopped at=4.9"
    metrics = compute(written(AGENT_TALKS, ALICE_CUTS_IN, ghost, ALICE_STOPS, NEXT_TURN))
    assert metrics.decision_to_silence_ms.max == 600
    assert metrics.yield_latency_ms.max == 900


def test_the_agents_next_turn_is_not_taken_for_sound_that_goes_on(written) -> None:
    metrics = compute(
        written(AGENT_TALKS, ALICE_CUTS_IN, ALICE_STOPS, NEXT_TURN, "9 agent voice.stopped at=8.8")
    )
    assert metrics.yield_latency_ms.max == 315


def test_the_last_sound_before_the_decision_caused_it(written) -> None:
    earlier = "2.0 alice voice.started at=2.0\n2.5 alice voice.stopped at=2.3"
    assert compute(written(AGENT_TALKS, earlier, ALICE_CUTS_IN)).yield_latency_ms.max == 315


def test_another_persons_sound_is_not_the_cause(written) -> None:
    bob = "4.2 bob voice.started at=4.2"
    with_bob = ALICE_CUTS_IN.replace("4.3 agent agent.yielded", f"{bob}\n4.3 agent agent.yielded")
    assert compute(written(AGENT_TALKS, with_bob)).yield_latency_ms.max == 315


def test_a_person_the_agent_spoke_over_counts_from_where_both_sounded(written) -> None:
    metrics = compute(written("0.2 alice voice.started at=0.2", AGENT_TALKS, ALICE_CUTS_IN.split("\n", 2)[2]))
    assert metrics.yield_latency_ms.max == 4315 - 1500


def test_a_cut_by_the_program_is_no_interruption_but_its_silence_is_measured(written) -> None:
    by_program = """
    4.3 agent agent.yielded epoch=1
    4.3 agent agent.turn_ended epoch=1 interrupted=true text="one two three four" heard_text="one two"
    4.5 agent voice.stopped at=4.315
    """
    metrics = compute(written(AGENT_TALKS, "4.1 alice voice.started at=4.0", by_program))
    assert metrics.interruptions == 0
    assert metrics.yield_latency_ms.count == 0
    assert metrics.decision_to_silence_ms.p50 == 15


def test_a_turn_cut_by_somebody_who_just_left_is_an_interruption(written) -> None:
    ended_by_nobody = ALICE_CUTS_IN.replace('"one two" participant=alice', '"one two"')
    assert compute(written(AGENT_TALKS, ended_by_nobody)).interruptions == 1


def test_yielding_and_going_on_is_a_false_interruption(written) -> None:
    cough = """
    2.0 alice voice.started at=2.0
    2.2 agent agent.yielded epoch=1 participant=alice
    2.5 alice voice.stopped at=2.3
    3.0 agent agent.resumed epoch=1 participant=alice
    """
    metrics = compute(written(AGENT_TALKS, cough, "6 agent agent.turn_ended epoch=1 interrupted=false"))
    assert (metrics.interruptions, metrics.false_interruptions) == (0, 1)
    assert metrics.yield_latency_ms.count == 0

    and_then_for_real = compute(written(AGENT_TALKS, cough, ALICE_CUTS_IN))
    assert (and_then_for_real.interruptions, and_then_for_real.false_interruptions) == (1, 1)
    assert and_then_for_real.yield_latency_ms.max == 315


def test_going_on_without_having_yielded_is_none(written) -> None:
    assert compute(written(AGENT_TALKS, "3 agent agent.resumed epoch=1")).false_interruptions == 0


def test_post_interruption_latency_is_from_the_end_of_the_interruption_to_the_next_turn(written) -> None:
    metrics = compute(written(AGENT_TALKS, ALICE_CUTS_IN, ALICE_STOPS, NEXT_TURN))
    assert metrics.post_interruption_latency_ms.p50 == 1050


def test_pauses_inside_the_interruption_are_part_of_it(written) -> None:
    pause = "4.8 alice voice.stopped at=4.6\n4.9 alice voice.started at=4.9"
    metrics = compute(written(AGENT_TALKS, ALICE_CUTS_IN, pause, ALICE_STOPS, NEXT_TURN))
    assert metrics.post_interruption_latency_ms.p50 == 1050


def test_an_interruption_nobody_answered_has_no_post_interruption_latency(written) -> None:
    metrics = compute(written(AGENT_TALKS, ALICE_CUTS_IN, ALICE_STOPS))
    assert metrics.post_interruption_latency_ms.count == 0


def test_an_agent_that_never_falls_silent_has_no_yield_latency_but_talks_over(written) -> None:
    endless = ALICE_CUTS_IN.replace("4.5 agent voice.stopped at=4.315", "10 call call.ended")
    metrics = compute(written(AGENT_TALKS, endless))
    assert metrics.yield_latency_ms.count == 0
    assert metrics.talk_over_ms == 6000
