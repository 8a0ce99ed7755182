"""Texts with wildcards, for what was said and for the fields of an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.core.testing.texts import matches

LONGEST = 500


@dataclass(frozen=True)
class Glob:
    """A text in which ``*`` stands for anything and ``?`` for one character.

    It has to match the whole text. Capitals do not count, and any stretch of white space is one blank: what a
    provider capitalises or breaks over lines is not what a scenario is about.
    """

    pattern: str

    def __post_init__(self) -> None:
        if not self.pattern.strip():
            raise ValueError("a text to match cannot be empty; '*' matches anything")
        if len(self.pattern) > LONGEST:
            found = len(self.pattern)
            raise ValueError(f"a text to match has at most {LONGEST} characters, this one has {found}")

    def matches(self, text: str) -> bool:
        """Whether the whole of ``text`` fits."""
        return matches(text, self.pattern)

    def __str__(self) -> str:
        return self.pattern


def fields_match(where: Mapping[str, Glob], data: Mapping[str, Any]) -> bool:
    """Whether every named field of a record is there and fits; ``a.b`` looks inside the object ``a``."""
    return all(any(glob.matches(text) for text in _field(data, name)) for name, glob in where.items())


def told_where(where: Mapping[str, Glob]) -> str:
    """`` with participant: alice, text: okay*``, or nothing."""
    return f" with {', '.join(f'{name}: {glob}' for name, glob in where.items())}" if where else ""


def _field(data: Any, name: str) -> list[str]:
    """The field as text in a list, or an empty list where there is none."""
    for part in name.split("."):
        if not isinstance(data, Mapping) or part not in data:
            return []
        data = data[part]
    return [data if isinstance(data, str) else json.dumps(data)]
