"""What is found wrong with a scenario after it was read."""

from __future__ import annotations

from pathlib import Path

from simulator.scenario.model.problems import Place, Problem, lines_of


def found_later(place: Place, path: str, message: str, hint: str = "") -> Problem:
    """A problem at ``place`` of the scenario in ``path``, with the line as it stands in the file now, if it does."""
    file = place.file or path
    return Problem(file, place.line, place.column, message, hint, _line_at(Path(file), place.line))


def _line_at(file: Path, number: int) -> str:
    try:
        lines = lines_of(file.read_text("utf-8", errors="replace"))
    except OSError:
        return ""
    return lines[number - 1] if 0 < number <= len(lines) else ""
