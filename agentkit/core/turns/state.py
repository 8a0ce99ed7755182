"""What the floor remembers: of each person, of the reply in progress, and of what it is about to ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentkit.core.turns.actions import Action, ClearTimer, SetTimer
from agentkit.core.turns.policy import Signals, TurnPolicy


@dataclass(slots=True)
class Person:
    """One participant, as the floor knows them. What is said of an utterance is said of the last one begun."""

    name: str
    speaking: bool = False
    voiced: bool = False
    """A detector reports the utterance and will report its end; else its words stand for the voice."""

    began_at: float = 0.0
    stopped_at: float = 0.0

    over_agent: bool = False
    """The utterance is spoken over a reply."""

    aside: bool = False
    """The utterance began before that reply, so its words do not interrupt it."""

    acknowledged: bool = False
    """A final transcript of the utterance was a back-channel."""

    turn_over: bool = False
    """The turn has ended: what is still understood of the utterance is late, and answered at once."""

    said: list[str] = field(default_factory=list)
    """Final transcripts that no reply has answered yet."""

    earlier: int = 0
    """How many of them are older than the utterance."""

    partial: str = ""
    """What has been understood beyond the final transcripts."""

    assumed: list[str] = field(default_factory=list)
    """The words of a partial transcript that was answered because its final one did not come."""

    def begin(self, since: float) -> None:
        """Start an utterance."""
        self.speaking = True
        self.began_at = since
        self.voiced = self.over_agent = self.aside = self.acknowledged = self.turn_over = False
        self.earlier = len(self.said)
        self.partial = ""
        self.assumed = []

    def go_on(self, since: float) -> None:
        """Count the utterance anew from here."""
        self.began_at = since
        self.earlier = len(self.said)
        self.partial = ""

    def answered(self) -> None:
        """What was said is being answered."""
        self.said.clear()
        self.earlier = 0

    @property
    def text(self) -> str:
        """What they have said since their last turn, as far as it is final."""
        return " ".join(self.said)

    @property
    def utterance(self) -> str:
        """The words of the utterance so far."""
        return " ".join([*self.said[self.earlier :], self.partial])


@dataclass(slots=True)
class Reply:
    """The reply in progress."""

    epoch: int
    who: str | None
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
    offered: bool = False
    """A realtime model has decided that it is its turn."""


class FloorState:
    """What every rule works on: the people, the reply, the time, and the actions asked for so far."""

    def __init__(self, policy: TurnPolicy, signals: Signals) -> None:
        self.policy = policy
        self.signals = signals
        self.people: dict[str, Person] = {}
        self.reply: Reply | None = None
        self._now = 0.0
        self._actions: list[Action] = []
        self._timers: set[tuple[str, str]] = set()

    def _person(self, name: str) -> Person:
        person = self.people.get(name)
        if person is None:
            person = self.people[name] = Person(name)
        return person

    def _set(self, timer: str, person: Person, at: float) -> None:
        self._timers.add((timer, person.name))
        self._actions.append(SetTimer(timer, person.name, max(at, self._now)))

    def _clear(self, timer: str, person: Person) -> None:
        if (timer, person.name) in self._timers:
            self._timers.discard((timer, person.name))
            self._actions.append(ClearTimer(timer, person.name))
