"""The trace and the sound of each call, in a folder of its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from simulator.media.recording import AGENT, heard_at, stem_file
from simulator.scenario.playing.runner import Outcome
from simulator.trace import TraceFileError, read_jsonl, write_jsonl

LONGEST = 60
"""Characters of a folder name: with four bytes each and a number behind them, what every file system takes."""

TRACE, SOUND = "trace.jsonl", "call.wav"


def slugs(names: Sequence[str]) -> list[str]:
    """A folder name for each of ``names``, in their order: lower case, dashes for blanks, and no two alike."""
    given: list[str] = []
    for name in names:
        slug = re.sub(r"[\W_]+", "-", name.lower())[:LONGEST].strip("-") or "scenario"
        alike = (slug if number == 1 else f"{slug}-{number}" for number in itertools.count(1))
        given.append(next(candidate for candidate in alike if candidate not in given))
    return given


def write_call(folder: Path, outcome: Outcome) -> Path:
    """Write ``trace.jsonl``, ``call.wav`` and ``stems/`` into ``folder``; returns the path of ``call.wav``.

    What an earlier run has left is replaced, everything else in the folder stays. Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stem in _earlier_stems(folder):
        stem.unlink(missing_ok=True)
    outcome.recording.write(folder)
    # Last, as it tells the next run which stems are this one's.
    write_jsonl(folder / TRACE, outcome.trace.records)
    return folder / SOUND


def _earlier_stems(folder: Path) -> list[Path]:
    """The stems that belong to the trace that ``folder`` holds already, those kept aside included."""
    try:
        records = read_jsonl(folder / TRACE)
    except (OSError, TraceFileError):
        return []
    voices = {record.source for record in records}
    for record in records:
        stems = record.data.get("stems")
        voices |= set(stems) if isinstance(stems, dict) else set()
    aside = {heard_at(*way) for voice in voices for way in ((voice, AGENT), (AGENT, voice))}
    return [stem_file(folder, voice) for voice in sorted(voices | aside)]
