"""One turn: what was asked, and everything that came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentkit.core.conversation import Message
from agentkit.core.testing.events import TurnEvent
from agentkit.core.testing.expectations import Expectations
from agentkit.core.testing.story import tell


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a `TextSession`. ``str()`` tells it as a short story."""

    asked: str
    """What the user said, or what the agent was prompted with."""

    who: str
    """The user's id; empty for a prompt."""

    text: str
    """All that the agent said, as the conversation keeps it."""

    events: tuple[TurnEvent, ...]
    """Messages, calls of functions, their results and failures, in the order they happened."""

    duration: float
    """From the question to the end of the answer, in seconds."""

    failure: Exception | None = None
    """What the answer was broken off by, if it was."""

    functions: tuple[str, ...] = ()
    """The names of the functions that the model could call."""

    before: tuple[Message, ...] = field(default=(), repr=False)
    """The conversation before this turn."""

    @property
    def expects(self) -> Expectations:
        """The beginning of a chain of expectations; every use begins a new one."""
        return Expectations(self)

    def __str__(self) -> str:
        return tell(self)
