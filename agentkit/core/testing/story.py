"""A turn told to whoever reads a failed test."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentkit.core.testing.events import AgentMessage, Failure, FunctionCall, FunctionResult, TurnEvent

if TYPE_CHECKING:
    from agentkit.core.testing.turn import Turn

TEXT_CHARS, VALUE_CHARS = 500, 120
"""How much is shown of what somebody said, and of what was passed or returned."""


def tell(turn: Turn) -> str:
    """A line for the question and for each event after it, who or what on the left."""
    lines = [(turn.who or "prompt", quoted(turn.asked)), *map(_line, turn.events)]
    if not turn.events:
        lines.append(("agent", "(nothing)"))
    width = max(len(left) for left, _ in lines)
    return "\n".join(f"{left:<{width}}  {right}" for left, right in lines)


def failed(what: str, turn: Turn) -> AssertionError:
    """What to raise where a turn is not as expected: ``what`` is wrong, and all that happened."""
    story = textwrap.indent(tell(turn), "  ")
    return AssertionError(f"{what}\nwhat happened, in {turn.duration:.2f} s:\n{story}")


def quoted(text: str) -> str:
    """``text`` in one line and in quotation marks."""
    return f'"{_shortened(" ".join(text.split()), TEXT_CHARS)}"'


def shown(value: Any) -> str:
    """``value`` as one would write it in Python, unless that is long; a function by its name."""
    name = getattr(value, "__name__", None) if callable(value) else None
    return name or _shortened(repr(value), VALUE_CHARS)


def shown_call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call as one would write it in Python."""
    return f"{name}({shown_arguments(arguments)})"


def shown_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments as one would write them in Python."""
    return ", ".join(f"{key}={shown(value)}" for key, value in arguments.items())


def shown_event(event: TurnEvent) -> str:
    """``event`` in the middle of a sentence."""
    what, told = _line(event)
    return f"the {'message' if what == 'agent' else what} {told}"


def _line(event: TurnEvent) -> tuple[str, str]:
    match event:
        case AgentMessage():
            return "agent", quoted(event.text)
        case FunctionCall():
            return "call", shown_call(event.name, event.arguments)
        case FunctionResult(error=""):
            return "result", f"{event.call.name}: {shown(event.value)}"
        case FunctionResult():
            return "result", f"{event.call.name} failed: {_shortened(event.error, TEXT_CHARS)}"
        case Failure():
            context = f" ({event.context})" if event.context else ""
            return "failure", _shortened(event.message, TEXT_CHARS) + context


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
