"""Holding the calls of `agentkit simulate` against golden ones."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.commands.bad_input import BadInput
from simulator.golden import GoldenError, Goldens
from simulator.report.folder import slugs
from simulator.report.result import Result
from simulator.scenario import Scenario, ScenarioError
from simulator.scenario.model.quantities import Duration
from simulator.scenario.playing.runner import Failure


@dataclass(frozen=True)
class GoldenOptions:
    """Where golden traces are. None for ``tolerance`` leaves it to ``golden.yaml`` there."""

    folder: Path
    tolerance: Duration | None = None
    update: bool = False


class GoldenCalls:
    """The golden calls of some scenarios. Raises `BadInput` where they cannot be told apart or found.

    ``command`` plays the scenarios again, and ``again`` gives the command that plays one.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        options: GoldenOptions,
        command: str,
        again: Callable[[Result], str],
    ) -> None:
        self._options, self._again = options, again
        self._update = options.update
        self._names = _names(scenarios)
        folder = options.folder
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"--golden {folder}: this is not a folder")
        if not folder.exists() and not self._update:
            raise BadInput(
                f"--golden {folder}: there is no such folder; make it and what belongs in it: {self._made(command)}"
            )
        try:
            self._goldens = Goldens(folder, tolerance=options.tolerance)
        except ScenarioError as error:
            raise BadInput(str(error)) from None

    def _made(self, command: str) -> str:
        """What makes the goldens of what ``command`` plays."""
        return f"{command} --golden {shlex.quote(str(self._options.folder))} --update-golden"

    def held_against(self, result: Result) -> tuple[Result, str]:
        """The result, which is a failure where the call is not its golden one, and what was written, if anything.

        A golden is made only of a call that passed.
        """
        name = self._names[result.scenario.name]
        records = result.outcome.trace.records
        if self._update:
            if not result.passed:
                return result, f"kept as it was, as the scenario failed: {self._goldens.path(name)}"
            return result, self._updated(name, result)
        try:
            problem = self._goldens.check(name, records, self._made(self._again(result)))
        except GoldenError as error:
            problem = str(error)
        if problem is None:
            return result, ""
        failure = Failure(problem, str(result.scenario.path or ""), result.outcome.virtual_s)
        return replace(result, failures=(*result.failures, failure)), ""

    def _updated(self, name: str, result: Result) -> str:
        try:
            return self._goldens.update(name, result.outcome.trace.records)
        except OSError as error:
            raise BadInput(f"cannot write {self._goldens.path(name)}: {error.strerror or error}") from None


def _names(scenarios: Sequence[Scenario]) -> dict[str, str]:
    """The name of each scenario's golden, whichever scenarios run beside it."""
    names: dict[str, str] = {}
    taken: dict[str, Scenario] = {}
    for scenario in scenarios:
        (name,) = slugs([scenario.name])
        other = taken.setdefault(name, scenario)
        if other is not scenario:
            raise BadInput(
                f"{scenario.path} and {other.path} would share the golden trace {name}.jsonl; give one of them "
                "another name, or simulate them with a folder of goldens each"
            )
        names[scenario.name] = name
    return names
