from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.trace import Record, compute
from simulator.trace.metrics.voice import Voices

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("agent", "alice", "bob", "talk_over_ms"),
    [
        ([], [], [], 0),
        ([(1, 3)], [], [], 0),
        ([(1, 4)], [(2, 5)], [], 2000),
        ([(1, 2.8)], [(2, 2.5)], [], 500),
        ([(1, 2), (3, 4)], [(1.5, 3.25)], [], 750),
        pytest.param([(1, 3)], [(1, 2)], [(1.5, 3)], 2000, id="two people at once count once"),
        pytest.param([], [(1, 2)], [(1, 2)], 0, id="people among themselves do not count"),
        pytest.param([(2, 3)], [(1, 2)], [(3, 4)], 0, id="one after the other, to the sample"),
    ],
)
def test_talk_over_is_the_time_the_agent_and_a_person_sound_at_once(
    written, agent, alice, bob, talk_over_ms
) -> None:
    lines = [
        f"9 {source} voice.{what} at={at}"
        for source, stretches in (("agent", agent), ("alice", alice), ("bob", bob))
        for stretch in stretches
        for what, at in zip(("started", "stopped"), stretch, strict=True)
    ]
    assert compute(written(*lines)).talk_over_ms == talk_over_ms


def test_a_voice_still_sounding_at_the_end_lasts_until_the_last_record(written) -> None:
    records = written("1 agent voice.started at=1\n2 bob voice.started at=2\n5 call call.ended")
    assert compute(records).talk_over_ms == 3000


def test_a_stop_without_a_start_and_a_second_start_are_ignored(written) -> None:
    records = written(
        "1 bob voice.stopped at=1\n2 bob voice.started at=2\n3 bob voice.started at=3\n4 bob voice.stopped at=4"
    )
    assert [(s.start_ns, s.end_ns) for s in Voices(records).of("bob")] == [(2 * SECOND, 4 * SECOND)]


STRETCHES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=6)


@given(STRETCHES, STRETCHES)
def test_time_together_is_the_instants_at_which_both_sound(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    records = [
        Record(0, source, f"voice.{what}", {"at_ns": at_ns})
        for source, stretches in (("agent", ours), ("bob", theirs))
        for start, length in stretches
        for what, at_ns in (("started", start), ("stopped", start + length))
    ]
    sounding = [
        {t for start, length in stretches for t in range(start, start + length)}
        for stretches in (ours, theirs)
    ]
    assert Voices(records).together_ns(["agent"], ["bob"]) == len(sounding[0] & sounding[1])
