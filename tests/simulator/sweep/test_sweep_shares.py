"""Runs split into shares, and shares whose process died."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.sweep.shares import MOST_RUNS, Share, after_loss, split

shares = st.builds(Share, st.integers(0, 5), st.integers(1, 100), st.integers(1, MOST_RUNS + 1), st.just(0))


@given(scenarios=st.integers(1, 70), repeat=st.integers(1, 300), workers=st.integers(1, 64))
def test_every_run_is_in_one_share_and_they_come_in_order(scenarios: int, repeat: int, workers: int) -> None:
    split_up = [
        (share.scenario, number) for share in split(scenarios, repeat, workers) for number in share.numbers
    ]
    assert split_up == [
        (scenario, number) for scenario in range(scenarios) for number in range(1, repeat + 1)
    ]


@given(scenarios=st.integers(1, 5), repeat=st.integers(2, 1000), workers=st.integers(1, 64))
def test_no_run_is_alone_so_that_what_an_agent_leaves_behind_is_noticed(
    scenarios: int, repeat: int, workers: int
) -> None:
    assert all(2 <= share.runs <= MOST_RUNS + 1 for share in split(scenarios, repeat, workers))


def test_a_million_runs_are_split_when_they_are_wanted() -> None:
    assert next(split(100, 1_000_000, 2)) == Share(0, 1, MOST_RUNS)


@given(share=shares)
def test_a_share_that_is_lost_is_played_again_as_it_was(share: Share) -> None:
    [again] = after_loss(share)
    assert again.numbers == share.numbers


@given(share=shares, deadly=st.sets(st.integers(1, 121)))
def test_only_runs_that_end_their_process_are_given_up(share: Share, deadly: set[int]) -> None:
    waiting, played, given_up, died = [share], set(), set(), 0
    while waiting:
        trying = waiting.pop()
        if not deadly.isdisjoint(trying.numbers):
            died += 1
            again = after_loss(trying)
            given_up |= set() if again else set(trying.numbers)
            waiting += again
        else:
            played |= set(trying.numbers)
    assert played == set(share.numbers) - deadly
    assert given_up == set(share.numbers) & deadly
    assert died <= 2 + len(given_up)
