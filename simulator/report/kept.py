"""Calls that were kept, in the folders that `agentkit simulate --out` writes: read again, and held together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.golden import Divergence, Rules, compare
from simulator.report.folder import TRACE
from simulator.trace import Record, read_jsonl
from simulator.trace.record import STARTED, beginning

_RULES = Rules(kinds=frozenset({STARTED}))
"""With another seed or under another name, a call may go on the same all the same."""


@dataclass(frozen=True)
class KeptCall:
    """One call. ``folder`` has its sound; it is None where only the trace was kept."""

    name: str
    records: tuple[Record, ...]
    folder: Path | None


@dataclass(frozen=True)
class Pair:
    """The same scenario in two runs. ``parting`` is None where the calls are the same."""

    before: KeptCall
    after: KeptCall
    parting: Divergence | None

    @classmethod
    def of(cls, before: KeptCall, after: KeptCall) -> Pair:
        """Hold two calls against each other."""
        return cls(before, after, compare(before.records, after.records, _RULES))

    @property
    def told(self) -> str:
        """What came of it, in words."""
        return "the same" if self.parting is None else f"they part at {self.parting.at_ns / 1e9:.3f} s"


def read_calls(path: Path) -> dict[str, KeptCall]:
    """The calls in ``path``, by the name of their folder or file: a trace, the folder of a call, or one of several.

    Empty where there are none. Raises `TraceFileError` for a trace that cannot be read, `OSError`.
    """
    if path.is_file():
        return {path.stem: _read(path, None)}
    if (path / TRACE).is_file():
        return {path.resolve().name: _read(path / TRACE, path)}
    return {trace.parent.name: _read(trace, trace.parent) for trace in sorted(path.glob(f"*/{TRACE}"))}


def _read(trace: Path, folder: Path | None) -> KeptCall:
    records = tuple(read_jsonl(trace))
    name = beginning(records).text("scenario") or (folder or trace.with_suffix("")).name
    return KeptCall(name, records, folder)
