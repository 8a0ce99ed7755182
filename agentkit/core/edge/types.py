"""Who is in a call and what they publish."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from agentkit.core.edge.connection import Connection

__all__ = ["Connection", "Participant", "TrackType", "User"]


@dataclass(frozen=True)
class User:
    """An agent or a human, as the edge network knows them."""

    id: str = ""
    name: str = ""
    image: str = ""


@dataclass(frozen=True)
class Participant:
    """Someone in a call.

    ``id`` is unique in the call; ``user_id`` is not, since one user may join twice. ``original`` is the
    transport's own object.
    """

    original: Any = field(compare=False, repr=False)
    user_id: str
    id: str


class TrackType(enum.IntEnum):
    """What a media track carries."""

    UNSPECIFIED = 0
    AUDIO = 1
    VIDEO = 2
    SCREEN_SHARE = 3
    SCREEN_SHARE_AUDIO = 4

    @property
    def is_video(self) -> bool:
        """True for camera and screen share."""
        return self in (TrackType.VIDEO, TrackType.SCREEN_SHARE)
