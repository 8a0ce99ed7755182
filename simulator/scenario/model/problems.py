"""What is wrong in a scenario file, where, and what to do about it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

MOST_PROBLEMS = 10
"""Problems told at once. Whoever has more mends these first."""
_ENOUGH = 50
"""Problems after which a file is read no further."""
_CANDIDATES = 200
_LONGEST_TOLD = 1_000
"""Characters of a message or a hint that are told."""
_MOST_LISTED = 40

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_WINDOW = 100
CLOSE_ENOUGH = 0.6
"""Likeness from which a word is taken for a slip of the pen."""


@dataclass(frozen=True)
class Place:
    """Where something was written: ``line`` and ``column`` count from 1 (0: nowhere), ``text`` is what it says.

    ``file`` is empty for the scenario's own file, and else the path of one that it extends.
    """

    line: int = 0
    column: int = 0
    text: str = ""
    file: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``source`` is the whole offending line; ``line`` 0 means the file itself."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        if not self.line:
            told = [f"{printable(self.path)}: {self.message}", self.hint and f"    {self.hint}"]
            return "\n".join(filter(None, told))
        lines = [f"{printable(self.path)}:{self.line}:{self.column}: {self.message}"]
        lines += _pointed_at(self.source, self.column)
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)


def _pointed_at(source: str, column: int) -> list[str]:
    """The part of the line around the column, and a caret under it."""
    if not source.strip():
        return []
    start = max(0, column - 1 - _WINDOW // 2) if len(source) > _WINDOW else 0
    return [f"    {printable(source[start : start + _WINDOW])}", f"    {' ' * (column - 1 - start)}^"]


class ScenarioError(ValueError):
    """A scenario cannot be used as it is written.

    ``problems`` holds all that was found, in the order of the file; ``path``, ``line``, ``column``,
    ``message`` and ``hint`` are those of the first. ``str()`` tells up to `MOST_PROBLEMS` of them, each as
    ``path:line:column: message`` with the offending line below it.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)
        first = self.problems[0]
        self.path, self.line, self.column = first.path, first.line, first.column
        self.message, self.hint = first.message, first.hint

    def __str__(self) -> str:
        told = [str(problem) for problem in self.problems[:MOST_PROBLEMS]]
        if (untold := len(self.problems) - MOST_PROBLEMS) > 0:
            told.append(f"... and {untold} more")
        return "\n".join(told)


class Refusal(Exception):
    """Raised while a part of a file is read; `Problems.collecting` notes it and reading goes on after the part."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.place, self.message, self.hint = place, message, hint


class Problems:
    """The problems found so far in one file, and in those that it extends."""

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        self._lines = {"": lines_of(text)}
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def add_file(self, path: str, text: str) -> None:
        """There may be problems in the file at ``path`` as well."""
        self._lines[path] = lines_of(text)

    def add(self, place: Place, message: str, hint: str = "") -> None:
        """Note one problem; the offending line is looked up. Raises `ScenarioError` when it is one too many."""
        path = place.file or self.path
        message, hint = (cut(printable(text), _LONGEST_TOLD) for text in (message, hint))
        self._found.append(Problem(path, place.line, place.column, message, hint, self._line(place)))
        if len(self._found) >= _ENOUGH:
            raise self.error()

    def find(self, text: str, start: Place) -> Place:
        """Where ``text`` stands in the line of ``start``, at or after it; ``start`` itself if it is not there."""
        at = self._line(start).find(text, max(0, start.column - 1)) if text else -1
        return start if at < 0 else replace(start, column=at + 1)

    def _line(self, place: Place) -> str:
        lines = self._lines.get(place.file, [])
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """A `Refusal` inside the block is noted, and the block left."""
        try:
            yield
        except Refusal as refusal:
            self.add(refusal.place, refusal.message, refusal.hint)

    def error(self) -> ScenarioError:
        """All that was found, by line; what is wrong in the file itself first."""
        return ScenarioError(
            sorted(self._found, key=lambda p: (p.path != self.path, p.path, p.line, p.column))
        )


def lines_of(text: str) -> list[str]:
    """The lines of a text, broken where YAML breaks them."""
    return _LINE_BREAK.split(text)


def shown(text: str, longest: int = 60) -> str:
    """What was found, in quotes, on one line, cut to ``longest`` characters."""
    return repr(cut(text, longest))


def cut(text: str, longest: int) -> str:
    """The text, or as much of it as is told."""
    return text if len(text) <= longest else text[:longest] + "…"


def printable(text: str) -> str:
    """The text with a blank for whatever a terminal would not print but obey: line ends, colours, directions."""
    return "".join(char if char.isprintable() else " " for char in text)


def listed(words: Sequence[str]) -> str:
    """Words in a row; of very many, the first, and how many more there are."""
    told = [shown(word)[1:-1] for word in words[:_MOST_LISTED]]
    if (untold := len(words) - _MOST_LISTED) > 0:
        told.append(f"and {untold} more")
    return ", ".join(told)


def likeness(found: str, word: str) -> float:
    """How much two words look alike, 0 to 1; capitals do not count."""
    return difflib.SequenceMatcher(None, found[:80].lower(), word[:80].lower()).ratio()


def nearest(found: str, words: Iterable[str]) -> str | None:
    """The valid word most like what was found, if one is like it at all."""
    alike = {word: likeness(found, word) for word in islice(words, _CANDIDATES)}
    best = max(alike, key=lambda word: alike[word], default=None)
    return best if best is not None and alike[best] >= CLOSE_ENOUGH else None


def suggestion(found: str, words: Sequence[str], label: str = "valid here") -> str:
    """A hint: the nearest valid word, or else all of them."""
    if (word := nearest(found, words)) is not None:
        return f"did you mean {shown(word)}?"
    return f"{label}: {listed(words)}" if words else ""
