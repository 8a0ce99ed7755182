"""What the readers of files promise for any bytes: a function for each reader, which fails where that is not so.

A reader reads, or raises its own one error. Its message is made for a terminal: short, without control characters, and
about a line that is there. Whatever a file says, no other is opened outside of its folder, and nothing is imported.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np

from simulator.explore.explorable import Explorable
from simulator.explore.saved import CannotSave, _with_times
from simulator.golden import GoldenError, Goldens, compare
from simulator.media.errors import MediaError
from simulator.media.sidecar import read_sidecar
from simulator.scenario import ScenarioError, load_scenario
from simulator.scenario.reading.reader import finished, read_draft
from simulator.scenario.reading.yaml_source import read_yaml
from simulator.trace import Record, compute, tell
from simulator.trace.jsonl import TraceFileError, read_jsonl, write_jsonl

FIXTURES = Path(__file__).parents[2] / "fixtures"

MOST_LINES = 50
"""Of a message: ten problems, each with its line, a caret and advice, and how many more there are."""
LONGEST_LINE = 1_200

_NEXT_FILE = b"\n#### "
"""Begins the line that names the next file, where one input is several."""


def check_yaml(data: bytes, folder: Path) -> None:
    """``data`` is any YAML."""
    (folder / "call.yaml").write_bytes(data)
    try:
        read_yaml(data, str(folder / "call.yaml"))
    except ScenarioError as error:
        _check_scenario_error(error)


def check_scenario(data: bytes, folder: Path) -> None:
    """``data`` is a scenario, and perhaps what it extends or plays. What can be read can be changed and read again."""
    path = _put(data, "call.yaml", ("common.yaml", "fixtures/base.yaml", "clip.json"), folder)
    try:
        with _nothing_else_touched(folder):
            load_scenario(path)
    except ScenarioError as error:
        _check_scenario_error(error)
    else:
        _check_edit(path)


def check_sidecar(data: bytes, folder: Path) -> None:
    """``data`` is the sidecar of a clip."""
    path = _put(data, "clip.json", (), folder)
    try:
        with _nothing_else_touched(folder):
            read_sidecar(path)
    except MediaError as error:
        _check_message(str(error))


def check_trace(data: bytes, folder: Path) -> None:
    """``data`` is a trace. What can be read can be measured, told, compared, and written."""
    path = _put(data, "call.jsonl", (), folder)
    try:
        with _nothing_else_touched(folder):
            records = read_jsonl(path)
    except TraceFileError as error:
        _check_message(str(error))
        return
    compute(records)
    tell(records)
    write_jsonl(path, records)
    assert compare(records, read_jsonl(path)) is None


_CALL = [
    Record(0, "call", "call.started", {"scenario": "a call", "seed": 0}),
    Record(1_000_000, "alice", "joined", {"mic": True}),
    Record(2_000_000, "agent", "agent.turn_ended", {"heard_text": "hello", "heard_ms": 20, "epoch": 1}),
]


def check_golden(data: bytes, folder: Path) -> None:
    """``data`` is the rules of goldens, and perhaps a golden trace."""
    _put(data, "golden.yaml", ("call.jsonl",), folder)
    try:
        with _nothing_else_touched(folder):
            Goldens(folder).check("call", _CALL)
    except ScenarioError as error:
        _check_scenario_error(error)
    except GoldenError as error:
        _check_message(str(error))


CHECKS: Mapping[str, Callable[[bytes, Path], None]] = {
    "yaml": check_yaml,
    "scenario": check_scenario,
    "sidecar": check_sidecar,
    "trace": check_trace,
    "golden": check_golden,
}


def furnish(folder: Path, outside: Path) -> None:
    """Put into a folder what a file may name: a clip, a video, and links to what lies outside."""
    for path in (folder / "clip.wav", outside / "out.wav"):
        with av.open(str(path), "w") as container:
            stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
            frame.sample_rate = 48_000
            container.mux([*stream.encode(frame), *stream.encode(None)])
    (outside / "out.yaml").write_text("script: [wait: 1s]\n")
    (outside / "out.json").write_text('{"text": "secret", "words": []}')
    for name in ("out.wav", "out.yaml", "out.json"):
        (folder / name).symlink_to(outside / name)


def _put(data: bytes, name: str, others: tuple[str, ...], folder: Path) -> Path:
    """Write the files that one input consists of; the path of the first."""
    first, *rest = data.split(_NEXT_FILE)
    named = {title.decode("latin-1"): body for title, _, body in (part.partition(b"\n") for part in rest)}
    for other in others:
        (folder / other).parent.mkdir(exist_ok=True)
        (folder / other).unlink(missing_ok=True)
        if other in named:
            (folder / other).write_bytes(named[other])
    (folder / name).write_bytes(first)
    return folder / name


def _check_scenario_error(error: ScenarioError) -> None:
    for problem in error.problems:
        lines = Path(problem.path).read_bytes().decode("utf-8-sig", "replace").splitlines()
        assert 0 <= problem.line <= len(lines) + 1, f"line {problem.line} of {len(lines)}"
    _check_message(str(error))


def _check_message(message: str) -> None:
    lines = message.split("\n")
    assert len(lines) <= MOST_LINES, f"{len(lines)} lines"
    assert "Traceback" not in message
    for line in lines:
        assert len(line) <= LONGEST_LINE, f"a line of {len(line)} characters: {line[:200]}"
        assert line.isprintable(), repr(line)


_CHANGED = {"name", "description", "seed"}


def _check_edit(path: Path) -> None:
    explored = Explorable.load(path)
    try:
        edit = _with_times(explored, [timing.range.lo for timing in explored.timings])
    except CannotSave:
        return
    edit.set("name", "found (at 1s)")
    edit.put_first_in_text("description", "It was found: like this.")
    edit.set("seed", "7")
    found = finished(read_draft(edit.text().encode(), str(path)), path)
    assert (found.name, found.seed) == ("found (at 1s)", 7)
    assert found.description.startswith("It was found: like this.")
    kept = explored.scenario.model_dump(exclude=_CHANGED)
    assert found.model_dump(exclude=_CHANGED) == kept | {"script": found.model_dump()["script"]}


_WHEN_NEEDED = ("agentkit", "av", "encodings", "simulator")
"""Packages of which modules are imported when they are first needed."""

_folders: list[str] = []


@functools.cache
def _watch() -> None:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not _folders:
            return
        if event == "import" and arguments[0].split(".")[0] not in _WHEN_NEEDED:
            raise AssertionError(f"imported {arguments[0]}")
        if event == "open" and isinstance(arguments[0], str | bytes):
            real = os.path.realpath(os.fsdecode(arguments[0]))
            if not real.startswith(tuple(_folders)) and not real.endswith((".py", ".pyc", ".so")):
                raise AssertionError(f"opened {real}")

    sys.addaudithook(hook)  # for as long as Python runs: there is no taking it away


@contextmanager
def _nothing_else_touched(folder: Path) -> Iterator[None]:
    _watch()
    _folders[:] = [os.path.realpath(folder) + os.sep, str(FIXTURES) + os.sep]
    try:
        yield
    finally:
        _folders.clear()
