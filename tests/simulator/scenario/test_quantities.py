from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.model.levels import Share
from simulator.scenario.model.quantities import (
    Comparison,
    Duration,
    Range,
    parse_count,
    parse_quantity,
)

durations = st.integers(0, 24 * 3600 * 10**9 - 1).map(Duration)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("800ms", 800_000_000),
        ("1.5s", 1_500_000_000),
        ("2m", 120_000_000_000),
        ("0", 0),
        ("0s", 0),
        (" 20 ms ", 20_000_000),
        ("0.1ms", 100_000),
    ],
)
def test_a_time_is_exact_to_the_nanosecond(text: str, ns: int) -> None:
    assert Duration.parse(text).ns == ns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-1s", "negative"),
        ("300", "300s or 300ms"),
        ("2 sec", "'sec'"),
        ("3h", "(ms, s, m)"),
        ("nan", "800ms, 1.5s or 2m"),
        ("inf", "not a time"),
        ("1e3s", "not a time"),
        ("", "not a time"),
        ("soon", "not a time"),
        ("1440m", "24 hours"),
        ("9" * 400 + "s", "not a time"),
        ("1.5.2s", "not a time"),
        ("٣s", "not a time"),
    ],
)
def test_what_is_not_a_time_is_refused_with_examples(text: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        Duration.parse(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 200


@given(durations)
def test_a_time_survives_being_written_and_read(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@given(st.text())
def test_any_text_is_a_range_or_refused(text: str) -> None:
    try:
        found = Range.parse(text)
    except ValueError:
        return
    assert found.lo <= found.hi
    assert Range.parse(str(found)) == found


def test_a_plain_run_takes_the_lower_end_of_a_range() -> None:
    explorable = Range.parse("500ms..2s")
    assert (explorable.ns, explorable.seconds, explorable.fixed) == (500_000_000, 0.5, False)
    assert str(explorable) == "500ms..2s"
    assert Range.parse("2s").fixed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2s..500ms", "write 500ms..2s"),
        ("500ms..", "half a range"),
        ("..2s", "half a range"),
        ("1..2s", "1s or 1ms"),
    ],
)
def test_a_range_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        Range.parse(text)
    assert words in str(refused.value)


def test_a_percentage_is_a_fraction() -> None:
    assert Share.parse("1%").fraction == 0.01
    assert Share.parse("99.5 %").fraction == 0.995


@pytest.mark.parametrize("text", ["101%", "-1%", "1", "%", "one%"])
def test_a_percentage_is_between_0_and_100(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        Share.parse(text)


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "", "99999999999", "1 2"])
def test_a_count_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a count"):
        parse_count(text)


def test_a_bare_count_means_exactly_that_many() -> None:
    assert str(Comparison.parse_count("1")) == "== 1"
    assert str(Comparison.parse_count(">=2")) == ">= 2"
    assert Comparison.parse_count("1").holds(1)
    assert not Comparison.parse_count("1").holds(2)


@pytest.mark.parametrize(
    ("text", "measured", "holds"),
    [
        ("<= 300ms", 300_000_000, True),
        ("<= 300ms", 300_000_001, False),
        ("< 1s", 10**9, False),
        (">= 95%", 0.95, True),
        ("== 2", 2, True),
        ("!= 2", 2, False),
        ("> 1.5", 1.6, True),
    ],
)
def test_a_measured_value_is_held_against_the_bound(text: str, measured: float, holds: bool) -> None:
    assert Comparison.parse_quantity(text).holds(measured) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("300ms", "write it like <= 300ms"),
        ("= 300ms", "did you mean '=='"),
        ("=< 300ms", "did you mean '<='"),
        ("=> 300ms", "did you mean '>='"),
        ("<= 300 parsecs", "parsecs"),
        ("<=", "not a comparison"),
        ("<= -1s", "negative"),
        ("<= 99999999999", "too large"),
        ("≤ 300ms", "did you mean '<='"),
    ],
)
def test_a_comparison_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        Comparison.parse_quantity(text)
    assert words in str(refused.value)


@given(st.text())
def test_any_text_is_a_comparison_or_refused(text: str) -> None:
    for parse in (Comparison.parse_count, Comparison.parse_quantity, parse_quantity):
        with contextlib.suppress(ValueError):
            parse(text)
