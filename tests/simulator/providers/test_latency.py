from __future__ import annotations

import math
import statistics

import pytest

from agentkit.core import clock
from simulator.clock.source import VirtualClock
from simulator.providers import Fixed, LogNormal, latency


def seeded(seed: int) -> VirtualClock:
    return VirtualClock(seed=seed, monotonic_ns=lambda: 0, wall_offset_ns=0)


def test_a_number_is_the_same_latency_every_time() -> None:
    assert [latency(0.25).draw() for _ in range(3)] == [0.25, 0.25, 0.25]


def test_a_model_is_taken_as_it_is() -> None:
    model = Fixed(0.1)
    assert latency(model) is model


def test_half_of_the_lognormal_draws_are_below_the_median_and_the_tail_is_long() -> None:
    with clock.use(seeded(7)):
        model = LogNormal(0.2, 0.4, stream="llm")
        draws = [model.draw() for _ in range(4000)]
    assert statistics.median(draws) == pytest.approx(0.2, rel=0.05)
    assert statistics.quantiles(draws, n=20)[-1] == pytest.approx(0.2 * math.exp(1.645 * 0.4), rel=0.1)


def test_the_seed_of_the_run_decides_what_is_drawn() -> None:
    def draws(seed: int) -> list[float]:
        with clock.use(seeded(seed)):
            return [LogNormal(0.2, 0.4, stream="llm").draw() for _ in range(5)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert len(set(draws(1))) == 5


def test_drawing_from_one_stream_changes_nothing_in_another() -> None:
    model = LogNormal(0.2, 0.4, stream="llm")
    with clock.use(seeded(1)):
        alone = [model.draw() for _ in range(3)]
    with clock.use(seeded(1)):
        other = LogNormal(0.2, 0.4, stream="tts")
        beside = [(other.draw(), model.draw())[1] for _ in range(3)]
    assert beside == alone


@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf])
def test_an_impossible_latency_is_refused_with_its_value(seconds: float) -> None:
    with pytest.raises(ValueError, match=f"expected 0 or more seconds, got {seconds}"):
        latency(seconds)


@pytest.mark.parametrize("seconds", ["0.1", None, True])
def test_what_is_no_number_is_refused_with_its_value(seconds: object) -> None:
    with pytest.raises(TypeError, match=f"expected a number of seconds, got {seconds!r}"):
        latency(seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("median_s", "sigma", "stream", "message"),
    [
        (0.0, 0.3, "llm", "expected more than 0 seconds"),
        (0.1, -1.0, "llm", "expected 0 or more, got -1.0"),
        (0.1, math.nan, "llm", "expected 0 or more, got nan"),
        (0.1, 0.3, "", "expected a name"),
    ],
)
def test_an_impossible_distribution_is_refused(
    median_s: float, sigma: float, stream: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        LogNormal(median_s, sigma, stream)
