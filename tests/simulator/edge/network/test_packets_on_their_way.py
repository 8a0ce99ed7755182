"""A path against theory: how long packets take, which overtake each other, and what never arrives."""

from __future__ import annotations

import itertools
from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.core import clock
from simulator.clock.source import VirtualClock
from simulator.edge.grid import FRAME_NS
from simulator.edge.network.conditions import QUEUE_NS, Conditions, Outage, to_ns
from simulator.edge.network.path import Path

PACKETS = 100_000
SIGMAS = 4.5

CONDITIONS = st.builds(
    Conditions,
    delay_s=st.floats(0, 1),
    jitter_s=st.sampled_from([0, 0.001, 0.015, 0.2]),
    loss=st.sampled_from([0, 0.01, 0.5, 1]),
    duplication=st.sampled_from([0, 0.1, 1]),
    bandwidth_bps=st.sampled_from([None, 24_000, 47_000, 48_000, 1_000_000]),
    outages=st.lists(st.builds(Outage, st.floats(0, 5), st.floats(0, 2)), max_size=3).map(tuple),
)


def sent(conditions: Conditions, count: int = PACKETS, name: str = "path") -> list[tuple[int, ...]]:
    """When each of ``count`` packets arrives, one sent every 20 ms."""
    path = Path(conditions, name)
    return [path.send(number * FRAME_NS) for number in range(count)]


def took_ms(conditions: Conditions) -> np.ndarray:
    return np.array([at[0] - n * FRAME_NS for n, at in enumerate(sent(conditions))]) / 1e6


def test_without_jitter_every_packet_takes_the_delay() -> None:
    assert set(took_ms(Conditions(delay_s=0.04))) == {40.0}
    assert set(took_ms(Conditions())) == {0.0}


@pytest.mark.parametrize("jitter_ms", [2.0, 15.0, 80.0])
def test_jitter_is_exponential_and_comes_on_top_of_the_delay(jitter_ms: float) -> None:
    jitter = took_ms(Conditions(delay_s=0.04, jitter_s=jitter_ms / 1000)) - 40
    assert jitter.min() >= 0
    assert jitter.mean() == pytest.approx(jitter_ms, abs=SIGMAS * jitter_ms / sqrt(PACKETS))
    assert jitter.std() == pytest.approx(jitter_ms, abs=SIGMAS * jitter_ms * sqrt(2 / PACKETS))
    theory = 1 - np.exp(-np.sort(jitter) / jitter_ms)
    steps = np.arange(1, PACKETS + 1) / PACKETS
    kolmogorov = max(np.abs(theory - steps).max(), np.abs(theory - steps + 1 / PACKETS).max())
    assert kolmogorov < 1.95 / sqrt(PACKETS)  # the 0.1 % level


def test_jitter_of_one_packet_says_nothing_of_the_next() -> None:
    jitter = took_ms(Conditions(jitter_s=0.015))
    correlation = np.corrcoef(jitter[:-1], jitter[1:])[0, 1]
    assert abs(correlation) < SIGMAS / sqrt(PACKETS)


@pytest.mark.parametrize("jitter_ms", [5.0, 20.0, 60.0])
def test_packets_overtake_each_other_as_often_as_their_jitter_has_it(jitter_ms: float) -> None:
    arrivals = [at[0] for at in sent(Conditions(jitter_s=jitter_ms / 1000))]
    overtaking = [later < earlier for earlier, later in itertools.pairwise(arrivals)]
    expected = exp(-20 / jitter_ms) / 2  # the difference of two exponential draws exceeds 20 ms
    spread = sqrt(expected * (1 - expected) / PACKETS) * 2  # neighbours share a draw
    assert sum(overtaking) / len(overtaking) == pytest.approx(expected, abs=SIGMAS * spread)


def test_a_packet_is_reordered_when_one_that_was_sent_later_arrives_before_it() -> None:
    path = Path(Conditions(jitter_s=0.03), "path")
    arrivals = [path.send(number * FRAME_NS)[0] for number in range(5000)]
    before = itertools.accumulate(arrivals, max)
    assert path.reordered == sum(at < latest for at, latest in zip(arrivals, before, strict=True))
    assert path.reordered > 500


@pytest.mark.parametrize("share", [0.005, 0.1])
def test_as_many_packets_arrive_twice_as_was_asked_for(share: float) -> None:
    path = Path(Conditions(duplication=share, jitter_s=0.01), "path")
    arrivals = [path.send(number * FRAME_NS) for number in range(PACKETS)]
    twice = [at for at in arrivals if len(at) == 2]
    spread = sqrt(share * (1 - share) / PACKETS)
    assert len(twice) / PACKETS == pytest.approx(share, abs=SIGMAS * spread)
    assert path.doubled == len(twice)
    second = np.array([later - first for first, later in twice]) / 1e6
    assert second.mean() == pytest.approx(10, abs=SIGMAS * 10 / sqrt(len(twice)))


def test_nothing_that_is_sent_in_an_outage_arrives_and_all_else_does() -> None:
    outages = (Outage(at_s=1, for_s=0.5), Outage(at_s=1.2, for_s=0.5), Outage(at_s=3, for_s=0))
    arrived = [bool(at) for at in sent(Conditions(outages=outages, delay_s=1), 250)]
    assert [number * 20 for number, there in enumerate(arrived) if not there] == list(range(1000, 1700, 20))


def test_while_a_connection_is_cut_nothing_arrives() -> None:
    path = Path(Conditions(), "path")
    assert [bool(path.send(n * FRAME_NS, n in (3, 4))) for n in range(6)] == [1, 1, 1, 0, 0, 1]
    assert path.cut == 2


@pytest.mark.parametrize("kbps", [12, 36, 47])
def test_a_line_that_is_too_narrow_loses_what_does_not_fit_and_holds_up_the_rest(kbps: int) -> None:
    conditions = Conditions(bandwidth_bps=1000 * kbps, delay_s=0.01)
    path = Path(conditions, "path")
    arrivals = [path.send(number * FRAME_NS) for number in range(20_000)]
    assert path.dropped / 20_000 == pytest.approx(1 - kbps / 48, abs=0.001)
    held = [at[0] - n * FRAME_NS - to_ns(0.01) for n, at in enumerate(arrivals) if at]
    assert max(held) <= conditions.queue_ns <= QUEUE_NS + conditions.crossing_ns
    assert max(held) > QUEUE_NS - 2 * FRAME_NS
    assert [at[0] for at in arrivals if at] == sorted(at[0] for at in arrivals if at)


def test_a_line_that_is_wide_enough_only_takes_its_time() -> None:
    assert set(took_ms(Conditions(bandwidth_bps=48_000))) == {20.0}
    assert set(took_ms(Conditions(bandwidth_bps=96_000, delay_s=0.005))) == {15.0}


def test_with_more_loss_the_packets_that_arrive_take_as_long_as_before() -> None:
    def arrivals(loss: float, duplication: float) -> list[tuple[int, ...]]:
        with clock.use(VirtualClock(seed=3, monotonic_ns=lambda: 0, wall_offset_ns=0)):
            return sent(Conditions(jitter_s=0.02, loss=loss, duplication=duplication), 2000)

    for good, bad in zip(arrivals(0, 0), arrivals(0.3, 0.2), strict=True):
        assert bad == () or bad[0] == good[0]


@given(conditions=CONDITIONS, count=st.integers(1, 300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_packet_arrives_or_is_accounted_for(conditions: Conditions, count: int) -> None:
    path = Path(conditions, "any")
    arrivals = [path.send(number * FRAME_NS) for number in range(count)]
    assert path.lost + path.cut + path.dropped + sum(map(bool, arrivals)) == count
    assert path.doubled == sum(len(at) == 2 for at in arrivals)
    for number, at in enumerate(arrivals):
        assert list(at) == sorted(at)
        assert all(instant >= number * FRAME_NS + to_ns(conditions.delay_s) for instant in at)
