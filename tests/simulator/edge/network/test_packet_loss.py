"""Loss against theory: how much, how many in a row, and how long between."""

from __future__ import annotations

import itertools
from collections import Counter
from math import sqrt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.core import clock
from simulator.clock.source import VirtualClock
from simulator.edge.network.loss import gilbert_elliott

PACKETS = 400_000
CONDITIONS = [(0.01, None), (0.2, None), (0.01, 3.0), (0.05, 8.0), (0.3, 1.0), (0.5, 2.5)]
"""Share that is lost, and mean burst."""

SIGMAS = 4.5
"""How far a measurement may be from theory: one in 150,000 is further away by chance, and these have fixed seeds."""


def lost(share: float, burst: float | None, count: int = PACKETS, stream: str = "loss") -> list[bool]:
    return list(itertools.islice(gilbert_elliott(share, burst, stream), count))


def runs(hits: list[bool]) -> tuple[list[int], list[int]]:
    """The lengths of the bursts and of the gaps, without the first and the last, which were not seen whole."""
    lengths = [(hit, len(list(group))) for hit, group in itertools.groupby(hits)][1:-1]
    return [n for hit, n in lengths if hit], [n for hit, n in lengths if not hit]


def leaving(share: float, burst: float | None) -> tuple[float, float]:
    """The probabilities that a burst, and that a gap, ends with a packet: Gilbert's two parameters."""
    ends = 1 - share if burst is None else 1 / burst
    return ends, ends * share / (1 - share)


@pytest.mark.parametrize(("share", "burst"), CONDITIONS)
def test_as_much_is_lost_as_was_asked_for(share: float, burst: float | None) -> None:
    ends, begins = leaving(share, burst)
    correlation = 1 - ends - begins
    spread = sqrt(share * (1 - share) / PACKETS * (1 + correlation) / (1 - correlation))
    assert sum(lost(share, burst)) / PACKETS == pytest.approx(share, abs=SIGMAS * spread)


@pytest.mark.parametrize(("share", "burst"), CONDITIONS)
def test_bursts_and_the_gaps_between_them_are_geometric(share: float, burst: float | None) -> None:
    for lengths, leaves in zip(runs(lost(share, burst)), leaving(share, burst), strict=True):
        total, counted = len(lengths), Counter(lengths)
        spread = sqrt((1 - leaves) / total) / leaves
        assert sum(lengths) / total == pytest.approx(1 / leaves, abs=SIGMAS * spread)
        for length in range(1, 8):
            expected = (1 - leaves) ** (length - 1) * leaves
            spread = sqrt(expected * (1 - expected) / total)
            assert counted[length] / total == pytest.approx(expected, abs=SIGMAS * spread), length


def test_without_bursts_a_loss_says_nothing_of_the_next() -> None:
    hits = lost(0.1, None)
    after_loss = [second for first, second in itertools.pairwise(hits) if first]
    spread = sqrt(0.1 * 0.9 / len(after_loss))
    assert sum(after_loss) / len(after_loss) == pytest.approx(0.1, abs=SIGMAS * spread)


def test_nothing_and_everything_are_lost_without_exception() -> None:
    assert not any(lost(0.0, None, 1000))
    assert not any(lost(0.0, 5.0, 1000))
    assert all(lost(1.0, None, 1000))


def test_the_same_stream_loses_the_same_packets_and_another_others() -> None:
    def in_a_simulation(seed: int, stream: str) -> list[bool]:
        with clock.use(VirtualClock(seed=seed, monotonic_ns=lambda: 0, wall_offset_ns=0)):
            return lost(0.1, 3.0, 2000, stream)

    assert in_a_simulation(7, "a") == in_a_simulation(7, "a")
    assert in_a_simulation(7, "a") != in_a_simulation(8, "a")
    assert in_a_simulation(7, "a") != in_a_simulation(7, "b")


@given(share=st.floats(0, 0.95), excess=st.floats(0, 20), data=st.data())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_loss_that_can_be_is_met(share: float, excess: float, data: st.DataObject) -> None:
    burst = data.draw(st.sampled_from([None, max(1.0, share / (1 - share)) + excess]))
    count = 20_000
    ends, begins = leaving(share, burst)
    correlation = max(0.0, 1 - ends - begins)
    spread = sqrt((share * (1 - share) + 1e-4) / count * (1 + correlation) / (1 - correlation))
    found = sum(lost(share, burst, count, f"any:{share}:{burst}")) / count
    assert found == pytest.approx(share, abs=7 * spread + 30 / count)
