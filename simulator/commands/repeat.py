"""Running a scenario again and again, and holding each run against the first."""

from __future__ import annotations

from simulator.report.held_log import hold_log
from simulator.report.result import Result, Run, parting
from simulator.scenario.model import Scenario
from simulator.scenario.runner import Failure, Outcome, run_scenario


def run_repeatedly(
    scenario: Scenario, times: int, *, agent: str | None = None, seed: int | None = None
) -> Result:
    """Run ``scenario`` ``times`` over. The result has the failures of the first run that failed.

    The first run that is not the same as the very first is a failure too.
    """
    with hold_log() as log:
        first = chosen = run_scenario(scenario, agent=agent, seed=seed)
        runs = [_figures(first)]
        parted: list[Failure] = []
        for number in range(2, times + 1):
            outcome = run_scenario(scenario, agent=agent, seed=seed)
            runs.append(_figures(outcome))
            if not parted and outcome.digest != first.digest:
                parted.append(parting(first, outcome, number, str(scenario.path or "")))
            if chosen.passed and not outcome.passed:
                chosen = outcome
    return Result(scenario, chosen, tuple(runs), (*chosen.failures, *parted), tuple(log.messages))


def _figures(outcome: Outcome) -> Run:
    return Run(outcome.digest, outcome.virtual_s, outcome.wall_s)
