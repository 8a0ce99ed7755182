from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.trace import Distribution


@pytest.mark.parametrize(
    ("values", "p50", "p90", "p95"),
    [
        ([7.0], 7, 7, 7),
        ([1.0, 2.0], 1, 2, 2),
        ([3.0, 1.0, 2.0], 2, 3, 3),
        ([float(n) for n in range(1, 11)], 5, 9, 10),
        ([float(n) for n in range(1, 21)], 10, 18, 19),
        ([float(n) for n in range(1, 101)], 50, 90, 95),
    ],
)
def test_percentiles_are_by_nearest_rank(values: list[float], p50: float, p90: float, p95: float) -> None:
    found = Distribution.of(values)
    assert (found.p50, found.p90, found.p95) == (p50, p90, p95)


def test_a_distribution_says_how_many_how_little_and_how_much() -> None:
    found = Distribution.of([3.0, 1.0, 8.0])
    assert (found.count, found.min, found.max, found.mean) == (3, 1, 8, 4)


def test_nothing_measured_is_a_count_of_zero_and_no_figures() -> None:
    nothing = dict.fromkeys(("min", "p50", "p90", "p95", "max", "mean"))
    assert Distribution.of([]).as_dict() == {"count": 0, **nothing}


def test_a_distribution_is_reported_to_a_thousandth() -> None:
    assert Distribution.of([0.12345]).as_dict() == {"count": 1} | dict.fromkeys(
        ("min", "p50", "p90", "p95", "max", "mean"), 0.123
    )


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_percentiles_are_measured_values_in_order(values: list[float]) -> None:
    d = Distribution.of(values)
    assert {d.min, d.p50, d.p90, d.p95, d.max} <= set(values)
    assert d.min <= d.p50 <= d.p90 <= d.p95 <= d.max  # type: ignore[operator]
