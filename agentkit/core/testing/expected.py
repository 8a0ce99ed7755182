"""Descriptions of an event that a turn should have."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentkit.core.testing.events import AgentMessage, Failure, FunctionCall, TurnEvent
from agentkit.core.testing.story import quoted, shown, shown_arguments, shown_call
from agentkit.core.testing.texts import contains, matches, nearest

if TYPE_CHECKING:
    from agentkit.core.testing.turn import Turn

Arguments = Mapping[str, Any] | Callable[[dict[str, Any]], object]
"""What arguments have to be: some of them by name, each a value or a predicate; or a predicate of all."""


class Expected(abc.ABC):
    """One event. ``str()`` describes it."""

    @abc.abstractmethod
    def fits(self, event: TurnEvent) -> bool:
        """Whether ``event`` is one of these."""

    @abc.abstractmethod
    def instead(self, turn: Turn) -> str:
        """Why none of the events of ``turn`` fits."""


def called(name: str, arguments: Arguments | None = None) -> Expected:
    """A call of the function ``name``. ``arguments`` as for `Expectations.function_called`."""
    return _Called(name, arguments)


def said(*, containing: str | None = None, matching: str | None = None) -> Expected:
    """A message of the agent. The options are those of `Expectations.message`."""
    return _Said(_checked("containing", containing), _checked("matching", matching))


def failure(*, containing: str | None = None) -> Expected:
    """A failure. The option is that of `Expectations.failure`."""
    return _Failed(_checked("containing", containing))


@dataclass(frozen=True, eq=False)
class _Called(Expected):
    name: str
    arguments: Arguments | None

    def fits(self, event: TurnEvent) -> bool:
        return isinstance(event, FunctionCall) and event.name == self.name and not self._objection(event)

    def instead(self, turn: Turn) -> str:
        calls = [event for event in turn.events if isinstance(event, FunctionCall)]
        others = [call for call in calls if call.name == self.name]
        if others:
            return "; ".join(
                f"in {shown_call(call.name, call.arguments)}, {self._objection(call)}" for call in others
            )
        known = [*turn.functions, *(call.name for call in calls)]
        if self.name not in known:
            return f"the model has no function {self.name!r}{nearest(self.name, known)}"
        return "it was not called"

    def _objection(self, call: FunctionCall) -> str:
        """What is wrong with the arguments; nothing if they are as expected."""
        if self.arguments is None:
            return ""
        if not isinstance(self.arguments, Mapping):
            return _refusal(self.arguments, dict(call.arguments))
        problems = []
        for name, wanted in self.arguments.items():
            if name not in call.arguments:
                problems.append(f"{name} is missing{nearest(name, call.arguments)}")
            elif problem := _difference(wanted, call.arguments[name]):
                problems.append(f"{name} is {shown(call.arguments[name])}, {problem}")
        return " and ".join(problems)

    def __str__(self) -> str:
        if self.arguments is None:
            return f"a call of {self.name}"
        if isinstance(self.arguments, Mapping):
            return f"a call of {self.name} with {shown_arguments(self.arguments) or 'any arguments'}"
        return f"a call of {self.name} with arguments for which {shown(self.arguments)} holds"


@dataclass(frozen=True, eq=False)
class _Said(Expected):
    containing: str | None
    matching: str | None

    def fits(self, event: TurnEvent) -> bool:
        return (
            isinstance(event, AgentMessage)
            and (self.containing is None or contains(event.text, self.containing))
            and (self.matching is None or matches(event.text, self.matching))
        )

    def instead(self, turn: Turn) -> str:
        if any(isinstance(event, AgentMessage) for event in turn.events):
            return "it said something else"
        return "it said nothing"

    def __str__(self) -> str:
        wanted = []
        if self.containing is not None:
            wanted.append(f"containing {quoted(self.containing)}")
        if self.matching is not None:
            wanted.append(f"matching {quoted(self.matching)}")
        return " ".join(["a message", " and ".join(wanted)]).strip()


@dataclass(frozen=True, eq=False)
class _Failed(Expected):
    containing: str | None

    def fits(self, event: TurnEvent) -> bool:
        return isinstance(event, Failure) and (
            self.containing is None or contains(event.message, self.containing)
        )

    def instead(self, turn: Turn) -> str:
        if any(isinstance(event, Failure) for event in turn.events):
            return "something else failed"
        return "nothing failed"

    def __str__(self) -> str:
        return "a failure" if self.containing is None else f"a failure containing {quoted(self.containing)}"


def _difference(wanted: Any, found: Any) -> str:
    if callable(wanted) and not isinstance(wanted, type):
        return _refusal(wanted, found)
    return "" if wanted == found else f"not {shown(wanted)}"


def _refusal(predicate: Callable[[Any], object], value: Any) -> str:
    """What ``predicate`` has against ``value``. One that cannot cope with it does not hold."""
    try:
        holds = predicate(value)
    except Exception as error:
        return f"for which {shown(predicate)} raised {type(error).__name__}: {error}"
    return "" if holds else f"for which {shown(predicate)} does not hold"


def _checked(option: str, text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise ValueError(f"{option}: expected a text to look for, found {text!r}, which is in every text")
    return text
