"""Results put together from parts: the same however the runs were split, ordered, and lost on the way."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.recording import CallRecording
from simulator.report.result import Result
from simulator.scenario import Scenario, load_scenario
from simulator.scenario.playing.runner import Failure, Outcome
from simulator.sweep.engine import Lost, Played
from simulator.sweep.gathered import Gathered, Kept
from simulator.sweep.play import Job
from simulator.sweep.shares import Share
from simulator.sweep.sweep import Sweep
from simulator.trace import Distribution, Metrics, Trace, compute

WRITTEN = "name: {name}\nseed: 5\npeople: {{alice: {{}}}}\nscript:\n  - alice: joins\n"

NOTHING_MEASURED = compute([])

Run = tuple[int, bool, float]
"""What a made-up run is like: which of three calls it was, whether it passed, and its talk-over in ms."""

made_up = st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 0.1, 0.2, 20.5, 1e6 / 3]))


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, ...]:
    folder = tmp_path_factory.mktemp("scenarios")
    return tuple(_scenario(folder / f"{name}.yaml") for name in ("one", "two", "three"))


def _scenario(path: Path) -> Scenario:
    path.write_text(WRITTEN.format(name=path.stem))
    return load_scenario(path)


def kept(number: int, run: Run) -> Kept:
    which, passed, talk_over_ms = run
    trace = Trace(lambda: 0)
    trace.record("agent", "stt.transcript", {"text": str(which)}, t_ns=which)
    metrics = replace(NOTHING_MEASURED, talk_over_ms=talk_over_ms)
    outcome = Outcome("a call", trace.digest(), which / 1e9, metrics, trace, CallRecording())
    outcome.failures += [] if passed else [Failure(f"run {number} failed", "", 0.0)]
    return Kept(number, 4 + number, outcome)


def gather(runs: Sequence[tuple[int, Run]]) -> Gathered:
    gathered = Gathered()
    for number, run in runs:
        gathered.add(kept(number, run), [f"said in run {number}", f"and again in {number}"])
    return gathered


def told(gathered: Gathered, scenario: Scenario, planned: int, vary_seed: bool) -> tuple[Any, ...]:
    result = gathered.result(scenario, planned, vary_seed)
    return result.as_row(), result.log, result.runs, result.outcome.trace.records


@given(runs=st.lists(made_up, min_size=1, max_size=25), vary_seed=st.booleans(), data=st.data())
def test_any_split_of_runs_merges_to_the_same_result(
    scenarios: tuple[Scenario, ...], runs: list[Run], vary_seed: bool, data: st.DataObject
) -> None:
    numbered = list(enumerate(runs, 1))
    owners = data.draw(st.lists(st.integers(0, 4), min_size=len(runs), max_size=len(runs)))
    parts = [
        gather([run for run, owner in zip(numbered, owners, strict=True) if owner == n]) for n in range(5)
    ]
    merged = Gathered()
    for part in data.draw(st.permutations(parts)):
        merged.merge(pickle.loads(pickle.dumps(part)))
    whole = gather(numbered)
    assert told(merged, scenarios[0], len(runs), vary_seed) == told(whole, scenarios[0], len(runs), vary_seed)


@given(runs=st.lists(made_up, min_size=1, max_size=30))
def test_the_figures_of_a_sweep_are_those_of_all_its_runs(
    scenarios: tuple[Scenario, ...], runs: list[Run]
) -> None:
    result = gather(list(enumerate(runs, 1))).result(scenarios[0], len(runs), vary_seed=True)
    assert result.sweep is not None
    failed = [5 + index for index, (_, passed, _) in enumerate(runs) if not passed]
    assert list(result.sweep.failed_seeds) == failed
    assert result.sweep.counts == {
        "planned": len(runs),
        "passed": len(runs) - len(failed),
        "failed": len(failed),
    }
    assert result.passed == (not failed)
    expected = Distribution.of(round(talk_over_ms, 3) for _, _, talk_over_ms in runs)
    assert result.sweep.metrics["talk_over_ms"] == expected


@given(runs=st.lists(made_up, min_size=1, max_size=60))
def test_whole_calls_are_kept_of_three_runs_at_most(runs: list[Run]) -> None:
    gathered = gather(list(enumerate(runs, 1)))
    assert len(gathered.distinct) + (gathered.failing is not None) <= 3


def test_a_sweep_over_seeds_is_judged_by_its_calls_and_a_repetition_by_its_likeness_too(
    scenarios: tuple[Scenario, ...],
) -> None:
    differing = gather([(1, (0, True, 0.0)), (2, (1, True, 0.0))])
    assert differing.result(scenarios[0], 2, vary_seed=True).passed
    [failure] = differing.result(scenarios[0], 2, vary_seed=False).failures
    assert failure.message.startswith("the same seed gave two calls: run 1 has digest ")


class Shuffled:
    """An engine that plays shares in the order that ``data`` wants, and loses some of them."""

    workers = 3

    def __init__(
        self, data: st.DataObject, deadly: set[tuple[int, int]], interrupted_after: int = 1000
    ) -> None:
        self._data, self._deadly, self._left = data, deadly, interrupted_after
        self._playing: list[Share] = []
        self.closed = False

    @property
    def has_room(self) -> bool:
        return len(self._playing) < self.workers

    def submit(self, share: Share) -> None:
        self._playing.append(share)

    def next(self) -> Played | Lost:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        share = self._playing.pop(self._data.draw(st.integers(0, len(self._playing) - 1)))
        if not self._deadly.isdisjoint((share.scenario, number) for number in share.numbers):
            return Lost(share, "it was struck by lightning")
        return Played(share, gather([(number, (0, True, 1.0)) for number in share.numbers]))

    def close(self) -> None:
        self.closed = True


@given(
    data=st.data(),
    repeat=st.integers(1, 60),
    deadly=st.sets(st.tuples(st.integers(0, 2), st.integers(1, 60))),
)
def test_results_come_in_order_and_whole_whatever_is_lost_on_the_way(
    scenarios: tuple[Scenario, ...], data: st.DataObject, repeat: int, deadly: set[tuple[int, int]]
) -> None:
    sweep = Sweep(Job(scenarios, repeat=repeat, vary_seed=True))
    results = list(sweep.results(Shuffled(data, deadly), lambda sweep: None))
    assert [result.scenario for result in results] == list(scenarios)
    for index, result in enumerate(results):
        lost = sorted(number for scenario, number in deadly if scenario == index and number <= repeat)
        assert len(result.runs) == repeat
        assert result.sweep is not None
        assert list(result.sweep.failed_seeds) == [number + 4 for number in lost]
        assert result.passed == (not lost)
        if lost:
            assert "at last because it was struck by lightning" in result.failures[0].message


@given(data=st.data(), stop=st.integers(0, 20), vary_seed=st.booleans())
def test_an_interruption_keeps_what_has_been_played(
    scenarios: tuple[Scenario, ...], data: st.DataObject, stop: int, vary_seed: bool
) -> None:
    sweep = Sweep(Job(scenarios, repeat=100, vary_seed=vary_seed))
    results: list[Result] = []
    try:
        results.extend(sweep.results(Shuffled(data, set(), stop), lambda sweep: None))
    except KeyboardInterrupt:
        results.extend(sweep.interrupted())
    indexes = [scenarios.index(result.scenario) for result in results]
    assert indexes == sorted(set(indexes))
    played = sum(len(result.runs) for result in results)
    assert all(len(result.runs) == 100 for result in results) or vary_seed
    assert played == 300 if stop >= 15 else played < 300
    if vary_seed:
        assert (played > 0) == (stop > 0)


def test_figures_of_turns_are_counted_once_a_turn(scenarios: tuple[Scenario, ...]) -> None:
    gathered = gather([(1, (0, True, 3.0)), (2, (0, True, 3.0))])
    result = gathered.result(scenarios[0], 2, vary_seed=True)
    assert result.sweep is not None
    named = {name for name in Metrics.__dataclass_fields__ if name != "turns"}
    assert set(result.sweep.metrics) == named
    assert result.sweep.metrics["yield_latency_ms"].count == 0
    assert result.sweep.metrics["talk_over_ms"].count == 2
