"""What happens in a turn of the agent, in the order it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """The agent said ``text``, without white space around it. A call of a function ends one message."""

    text: str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The model called a function. ``arguments`` is what it passed, empty where that was no JSON object."""

    name: str
    arguments: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """The function returned ``value``, or else ``error`` is what the model was told in its place."""

    call: FunctionCall
    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error event, other than that of a function that failed. ``context`` is what was being done."""

    error: BaseException | None
    context: str = ""

    @property
    def message(self) -> str:
        """The error in one line: its class and what it says."""
        return f"{type(self.error).__name__}: {self.error}" if self.error is not None else "an error"


TurnEvent = AgentMessage | FunctionCall | FunctionResult | Failure
