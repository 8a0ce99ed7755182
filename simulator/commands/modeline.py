"""The first line of a scenario file, by which an editor finds the schema to complete it with."""

from __future__ import annotations

import os
from pathlib import Path

from simulator.scenario.schema import FILE

NAME = "scenario.schema.json"
"""What a schema is called that a project keeps: ``agentkit scenario schema > scenario.schema.json``."""


def modeline(file: Path) -> str:
    """The line for the scenario ``file``, with its end; empty where no schema lies in this project.

    A project's own schema is preferred to that of an installation inside of it. One that is installed elsewhere is not
    named: the path would lead nowhere on the next computer.
    """
    here = Path.cwd()
    folder = (here / file).parent
    if not folder.is_relative_to(here):
        return ""
    above = [folder, *folder.parents]
    own = [place / NAME for place in above[: above.index(here) + 1]]
    found = next((path for path in (*own, FILE) if path.is_file() and path.is_relative_to(here)), None)
    if found is None:
        return ""
    return f"# yaml-language-server: $schema={Path(os.path.relpath(found, folder)).as_posix()}\n"
