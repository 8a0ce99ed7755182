"""Scenario files as tests: one test a file, and failures as a person would tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.pytest_plugin import options
from simulator.pytest_plugin.belongings import Belongings, complain
from simulator.report.lines import failure_lines
from simulator.scenario import Scenario, ScenarioError, load_scenario
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.runner import Outcome, run_scenario
from simulator.scenario.reading.unheard import unheard_clips


class ScenarioFailed(Exception):
    """A scenario was run, and something was not as it has it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.failures[0].message)
        self.outcome = outcome


class ScenarioFile(pytest.File):
    """A file with one scenario. What is wrong with it is told by line and column."""

    def collect(self) -> Iterable[ScenarioItem]:
        scenario = load_scenario(self.path)
        yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioError):
            return _near(str(excinfo.value), self)
        return super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """A scenario as a test."""

    def __init__(self, *, scenario: Scenario, **options: Any) -> None:
        super().__init__(**options)
        self.scenario = scenario

    def runtest(self) -> None:
        options.import_from_root(self.config)
        agent = options.agent_for_all(self.config)
        if agent is None and self.scenario.agent is None:
            agent = options.agent_by_default(self.config)
        before = Belongings()
        outcome = run_scenario(self.scenario, agent=agent, seed=options.seed(self.config))
        self.user_properties.append(("digest", outcome.digest))
        if not outcome.passed:
            raise ScenarioFailed(outcome)
        complain(before.added_since(), "join or close them when the agent closes")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        match excinfo.value:
            case ScenarioFailed(outcome=outcome):
                return _near("\n".join(self._told(outcome)), self)
            case UsageError() as error:
                return _near(str(error), self)
        return super().repr_failure(excinfo, style)

    def _told(self, outcome: Outcome) -> Iterator[str]:
        yield from failure_lines(outcome.failures)
        if outcome.audible:
            yield f"to listen: agentkit simulate {self.path} --out recordings"
        if outcome.scripted_ears:
            yield from (f"warning: {problem}" for problem in unheard_clips(self.scenario).values())

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.scenario.place.line - 1 if self.scenario.place.line else None, self.name


def _near(text: str, node: ScenarioFile | ScenarioItem) -> str:
    """``text`` with the path of the file as seen from where pytest was started."""
    seen = node.config.invocation_params.dir
    path = node.path.relative_to(seen) if node.path.is_relative_to(seen) else node.path
    return text.replace(str(node.path), str(path))
