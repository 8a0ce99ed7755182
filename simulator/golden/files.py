"""Golden traces in a folder: a file ``<name>.jsonl`` for each call, and ``golden.yaml`` for what does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.golden.compare import compare
from simulator.golden.rules import read_rules
from simulator.golden.story import tell_divergence
from simulator.scenario.model.quantities import Duration
from simulator.trace.jsonl import TraceFileError, read_jsonl, write_jsonl
from simulator.trace.record import Record

RULES = "golden.yaml"


class GoldenError(ValueError):
    """A golden trace is missing or cannot be read; the message says what to do."""


class Goldens:
    """The goldens in ``folder``. ``tolerance`` replaces the one in ``golden.yaml`` there; ``how_to_make`` is the
    command or option that makes a golden, for messages where `check` is given none.

    Raises `ScenarioError` when ``golden.yaml`` is wrong.
    """

    def __init__(
        self, folder: Path, *, tolerance: Duration | None = None, how_to_make: str = "--update-golden"
    ) -> None:
        self.folder = folder
        self._rules = read_rules(folder / RULES).with_tolerance(tolerance)
        self._how_to_make = how_to_make

    def path(self, name: str) -> Path:
        """The file of the golden called ``name``."""
        return self.folder / f"{name}.jsonl"

    def check(self, name: str, records: Sequence[Record], how_to_make: str | None = None) -> str | None:
        """None if a call went as its golden one did; else the story of where it parts from it.

        ``how_to_make`` is what makes this golden. Raises `GoldenError` when there is no such golden.
        """
        how = how_to_make or self._how_to_make
        golden = self._read(name, how)
        divergence = compare(golden, records, self._rules)
        if divergence is None:
            return None
        story = tell_divergence(divergence, golden, records, self._rules)
        headline = f"parts from {self.path(name)} at {divergence.at_ns / 1e9:.3f} s"
        advice = f"if the new call is right: {how}"
        return "\n".join([headline, *(f"  {line}" for line in story), advice])

    def update(self, name: str, records: Sequence[Record]) -> str:
        """Make this call the golden one, and say what that changes. A golden that it matches stays as it is.

        Raises `OSError` when the file cannot be written.
        """
        path = self.path(name)
        known = path.exists()
        try:
            difference = self.check(name, records) if known else None
        except GoldenError as error:
            difference = str(error)
        if known and difference is None:
            return f"unchanged: {path}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(path, self._rules.kept(records))
        if difference is None:
            return f"made: {path}"
        lines = difference.splitlines()
        return "\n".join([f"updated: {path}; before, the call of now {lines[0]}", *lines[1:-1]])

    def _read(self, name: str, how: str) -> list[Record]:
        path = self.path(name)
        try:
            return read_jsonl(path)
        except FileNotFoundError:
            raise GoldenError(f"there is no golden trace {path}; make it: {how}") from None
        except (TraceFileError, OSError) as error:
            raise GoldenError(f"{error}; make it again: {how}") from None
