"""What is known of the runs of one scenario. However they are split, putting the parts together gives the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.report.held_log import LONGEST as LONGEST_LOG
from simulator.report.result import Result, Run, SeedSweep, parting
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Failure, Outcome
from simulator.sweep.pool import Pool


class Kept(NamedTuple):
    """A run that is kept whole: its number, from 1, its seed, and what became of it."""

    number: int
    seed: int
    outcome: Outcome


class Figures(NamedTuple):
    """What is kept of every run. ``digest`` is empty for one whose process died."""

    seed: int
    passed: bool
    digest: str
    virtual_s: float
    wall_s: float


@dataclass
class Gathered:
    """Some runs of a scenario.

    Whole outcomes are kept of three at most: the first run, the first that differs from it, and the first that failed.
    """

    runs: dict[int, Figures] = field(default_factory=dict)
    distinct: list[Kept] = field(default_factory=list)
    failing: Kept | None = None
    pool: Pool = field(default_factory=Pool)
    log: list[tuple[int, str]] = field(default_factory=list)

    def add(self, run: Kept, log: Iterable[str] = ()) -> None:
        """One more run, and what was logged in it."""
        outcome = run.outcome
        figures = Figures(run.seed, outcome.passed, outcome.digest, outcome.virtual_s, outcome.wall_s)
        self.runs[run.number] = figures
        self._keep([run] if outcome.digest else [], None if outcome.passed else run)
        self._log([(run.number, message) for message in log])
        if outcome.digest:
            self.pool.add(outcome.metrics)

    def merge(self, other: Gathered) -> None:
        """The runs of ``other`` too; none of them may be here already."""
        self.runs.update(other.runs)
        self._keep(other.distinct, other.failing)
        self._log(other.log)
        self.pool.merge(other.pool)

    def result(self, scenario: Scenario, planned: int, vary_seed: bool) -> Result:
        """What became of ``scenario``. With ``vary_seed`` every run is judged by itself."""
        chosen = self.failing or self.distinct[0]
        in_order = [self.runs[number] for number in sorted(self.runs)]
        parted = () if vary_seed else tuple(self._parting(str(scenario.path or "")))
        return Result(
            scenario,
            chosen.outcome,
            tuple(Run(run.digest, run.virtual_s, run.wall_s) for run in in_order),
            (*chosen.outcome.failures, *parted),
            tuple(message for _, message in self.log),
            self._sweep(chosen, in_order, planned) if vary_seed else None,
        )

    def _sweep(self, chosen: Kept, in_order: Sequence[Figures], planned: int) -> SeedSweep:
        return SeedSweep(
            planned=planned,
            told_seed=chosen.seed,
            failed_seeds=tuple(run.seed for run in in_order if not run.passed),
            digests={run.seed: run.digest for run in in_order},
            metrics=self.pool.distributions(),
        )

    def _parting(self, place: str) -> Iterator[Failure]:
        if len(self.distinct) > 1:
            first, other = self.distinct
            yield parting(first.outcome, other.outcome, other.number, place)

    def _keep(self, distinct: Iterable[Kept], failing: Kept | None) -> None:
        """Keep the two first runs that are not the same, and the first that failed."""
        earliest: dict[str, Kept] = {}
        for run in sorted([*self.distinct, *distinct], key=_number):
            earliest.setdefault(run.outcome.digest, run)
        self.distinct = list(earliest.values())[:2]
        self.failing = min(
            (run for run in (self.failing, failing) if run is not None), key=_number, default=None
        )

    def _log(self, messages: Iterable[tuple[int, str]]) -> None:
        self.log = sorted([*self.log, *messages], key=lambda said: said[0])[-LONGEST_LOG:]


def _number(run: Kept) -> int:
    return run.number
