"""A recorded call as a scenario: the file, and beside it the fixtures it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulator.media.folders import FIXTURES
from simulator.recorder.retelling.recorded import RecordedCall, RecordingError, read_recording
from simulator.recorder.retelling.script import ScriptWriter, Tolerance, expectations
from simulator.recorder.retelling.story import Story, story_of
from simulator.recorder.retelling.tools import tool_mocks
from simulator.recorder.retelling.writing import as_yaml
from simulator.recorder.stand_ins.needed import StandIns, is_realtime, real_parts, stand_ins_for
from simulator.scenario.load import SUFFIXES, load_scenario
from simulator.scenario.model.parts import parse_factory
from simulator.scenario.model.problems import ScenarioError
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import DEFAULT_LIMIT, Scenario
from simulator.trace import compute

NAME = "scenario.yaml"
SPARE_NS = 30_000_000_000
"""What a call may take longer than it did before its scenario gives it up."""


class ConversionError(ValueError):
    """No scenario can be made there, or of this; the message is one line and says why."""


@dataclass(frozen=True)
class Converted:
    """What was written; the recording it is made of may have been cut off, and then is not ``complete``.

    ``real`` are the providers of the agent that a scenario cannot reach and that have no stand-in, by their part.
    """

    scenario: Scenario
    path: Path
    clips: int
    showings: int
    complete: bool
    stand_ins: StandIns | None
    real: dict[str, str]


def convert(
    folder: Path,
    out: Path | None = None,
    *,
    tolerance: Tolerance | None = None,
    texts: bool = False,
    agent: str | None = None,
    stand_ins: bool = True,
) -> Converted:
    """Write the call recorded in ``folder`` to ``out``, or else to ``scenario.yaml`` in it.

    Its clips go to ``fixtures/`` beside the file, and are named after it. ``agent`` makes the agent in place of the
    recorded factory. Unless ``stand_ins`` is false, a module is written that makes it with stand-ins for providers that
    were not scripted. Raises `RecordingError` when there is no call to convert, `ConversionError` and `StandInError`
    when the scenario or the module cannot be written there, and `OSError`.
    """
    path = out or folder / NAME
    call = read_recording(folder)
    if agent is not None:
        call = replace(call, factory=agent)
    _check(path, out is not None)
    module = _stand_ins(call, path, f"{path.stem}_stand_ins" if out else "stand_ins") if stand_ins else None
    prefix = f"{path.stem}-" if out is not None else ""
    story = story_of(call, prefix)
    if not story.happenings:
        raise ConversionError(
            f"{folder}: nobody came and nothing happened in this call, so there is nothing to play"
        )
    made_by = module.agent if module is not None else _factory(call) if call.factory else None
    written = _as_yaml(call, story, path, made_by, tolerance or Tolerance(), texts=texts)
    _write(path, written, story, module)
    try:
        scenario = load_scenario(path)
    except ScenarioError as error:
        told = " ".join(str(error).split())
        _remove(_files(path, story, module))
        raise ConversionError(f"{folder}: this call cannot be told as a scenario: {told}") from None
    real = real_parts(call) if module is None else {}
    return Converted(scenario, path, len(story.clips), len(story.showings), call.complete, module, real)


def _files(path: Path, story: Story, module: StandIns | None) -> list[Path]:
    """All that is written."""
    fixtures = [path.parent / FIXTURES / name for made in story.fixtures for name in made.files]
    return [path, *fixtures, *([module.path] if module is not None else ())]


def _write(path: Path, text: str, story: Story, module: StandIns | None) -> None:
    """Write everything, or nothing. Raises `ConversionError` where there is something already."""
    files = _files(path, story, module)
    if taken := next((file for file in files if file.exists()), None):
        raise ConversionError(f"{taken} exists already; choose another name with --out")
    fixtures = path.parent / FIXTURES
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for made in story.fixtures:
            fixtures.mkdir(exist_ok=True)
            made.write(fixtures)
        path.write_text(text, "utf-8")
        if module is not None:
            module.path.write_text(module.text, "utf-8")
    except (OSError, RecordingError):
        _remove(files)
        raise


def _stand_ins(call: RecordedCall, path: Path, name: str) -> StandIns | None:
    """The module that the scenario at ``path`` needs, if it needs one and there can be one."""
    if not real_parts(call) or is_realtime(call):
        return None
    if not call.factory:
        real = ", ".join(f"{part} ({made_of})" for part, made_of in real_parts(call).items())
        raise ConversionError(
            f"{call.folder}: the agent's {real} cannot be reached in a simulated call, and nothing says what made the "
            "agent; name it with --agent MODULE:FACTORY, and stand-ins are written for them, or add --no-stand-ins"
        )
    return stand_ins_for(call, _factory(call), path, name)


def _remove(files: Sequence[Path]) -> None:
    """Leave nothing half done."""
    for file in files:
        file.unlink(missing_ok=True)


def _check(path: Path, chosen: bool) -> None:
    if path.suffix not in SUFFIXES:
        raise ConversionError(f"{path}: expected a file *.yaml")
    if path.parent.exists() and not path.parent.is_dir():
        raise ConversionError(f"{path}: {path.parent} is a file; give the path of a folder in its place")
    if path.exists():
        advice = "choose another name" if chosen else "choose a name with --out, or remove it"
        raise ConversionError(f"{path} exists already; {advice}")
    if len(path.stem) > 60 or not path.stem.isprintable():
        raise ConversionError(f"{path}: this name is too long for those of its clips; choose a shorter one")


def _as_yaml(
    call: RecordedCall, story: Story, path: Path, agent: str | None, tolerance: Tolerance, *, texts: bool
) -> str:
    metrics = compute(call.records)
    told: dict[str, Any] = {
        "name": _title(call, path),
        "description": _description(call, story),
    }
    if agent is not None:
        told["agent"] = agent
    told["people"] = {name: {"mic": heard} for name, heard in story.people.items()}
    if tools := tool_mocks(call.records):
        told["tools"] = tools
    length_ns = story.ends_ns - story.begins_ns
    if length_ns + SPARE_NS > DEFAULT_LIMIT.ns:
        told["limit"] = str(Duration(-(-(length_ns + SPARE_NS) // SPARE_NS) * SPARE_NS))
    told["script"] = ScriptWriter(story, tolerance).write()
    told["expect"] = expectations(story, metrics.interruptions, metrics.false_interruptions, texts=texts)
    return as_yaml(told)


def _title(call: RecordedCall, path: Path) -> str:
    called = call.call_id if call.call_id.isprintable() else ""
    return f"recorded call {called or path.stem}"[:120].strip()


def _description(call: RecordedCall, story: Story) -> str:
    cut_off = "" if call.complete else " The recording was cut off, so the end of the call is missing."
    return (
        f"What happened in a real call of {(story.ends_ns - story.begins_ns) / 1e9:.1f} s, told from its recording. "
        f"Change what is expected of the agent to what should have happened.{cut_off}"
    )


def _factory(call: RecordedCall) -> str:
    try:
        return parse_factory(call.factory)
    except ValueError as error:
        raise ConversionError(f"{call.folder}: the factory in call.json: {error}; was it edited?") from None
