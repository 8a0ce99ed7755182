"""From the paths on a command line to scenarios that can be run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from simulator.commands.bad_input import BadInput
from simulator.scenario import Problem, Scenario, ScenarioError, load_folder, load_scenario
from simulator.scenario.load import SUFFIXES
from simulator.scenario.model.failure import UsageError
from simulator.scenario.model.problems import likeness
from simulator.scenario.playing.factory import find_factory
from simulator.scenario.reading.found_later import found_later

_NEAR = 0.75
"""Likeness from which another name of a file is taken for the one that was meant."""


def gather(paths: Sequence[Path], agent: str | None) -> list[Scenario]:
    """The scenarios in ``paths``, files and folders, each once, in that order; ``agent`` replaces theirs.

    Raises `BadInput` with all that is wrong with any of them.
    """
    scenarios = load_all(paths)
    if agent is not None:
        _check_agent(agent)
    else:
        _check_agents(scenarios)
    return scenarios


def load_all(paths: Iterable[Path]) -> list[Scenario]:
    """The scenarios in ``paths``, each once. Raises `BadInput` with all that is wrong with any of them."""
    found: dict[Path, Scenario] = {}
    problems: list[Problem] = []
    for path in paths:
        _check_path(path)
        try:
            loaded = load_folder(path) if path.is_dir() else [load_scenario(path)]
        except ScenarioError as error:
            problems += [problem for problem in error.problems if problem not in problems]
        else:
            for scenario in loaded:
                found.setdefault((scenario.path or path).resolve(), scenario)
    if problems:
        raise BadInput(str(ScenarioError(problems)))
    return list(found.values())


def _check_path(path: Path) -> None:
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder{_nearest(path)}")
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        instead = "; run tests with pytest" if path.suffix == ".py" else ""
        raise BadInput(f"{path}: this is no scenario; expected a folder or a file *.yaml or *.yml{instead}")


def _nearest(path: Path) -> str:
    """What stands there under a similar name; else, where scenarios come from."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        names = []
    alike = {name: likeness(path.stem, Path(name).stem) for name in names}
    best = max(alike, key=lambda name: (alike[name], name), default="")
    if alike.get(best, 0) >= _NEAR:
        return f"; did you mean {path.with_name(best)}?"
    return (
        "; give the path of a scenario, or of a folder with scenarios. "
        "To write one to begin with: agentkit scenario new NAME"
    )


def _check_agent(spec: str) -> None:
    try:
        find_factory(spec)
    except UsageError as error:
        raise BadInput(f"--agent: {error}") from None


def _check_agents(scenarios: Iterable[Scenario]) -> None:
    """Each agent is looked for once, and told of where a scenario first names it."""
    problems: dict[str | None, Problem] = {}
    for scenario in scenarios:
        if scenario.agent in problems:
            continue
        if scenario.agent is None:
            told = (
                "the scenario names no agent; add the line `agent: module:factory`, or give one with --agent"
            )
            problems[None] = Problem(str(scenario.path), 0, 0, told)
            continue
        try:
            find_factory(scenario.agent)
        except UsageError as error:
            problems[scenario.agent] = found_later(scenario.agent_place, str(scenario.path), str(error))
    if problems:
        raise BadInput(str(ScenarioError(list(problems.values()))))
