"""What the floor remembers: of each person, and of the reply in progress."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Person:
    """One participant, as the floor knows them."""

    name: str
    speaking: bool = False
    stopped_at: float = 0.0
    heard_by_voice: bool = False
    """A detector reports this person's voice; until it has, their words stand for it."""

    over_agent: bool = False
    """The utterance in progress, or the last one, began while a reply was in progress."""

    aside: bool = False
    """The utterance began while somebody else had the floor, so it does not interrupt the answer to them."""

    turn_over: bool = False
    """A detector ended the turn and the words are still to come."""

    said: list[str] = field(default_factory=list)
    """Final transcripts that no reply has answered yet."""

    partial: str = ""

    @property
    def text(self) -> str:
        """What they have said since their last turn, as far as it is final."""
        return " ".join(self.said)

    @property
    def words(self) -> str:
        """The same with what has only been understood in part."""
        return f"{self.text} {self.partial}".strip()


@dataclass(slots=True)
class Reply:
    """The reply in progress."""

    epoch: int
    text: str
    who: str | None
    request: int | None
    interruptible: bool
    confirmed: bool
    audible: bool = False
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to be answered or said when the floor is free: a person's turn or the agent's own request."""

    who: str | None = None
    request: int | None = None
    interruptible: bool = True
