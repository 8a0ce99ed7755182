"""What can happen in a recorded call, as a script tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentkit.core.edge import TrackType
from simulator.recorder.retelling.clips import CutClip
from simulator.recorder.retelling.shown import Showing
from simulator.recorder.retelling.troubles import Trouble


@dataclass(frozen=True)
class Happening:
    """Something at ``at_ns``, since the call began: when a script does it, or comes to know of it."""

    at_ns: int


@dataclass(frozen=True)
class Joined(Happening):
    person: str


@dataclass(frozen=True)
class Left(Happening):
    person: str


@dataclass(frozen=True)
class Sent(Happening):
    person: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Typed(Happening):
    person: str
    text: str


@dataclass(frozen=True)
class Muted(Happening):
    """From here on nothing came of somebody's microphone."""

    person: str


@dataclass(frozen=True)
class Unmuted(Happening):
    person: str


@dataclass(frozen=True)
class Said(Happening):
    clip: CutClip


@dataclass(frozen=True)
class Showed(Happening):
    """Somebody turned the camera on, or began to share."""

    showing: Showing


@dataclass(frozen=True)
class Hid(Happening):
    """Somebody turned the camera off, or shares no more."""

    person: str
    track_type: TrackType


@dataclass(frozen=True)
class WentWrong(Happening):
    """Something is wrong with a provider from here on, until ``trouble.end_ns``."""

    trouble: Trouble


@dataclass(frozen=True)
class AgentSpoke(Happening):
    """The agent became audible at ``voice_ns``; None where its sound ran on from the turn before."""

    voice_ns: int | None


@dataclass(frozen=True)
class AgentFinished(Happening):
    """A turn of the agent was over."""


@dataclass(frozen=True)
class AgentFellSilent(Happening):
    """The agent was cut by ``clip``, and last heard at ``voice_ns``; known a moment later, at ``at_ns``."""

    voice_ns: int
    clip: CutClip


RANK: tuple[type[Happening], ...] = (
    AgentFellSilent,
    AgentFinished,
    AgentSpoke,
    Hid,
    Left,
    Joined,
    Unmuted,
    Muted,
    Showed,
    WentWrong,
    Said,
    Sent,
    Typed,
)
"""What comes first of things that happen in one instant."""
