"""What a scenario asked for, in its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.report.result import Result
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario

pytest.importorskip("bokeh", reason="reports are drawn with Bokeh: pip install 'agentkit[report]'")
from simulator.report.html.checks import budgets, expectations

Play = Callable[[str], Result]

AFTER_THE_FACT = """\
name: what has happened already counts
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says queen-of-clubs.wav
  - agent: speaks
    within: 3s
  - wait: 500ms
  - agent: speaks
    within: 1s
  - agent: says "*"
    within: 10s
"""


def test_a_limit_that_was_kept_tells_how_much_of_it_was_used(passed: Result) -> None:
    (limit,) = budgets(passed.scenario, passed.outcome.trace.records)
    (latency,) = (turn.response_latency_ms for turn in passed.outcome.metrics.turns)
    assert limit.reached_ns is not None
    assert limit.closes_ns - limit.opens_ns == 3 * 10**9
    heard_ns = next(r.at_ns for r in passed.outcome.trace.select("agent", "voice.started"))
    assert limit.reached_ns == heard_ns
    assert latency is not None
    assert limit.as_check().verdict == "met"
    assert limit.as_span().text.endswith(" of 3000 ms")


def test_a_limit_counts_from_the_moment_that_it_names_and_tells_why_it_was_missed(failed: Result) -> None:
    *_, limit = budgets(failed.scenario, failed.outcome.trace.records)
    (moment,) = failed.outcome.trace.select("scenario", "moment")
    assert limit.opens_ns == moment.at_ns
    assert limit.reached_ns is None
    assert limit.as_check().verdict == "missed"
    assert limit.as_check().found == failed.failures[0].message
    assert limit.as_span().end_ns - limit.as_span().start_ns == 200_000_000


def test_what_had_happened_when_the_window_opened_took_no_time(play: Play) -> None:
    result = play(AFTER_THE_FACT)
    assert result.passed
    _, already, says = budgets(result.scenario, result.outcome.trace.records)
    assert already.reached_ns == already.opens_ns
    ended = result.outcome.trace.select("agent", "agent.turn_ended")[-1]
    assert says.reached_ns == ended.t_ns


def test_an_expectation_that_holds_tells_the_figure_and_its_line(passed: Result) -> None:
    checks = list(expectations(passed.scenario, passed.failures, passed.outcome.metrics))
    assert [check.verdict for check in checks] == ["met", "met"]
    assert checks[1].found == f"{passed.outcome.metrics.response_latency_ms.p95:g} ms"
    assert checks[1].where == "line 12"


def test_nothing_is_expected_of_a_call_that_was_broken_off(failed: Result) -> None:
    (check,) = expectations(failed.scenario, failed.failures, failed.outcome.metrics)
    assert (check.text, check.verdict) == ("interruptions: 1", "not judged")


def test_an_expectation_that_fails_says_what_was_found(play: Play) -> None:
    result = play(AFTER_THE_FACT + "expect:\n  - interruptions: 3\n  - errors: 0\n")
    wrong, right = expectations(result.scenario, result.failures, result.outcome.metrics)
    assert (wrong.verdict, right.verdict) == ("missed", "met")
    assert "found 0" in wrong.found


BASE = """\
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says queen-of-clubs.wav
  - agent: speaks
    within: 3s
expect:
  - interruptions: 3
"""


def test_what_an_extended_file_expects_is_marked_and_its_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "base.yaml").write_text(BASE, encoding="utf-8")
    path = tmp_path / "a.yaml"
    path.write_text("name: inherits\nextends: base.yaml\nexpect:\n  - errors: 0\n", encoding="utf-8")
    scenario = load_scenario(path)
    outcome = run_scenario(scenario)
    inherited, own = expectations(scenario, outcome.failures, outcome.metrics)
    assert (inherited.verdict, inherited.where) == ("missed", "base.yaml:9")
    assert (own.verdict, own.where) == ("met", "line 4")
    (limit,) = budgets(scenario, outcome.trace.records)
    assert limit.as_check().where == "base.yaml:6"
