"""A call that was found, as a scenario file: the file that was explored, with what was drawn written into it.

Nothing but the ranges, the name, the description and the seed is changed, so comments and structure stay as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from simulator.explore.explorable import Explorable
from simulator.explore.search import Drawn, Found
from simulator.explore.timings import Timing, fixed
from simulator.explore.yaml_edit import YamlEdit
from simulator.scenario.model.problems import ScenarioError
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.reading.clip_checks import check_clips
from simulator.scenario.reading.reader import finished, read_draft

LONGEST_NAME = 120
LONGEST_MESSAGE = 300
"""Characters of a failure that its scenario quotes."""


class CannotSave(ValueError):
    """What was found cannot be written as a scenario; the message says why, and what to do."""


def as_scenario(explored: Explorable, found: Found) -> str:
    """The text of a scenario file that plays the call that was found.

    Raises `CannotSave` when a range is not written in the file itself.
    """
    edit = _with_times(explored, found.drawn.times)
    edit.set("name", name_of(explored.scenario, found.drawn))
    edit.put_first_in_text("description", _origin(explored, found))
    if found.drawn.seed != explored.scenario.seed:
        edit.set("seed", str(found.drawn.seed))
    return edit.text()


def _with_times(explored: Explorable, times: Sequence[Duration]) -> YamlEdit:
    edit = YamlEdit(explored.text)
    for timing, time in zip(explored.timings, times, strict=True):
        if not edit.replace_at(timing.place, str(time)):
            where = f"{explored.scenario.path}:{timing.place.line}"
            raise CannotSave(f"{where}: the range {timing.range} cannot be fixed; write it where it is used")
    return edit


def save(explored: Explorable, found: Found, out: Path | None) -> tuple[Path, Scenario]:
    """Write the call that was found to ``out``, or else beside the file that was explored, under a name that is free.

    Raises `CannotSave` when that would not be the same scenario, `OSError` when it cannot be written.
    """
    data = as_scenario(explored, found).encode("utf-8")
    path = out or _free_name(explored, data)
    saved = _read(data, path)
    meant = fixed(explored.scenario, explored.timings, found.drawn.times)
    if saved.model_dump(include=_CALL) != meant.model_dump(include=_CALL) or saved.seed != found.drawn.seed:
        raise CannotSave(
            f"{path}: the file would not play the call that was found; write the times into it by hand"
        )
    path.write_bytes(data)
    return path, saved


_CALL = {"agent", "limit", "people", "script", "expect"}


def check_destination(explored: Explorable, out: Path | None) -> None:
    """Find out before anything runs whether a scenario can be saved to ``out``. Raises `CannotSave`."""
    _with_times(explored, [timing.range.lo for timing in explored.timings])
    if out is None:
        return
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise CannotSave(f"--out {out}: expected a file *.yaml")
    if not out.parent.is_dir():
        raise CannotSave(f"--out {out}: there is no folder {out.parent}; make it first")
    if explored.scenario.path is not None and out.resolve() == explored.scenario.path.resolve():
        raise CannotSave(f"--out {out}: this is the scenario itself; its ranges would be lost")
    _read(explored.text.encode("utf-8"), out)


def name_of(scenario: Scenario, drawn: Drawn) -> str:
    """The name of a scenario that was found: ``caller interrupts (at 812ms and 1.2s, seed 5)``."""
    parts = [f"at {' and '.join(map(str, drawn.times))}"] if drawn.times else []
    parts += [f"seed {drawn.seed}"] if drawn.seed != scenario.seed else []
    suffix = f" ({', '.join(parts) or 'explored'})"[:LONGEST_NAME]
    return scenario.name[: LONGEST_NAME - len(suffix)].rstrip() + suffix


def told(timing: Timing, time: Duration) -> str:
    """``line 9: 812ms of 500ms..2s``."""
    return f"line {timing.place.line}: {time} of {timing.range}"


def _origin(explored: Explorable, found: Found) -> str:
    """Where a scenario comes from, in a paragraph."""
    scenario = explored.scenario
    pairs = zip(explored.timings, found.drawn.times, strict=True)
    chosen = [f"{time} for {timing.range} in line {timing.place.line}" for timing, time in pairs]
    chosen += (
        [f"seed {found.drawn.seed} instead of {scenario.seed}"] if found.drawn.seed != scenario.seed else []
    )
    message = " ".join(found.outcome.failures[0].message.split())
    message = message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}..."
    name = scenario.path.name if scenario.path is not None else scenario.name
    how = f", with {', '.join(chosen)}" if chosen else ""
    return f"Found by agentkit explore in {name}{how}. It failed like this: {message}"


def _read(data: bytes, path: Path) -> Scenario:
    try:
        draft = read_draft(data, str(path))
        check_clips(draft, path.parent)
        return finished(draft, path)
    except ScenarioError as error:
        raise CannotSave(
            f"what is found cannot be saved as {path}, where it would be wrong:\n{error}"
        ) from None


def _free_name(explored: Explorable, data: bytes) -> Path:
    """Beside the scenario: the first name that is free, or that holds just what is to be written."""
    path = explored.scenario.path
    assert path is not None, "only files are explored"
    stems = (f"{path.stem}-found{'' if number == 1 else f'-{number}'}" for number in itertools.count(1))
    candidates = (path.with_name(f"{stem}{path.suffix}") for stem in stems)
    return next(file for file in candidates if not file.exists() or file.read_bytes() == data)
