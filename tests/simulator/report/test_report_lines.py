"""Results in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.recording import CallRecording
from simulator.report.lines import LONGEST_STORY, Tally, failure_lines, fitted, result_line
from simulator.report.result import Result, Run, parting
from simulator.scenario import load_scenario
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Failure, Outcome
from simulator.trace import Trace, compute

WRITTEN = """
name: a call
people: {alice: {}}
script:
  - alice: joins
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    path = tmp_path / "a.yaml"
    path.write_text(WRITTEN)
    return load_scenario(path)


def outcome_of(*heard: tuple[int, str], wall_s: float = 0.5) -> Outcome:
    """A call in which these texts were understood at these instants, in nanoseconds."""
    trace = Trace(lambda: 0)
    for at_ns, text in heard:
        trace.record("agent", "stt.transcript", {"participant": "alice", "text": text}, t_ns=at_ns)
    virtual_s = heard[-1][0] / 1e9 if heard else 0.0
    metrics = compute(trace.records)
    return Outcome("a call", trace.digest(), virtual_s, metrics, trace, CallRecording(), wall_s)


def result_of(scenario: Scenario, outcome: Outcome, *failures: Failure, runs: int = 1) -> Result:
    figures = Run(outcome.digest, outcome.virtual_s, outcome.wall_s)
    return Result(scenario, outcome, (figures,) * runs, failures)


def test_a_line_has_the_verdict_the_name_and_how_long_it_took(scenario: Scenario) -> None:
    outcome = outcome_of((12_400_000_000, "hello"))
    passed = result_of(scenario, outcome)
    failed = result_of(scenario, outcome, Failure("too late", "a.yaml:3", 1.0), runs=3)
    assert result_line(passed, 10) == "ok    a call        12.4 s in 0.50 s"
    assert result_line(failed, 10) == "FAIL  a call        12.4 s in 0.50 s (3 runs)"


def test_of_a_name_too_long_for_its_column_the_middle_is_left_out(scenario: Scenario) -> None:
    named = scenario.model_copy(update={"name": "a caller who cannot make up her mind"})
    line = result_line(result_of(named, outcome_of((12_400_000_000, "hello"))), 13)
    assert line == "ok    a call…r mind    12.4 s in 0.50 s"


@given(st.text(max_size=90), st.integers(1, 80))
def test_a_name_fits_and_what_fits_is_left_alone(name: str, width: int) -> None:
    told = fitted(name, width)
    assert len(told) <= width
    assert told == name or (len(name) > width and "…" in told)


def test_the_sum_counts_what_passed_what_failed_and_what_was_not_played(scenario: Scenario) -> None:
    tally = Tally(planned=4)
    outcome = outcome_of((10_000_000_000, "hello"))
    tally.add(result_of(scenario, outcome))
    tally.add(result_of(scenario, outcome, runs=2))
    tally.add(result_of(scenario, outcome, Failure("too late", "", 1.0)))
    assert str(tally) == "2 passed, 1 failed, 1 not played: 40.0 s of calls in 2.00 s (20 x)"


@given(count=st.integers(0, 3 * LONGEST_STORY))
def test_a_long_story_is_told_from_where_it_matters(count: int) -> None:
    story = tuple(f"moment {number}" for number in range(count))
    told = list(failure_lines([Failure("too late", "a.yaml:3", 1.0, story)]))
    assert told[0] == "a.yaml:3: too late"
    assert [line for line in told if line.startswith("moment")] == list(story[-LONGEST_STORY:])
    assert any("earlier moments" in line for line in told) is (count > LONGEST_STORY)


def test_several_failures_share_one_story() -> None:
    failures = [Failure(text, "", 1.0, ("0.000 s  alice joins",)) for text in ("one", "two")]
    told = list(failure_lines(failures))
    assert told == ["one", "two", "", "0.000 s  alice joins", ""]


def test_runs_that_part_are_told_with_the_record_where_they_do() -> None:
    first = outcome_of((1_000_000_000, "hello"), (2_000_000_000, "good morning"))
    other = outcome_of((1_000_000_000, "hello"), (2_500_000_000, "good evening"))
    failure = parting(first, other, 4, "a.yaml")
    assert (failure.place, failure.at_s) == ("a.yaml", 2.0)
    assert "they part at 2.000 s, with record 1\n" in failure.message
    assert "run 1: " in failure.message
    assert "good morning" in failure.message
    assert "run 4: " in failure.message
    assert "good evening" in failure.message


def test_a_run_that_ends_before_another_parts_from_it_at_its_end() -> None:
    whole = outcome_of((1_000_000_000, "hello"), (2_000_000_000, "good morning"))
    short = outcome_of((1_000_000_000, "hello"))
    assert "run 2: (over)" in parting(whole, short, 2, "").message
    assert "run 1: (over)" in parting(short, whole, 2, "").message


def test_runs_part_where_equal_values_are_written_differently() -> None:
    one, true = (Trace(lambda: 0) for _ in range(2))
    one.record("agent", "tool", {"result": 1}, t_ns=1_000_000_000)
    true.record("agent", "tool", {"result": True}, t_ns=1_000_000_000)
    nothing = compute([])
    first, other = (
        Outcome("a call", trace.digest(), 1.0, nothing, trace, CallRecording()) for trace in (one, true)
    )
    failure = parting(first, other, 2, "a.yaml")
    assert failure.at_s == 1.0
    assert '"result":1}' in failure.message
    assert '"result":true}' in failure.message
