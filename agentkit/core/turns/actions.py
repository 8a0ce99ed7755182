"""Everything the floor may ask for: what `Floor.handle` gives, to be carried out in order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StartReply:
    """Begin reply ``epoch``: to what ``who`` said, or to the agent's own ``request``.

    While ``eager``, nothing of it may be heard until `ConfirmReply`.
    """

    epoch: int
    text: str = ""
    who: str | None = None
    request: int | None = None
    eager: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmReply:
    """The turn has really ended: the eager reply may be heard."""

    epoch: int


@dataclass(frozen=True, slots=True)
class GoSilent:
    """Not another sample of the reply, from this instant; keep what has not been played."""

    epoch: int
    who: str


@dataclass(frozen=True, slots=True)
class Resume:
    """It was a false interruption: go on with the next sample."""

    epoch: int
    who: str


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Give the reply up: silence first, then stop its providers, and keep of it what was heard."""

    epoch: int
    reason: str
    who: str | None = None


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Send `TimerFired` with these names at ``at`` (seconds, the clock of `Floor.handle`), replacing an earlier one."""

    timer: str
    who: str
    at: float


@dataclass(frozen=True, slots=True)
class ClearTimer:
    """Forget this timer."""

    timer: str
    who: str


Action = StartReply | ConfirmReply | GoSilent | Resume | CancelReply | SetTimer | ClearTimer
