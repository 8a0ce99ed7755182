"""`agentkit scenario`: check scenario files, begin a new one, print their schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from simulator.commands.bad_input import BadInput
from simulator.commands.gather import load_all
from simulator.commands.modeline import modeline
from simulator.scenario.load import SUFFIXES, load_scenario, scenario_files
from simulator.scenario.model.parts import parse_title
from simulator.scenario.model.problems import Problem, ScenarioError
from simulator.scenario.reading.unheard import unheard_clips
from simulator.scenario.schema import schema_text

SCENARIOS = Path("scenarios")

TEMPLATE = """\
{modeline}name: {name}
description: >
  What this call guards, in a sentence, for whoever finds it failing.
{agent}
people:
  alice: {{mic: true}}
script:
  - alice: joins
  # This recording is shipped. One of yours goes beside this file, or into fixtures/ there: hello.wav, and with it
  # hello.json, its sidecar, which says what is said in it and when.
  - alice: says queen-of-clubs.wav
    as: question
  - agent: speaks
    within: 5s
    of: question
  - everyone: is silent
    for: 1s
expect:
  - errors: 0
"""


def check(paths: Sequence[Path]) -> str:
    """What there is to say of the scenarios in ``paths``, files and folders, when nothing is wrong with them.

    Clips that scripted ears cannot understand are told too: whether the agent has such ears nobody knows yet. Raises
    `BadInput` with all that is wrong, each with its place. No agent is made, and nothing is played.
    """
    scenarios = load_all(paths)
    unheard: dict[Path, Problem] = {}
    for scenario in scenarios:
        unheard = unheard_clips(scenario) | unheard
    count, clips = len(scenarios), len(unheard)
    verdict = f"{count} scenario{'s' if count != 1 else ''}, nothing wrong"
    if clips:
        verdict += f", {clips} clip{'s' if clips != 1 else ''} without words"
    return "\n".join([*(f"warning: {problem}" for problem in unheard.values()), verdict])


class New(NamedTuple):
    """A scenario that was written. ``agent`` is the one it names, if any; it may be that of its neighbours."""

    path: Path
    agent: str | None


def new(name: str, agent: str | None) -> New:
    """Write a scenario to begin with.

    ``name`` is what it is called, or the path of the file to write. A name alone becomes a file in the folder
    ``scenarios``, if there is one here. Without ``agent`` it has that of most scenarios there. Raises `BadInput`
    rather than overwrite anything.
    """
    path = _path_of(name)
    agent = agent or _agent_of_neighbours(path.parent)
    text = TEMPLATE.format(modeline=modeline(path), name=_title_of(name, path), agent=_agent_line(agent))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(
            f"{path} is there already; give the scenario another name, or remove it first"
        ) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror or error}") from None
    load_scenario(path)
    return New(path, agent)


def schema() -> str:
    """The JSON schema of scenario files."""
    return schema_text()


def _path_of(name: str) -> Path:
    if name.endswith(SUFFIXES):
        return Path(name)
    slug = re.sub(r"[^\w]+", "-", name.lower()).strip("-")
    if not slug:
        raise BadInput(f"{name!r} is no name for a scenario; write it like 'caller interrupts'")
    return (SCENARIOS if SCENARIOS.is_dir() else Path()) / f"{slug[:80]}.yaml"


def _title_of(name: str, path: Path) -> str:
    title = " ".join(path.stem.replace("-", " ").split()) if name.endswith(SUFFIXES) else name
    try:
        parse_title(title)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return title if re.fullmatch(r"[A-Za-z][\w ,'-]*", title) else f"'{title.replace(chr(39), chr(39) * 2)}'"


def _agent_of_neighbours(folder: Path) -> str | None:
    """What most scenarios in ``folder`` name, or else most of those in the folders below the folder `scenarios`."""
    beside = [file for file in sorted(folder.glob("*")) if file.suffix in SUFFIXES]
    for files in (beside, scenario_files(SCENARIOS)):
        agents = Counter(filter(None, map(_agent_in, files)))
        if agents:
            return agents.most_common(1)[0][0]
    return None


def _agent_in(file: Path) -> str | None:
    try:
        return load_scenario(file).agent
    except ScenarioError:
        return None


def _agent_line(agent: str | None) -> str:
    if agent is None:
        return "# agent: my_app.agent:create_agent     # or: agentkit simulate FILE --agent my_app.agent:create_agent"
    return f"agent: {agent}"
