"""Looking for a call that fails, and then for the smallest one that fails for the same reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from agentkit.core import clock
from simulator.explore.grid import seeds, times
from simulator.explore.reason import Reason, reason_of
from simulator.explore.timings import Timing, fixed
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Outcome, run_scenario


class Drawn(NamedTuple):
    """What was drawn for one call: a time for each timing, in order, and the seed of all chance."""

    times: tuple[Duration, ...]
    seed: int


@dataclass(frozen=True)
class Found:
    """A call that failed."""

    drawn: Drawn
    reason: Reason
    outcome: Outcome


class _FailsToo(Exception):
    """Tells Hypothesis that a call is an example of what is looked for."""


@dataclass
class Search:
    """One exploration. ``noticed`` is called after each call, with the search as it stands.

    ``found`` is the smallest failing call so far: the one with the shortest first time, then the shortest second, and
    so on, then with the seed nearest to the scenario's. ``others`` counts the calls that failed for other reasons.
    """

    scenario: Scenario
    timings: Sequence[Timing]
    agent: str | None = None
    noticed: Callable[[Search], None] = lambda search: None
    found: Found | None = None
    calls: int = 0
    calls_until_found: int = 0
    simulated_s: float = 0.0
    wall_s: float = 0.0
    interrupted: bool = False
    others: Counter[Reason] = field(default_factory=Counter)
    _known: dict[Drawn, Reason | None] = field(default_factory=dict)

    def run(self, examples: int, seed: int) -> None:
        """Play up to ``examples`` calls until one fails, and then as many as it takes to shrink it.

        ``seed`` decides what is drawn. Ctrl-C ends the search; what was found until then stays found.
        """
        began = clock.now()
        drawn = st.builds(
            Drawn,
            st.tuples(*(times(timing.range.lo, timing.range.hi) for timing in self.timings)),
            seeds(self.scenario.seed),
        )

        def example(drawn: Drawn) -> None:
            try:
                self._play(drawn)
            finally:
                self.wall_s = clock.now() - began

        explore = settings(
            max_examples=examples,
            phases=(Phase.generate, Phase.shrink),
            database=None,
            deadline=None,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )(hypothesis.seed(seed)(given(drawn)(example)))
        try:
            explore()
        except _FailsToo:
            pass
        except KeyboardInterrupt:
            self.interrupted = True

    def _play(self, drawn: Drawn) -> None:
        if drawn not in self._known:
            self._known[drawn] = self._simulate(drawn)
        reason = self._known[drawn]
        if reason is not None and self.found is not None and reason == self.found.reason:
            raise _FailsToo

    def _simulate(self, drawn: Drawn) -> Reason | None:
        scenario = fixed(self.scenario, self.timings, drawn.times)
        outcome = run_scenario(scenario, agent=self.agent, seed=drawn.seed)
        reason = reason_of(scenario, outcome)
        self.calls += 1
        self.simulated_s += outcome.virtual_s
        if reason is not None:
            self._failed(Found(drawn, reason, outcome))
        self.noticed(self)
        return reason

    def _failed(self, failed: Found) -> None:
        if self.found is None:
            self.found, self.calls_until_found = failed, self.calls
        elif failed.reason != self.found.reason:
            self.others[failed.reason] += 1
        elif self._size(failed) < self._size(self.found):
            self.found = failed

    def _size(self, found: Found) -> tuple[tuple[Duration, ...], int]:
        return found.drawn.times, (found.drawn.seed - self.scenario.seed) % 2**63
