"""The loop between the shares, an engine, and the results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from simulator.report.result import Result
from simulator.sweep.engine import Engine, Lost
from simulator.sweep.gathered import Gathered
from simulator.sweep.play import Job, given_up
from simulator.sweep.shares import Share, after_loss, split


class Current(NamedTuple):
    """The first scenario that has not been told of, by its place; how many runs of it were played, and failed."""

    scenario: int
    played: int
    failed: int


class Sweep:
    """All runs of a job. Whichever engine plays them, the results are the same, apart from ``wall_s``."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._gathered = [Gathered() for _ in job.scenarios]
        self._told = 0

    @property
    def current(self) -> Current:
        """How far it has come."""
        runs = self._gathered[self._told].runs
        return Current(self._told, len(runs), sum(not run.passed for run in runs.values()))

    def results(self, engine: Engine, progress: Callable[[Sweep], None]) -> Iterator[Result]:
        """Play everything; yields a result for each scenario, in their order, as soon as it is known.

        ``progress`` is called before every wait.
        """
        planned = split(len(self._job.scenarios), self._job.repeat, engine.workers)
        again: deque[Share] = deque()
        playing = 0
        while self._told < len(self._gathered):
            while engine.has_room and (share := _next(again, planned)) is not None:
                engine.submit(share)
                playing += 1
            progress(self)
            what = engine.next()
            playing -= 1
            if isinstance(what, Lost):
                again.extend(self._lost(what))
            else:
                self._gathered[what.share.scenario].merge(what.part)
            yield from self._newly_complete()

    def interrupted(self) -> Iterator[Result]:
        """Results that are complete though an earlier one is not, and of a sweep over seeds those that are begun."""
        for index in range(self._told, len(self._gathered)):
            runs = len(self._gathered[index].runs)
            if runs == self._job.repeat or (runs and self._job.vary_seed):
                yield self._result(index)

    def _lost(self, what: Lost) -> list[Share]:
        again = after_loss(what.share)
        if not again:
            self._gathered[what.share.scenario].merge(given_up(self._job, what.share, what.why))
        return again

    def _newly_complete(self) -> Iterator[Result]:
        while self._told < len(self._gathered) and len(self._gathered[self._told].runs) == self._job.repeat:
            result = self._result(self._told)
            self._gathered[self._told] = Gathered()  # its traces and its sound are no longer needed here
            self._told += 1
            yield result

    def _result(self, index: int) -> Result:
        job = self._job
        return self._gathered[index].result(job.scenarios[index], job.repeat, job.vary_seed)


def _next(again: deque[Share], planned: Iterator[Share]) -> Share | None:
    return again.popleft() if again else next(planned, None)
