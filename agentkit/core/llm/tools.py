"""A call of a function, as a model asked for it, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from agentkit.core import clock

NO_RESULT = "done"
"""What the model is told that a function returned which returned nothing."""


class ToolError(Exception):
    """Raise it from a function to tell the model, in your own words, that something cannot be done.

    It is an answer like any other. Every other exception is reported as an error of the function too.
    """


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. ``arguments`` is JSON with its keys sorted, so that equal calls compare equal.

    ``problem`` says what is wrong with it, if something is.
    """

    name: str
    arguments: str
    id: str = field(default_factory=clock.new_id, compare=False)
    problem: str = field(default="", compare=False)

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> ToolCall:
        """A call in the shape of plugins: ``name``, ``id`` and ``arguments_json``, a JSON object or its text."""
        name, given = str(item.get("name") or ""), item.get("arguments_json")
        call_id = str(item.get("id") or clock.new_id())
        try:
            arguments = json.loads(given) if isinstance(given, str | bytes) and given.strip() else given or {}
            if not isinstance(arguments, dict):
                problem = f"expected the arguments to be a JSON object, found {_shortened(arguments)}"
                return cls(name, _text(given), call_id, problem)
            return cls(name, json.dumps(arguments, sort_keys=True), call_id)
        except (ValueError, TypeError, RecursionError) as error:
            problem = f"expected the arguments to be a JSON object, found {_shortened(given)}: {error}"
            return cls(name, _text(given), call_id, problem)

    @property
    def values(self) -> dict[str, Any]:
        """The arguments as they were passed; empty where they are no JSON object."""
        return {} if self.problem else dict(json.loads(self.arguments))

    def __str__(self) -> str:
        return f"{self.name}({self.arguments})"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call: ``value``, or ``error`` in words for the model. ``str()`` is what the model reads."""

    call: ToolCall
    value: Any = None
    error: str = ""
    execution_time_ms: float = 0.0

    @property
    def success(self) -> bool:
        """Whether the function ran and returned."""
        return not self.error

    def __str__(self) -> str:
        if self.error:
            return f"Error: {self.error}"
        return NO_RESULT if self.value is None else _text(self.value)


def _text(value: Any) -> str:
    """``value`` as text: strings as they are, all else as JSON where it has one."""
    if isinstance(value, str):
        return value
    try:
        return to_json(value, fallback=str, bytes_mode="utf8").decode()
    except ValueError:
        return str(value)


def _shortened(value: Any, limit: int = 80) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else shown[:limit] + "..."
