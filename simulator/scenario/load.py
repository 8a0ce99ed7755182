"""Scenarios from files and folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.media.folders import FIXTURES
from simulator.scenario.model.problems import Place, Problem, ScenarioError, shown
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.reading.clip_checks import check_clips
from simulator.scenario.reading.reader import finished, read_draft
from simulator.scenario.reading.yaml_source import MOST_BYTES

SUFFIXES = (".yaml", ".yml")


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in the file at ``path``, whole and checked.

    Raises `ScenarioError` with all that is wrong with it, and nothing else.
    """
    path = Path(path)
    draft = read_draft(_bytes_of(path), str(path))
    check_clips(draft, path.parent)
    return finished(draft, path)


def load_folder(path: str | Path) -> list[Scenario]:
    """All scenarios in a folder and the folders below it, in the order of their paths.

    Raises `ScenarioError` with what is wrong in all of them, if there are none, or if two share a name.
    """
    folder = Path(path)
    if not folder.exists():
        raise _file_error(folder, "there is no such folder")
    if not folder.is_dir():
        raise _file_error(folder, "this is not a folder", "load it with load_scenario")
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in scenario_files(folder):
        try:
            scenarios.append(load_scenario(file))
        except ScenarioError as error:
            problems += error.problems
    problems += _shared_names(scenarios)
    if problems:
        raise ScenarioError(problems)
    if not scenarios:
        raise _file_error(
            folder, "there is no scenario in this folder", "a scenario is a file *.yaml or *.yml"
        )
    return scenarios


def scenario_files(folder: Path) -> list[Path]:
    """The files of a folder that are taken for scenarios, sorted; hidden folders and ``fixtures/`` are left out."""
    found = [file for suffix in SUFFIXES for file in folder.rglob(f"*{suffix}") if file.is_file()]
    return sorted(file for file in found if not _set_aside(file.relative_to(folder)))


def _set_aside(path: Path) -> bool:
    return any(part == FIXTURES or part.startswith(".") for part in path.parts)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise _file_error(path, "this is a folder", "name a scenario in it, or load the folder")
        if not path.exists():
            raise _file_error(path, "there is no such file")
        if not path.is_file():
            raise _file_error(path, "this is not a file")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _file_error(path, f"cannot be read: {error.strerror or error}") from None


def _file_error(path: Path, message: str, hint: str = "") -> ScenarioError:
    return ScenarioError([Problem(str(path), 0, 0, message, hint)])


def _shared_names(scenarios: list[Scenario]) -> Iterator[Problem]:
    first: dict[str, Scenario] = {}
    for scenario in scenarios:
        other = first.setdefault(scenario.name, scenario)
        if other is not scenario:
            place = scenario.place if scenario.place.line else Place(1, 1)
            message = f"the name {shown(scenario.name)} is taken by {other.path}:{other.place.line or 1}"
            yield Problem(
                str(scenario.path), place.line, place.column, message, "give one of them another name"
            )
