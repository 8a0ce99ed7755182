"""What became of one scenario, over one run or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Failure, Outcome
from simulator.trace.metrics import Distribution
from simulator.trace.record import Record, canonical_line

SHOWN_DIGITS = 12
"""Of a digest, as much as tells two apart."""

SHOWN_SEEDS = 20
"""Of the seeds that failed."""

SHOWN_RECORD = 240
"""Characters of a record that are shown."""


class Run(NamedTuple):
    """What is kept of every run; a whole `Outcome` holds the sound of a call."""

    digest: str
    virtual_s: float
    wall_s: float


@dataclass(frozen=True)
class SeedSweep:
    """Runs of a scenario with a seed each, ``planned`` of them; ``digests`` has those that were played.

    ``told_seed`` is the seed of the run that the result tells of. ``metrics`` are over the turns, or the calls, of all
    runs.
    """

    planned: int
    told_seed: int
    failed_seeds: tuple[int, ...]
    digests: Mapping[int, str]
    metrics: Mapping[str, Distribution]

    @property
    def counts(self) -> dict[str, int]:
        """How many runs were planned, passed and failed."""
        failed = len(self.failed_seeds)
        return {"planned": self.planned, "passed": len(self.digests) - failed, "failed": failed}

    def as_row(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            **self.counts,
            "first_failed_seeds": list(self.failed_seeds[:SHOWN_SEEDS]),
            "metrics": {name: spread.as_dict() for name, spread in self.metrics.items()},
            "digests": {str(seed): digest for seed, digest in self.digests.items()},
        }


@dataclass(frozen=True)
class Result:
    """All runs of a scenario. ``outcome`` is that of the first one that failed, or else of the very first; ``log`` is
    what was logged, the last of it. ``sweep`` is there when the runs had a seed each."""

    scenario: Scenario
    outcome: Outcome
    runs: tuple[Run, ...]
    failures: tuple[Failure, ...]
    log: tuple[str, ...] = ()
    sweep: SeedSweep | None = None

    @property
    def passed(self) -> bool:
        """Whether every run passed, and all were the same unless they had a seed each."""
        return not self.failures

    def as_row(self) -> dict[str, Any]:
        """A JSON object. ``digests`` is there only when the scenario was run more than once with the same seed,
        ``sweep`` when it was run with several."""
        row: dict[str, Any] = {
            "name": self.scenario.name,
            "file": None if self.scenario.path is None else str(self.scenario.path),
            "passed": self.passed,
            "digest": self.outcome.digest,
            "virtual_s": self.outcome.virtual_s,
            "wall_s": round(self.outcome.wall_s, 6),
            "metrics": self.outcome.metrics.as_dict(),
            "failures": [_failure_row(failure) for failure in self.failures],
        }
        if self.sweep is not None:
            row["sweep"] = self.sweep.as_row()
        elif len(self.runs) > 1:
            row["digests"] = [run.digest for run in self.runs]
        return row


def parting(first: Outcome, other: Outcome, number: int, place: str) -> Failure:
    """The failure that run ``number`` is when its digest is not that of the first: where the two part."""
    index, before, after = _first_difference(first.trace.records, other.trace.records)
    at_ns = min((record.t_ns for record in (before, after) if record is not None), default=0)
    message = (
        f"the same seed gave two calls: run 1 has digest {first.digest[:SHOWN_DIGITS]}, run {number} has "
        f"{other.digest[:SHOWN_DIGITS]}; they part at {at_ns / 1e9:.3f} s, with record {index}\n"
        f"  run 1: {_shown(before)}\n"
        f"  run {number}: {_shown(after)}\n"
        "take time, ids and chance from agentkit.core.clock, and iterate over nothing whose order may change"
    )
    return Failure(message, place, at_ns / 1e9)


def _first_difference(
    first: Sequence[Record], other: Sequence[Record]
) -> tuple[int, Record | None, Record | None]:
    pairs = enumerate(zip_longest(first, other))
    return next(((i, a, b) for i, (a, b) in pairs if _written(a) != _written(b)), (len(first), None, None))


def _written(record: Record | None) -> str:
    """The record as digests have it: to Python, 1, 1.0 and True are the same, to a digest they are not."""
    return "(over)" if record is None else canonical_line(record)


def _shown(record: Record | None) -> str:
    line = _written(record)
    return line if len(line) <= SHOWN_RECORD else line[:SHOWN_RECORD] + "..."


def _failure_row(failure: Failure) -> dict[str, Any]:
    return {
        "message": failure.message,
        "place": failure.place,
        "at_s": failure.at_s,
        "story": list(failure.story),
    }
