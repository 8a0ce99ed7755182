"""Who is being recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agentkit.core.edge import Participant
from simulator.media.frames import SAMPLE_RATE
from simulator.recorder.capture.voice import Voice
from simulator.trace.record import NOT_PEOPLE

GAP = SAMPLE_RATE // 2
"""Samples that may fail to come from a microphone that is open: more than packets are ever behind each other."""


@dataclass
class Person:
    """Someone: their voice and the sound of their screen, once heard, and what the agent saw of them.

    ``source`` is what the trace calls them; they were there since sample ``since`` of the call.
    """

    source: str
    user_id: str
    stem: str
    voice: Voice | None = None
    shared: Voice | None = None
    shared_stem: str = ""
    present: bool = False
    since: int = 0
    pictures: list[str] = field(default_factory=list)

    def missed(self, now: int) -> int | None:
        """Since which sample nothing has come of their microphone; None if it is not for long."""
        since = max(self.since, self.voice.end if self.voice is not None else 0)
        return since if now - since >= GAP else None

    def about(self) -> dict[str, Any]:
        """What the manifest of a recording says of them."""
        return {
            "id": self.source,
            "user_id": self.user_id,
            "stem": self.stem if self.voice is not None else None,
            "shared": self.shared_stem or None,
            "pictures": self.pictures,
        }


def source_of(participant: Participant) -> str:
    """What a person is called in the trace: their id, unless that means something else there."""
    return (
        participant.id if participant.id not in {*NOT_PEOPLE, ""} else f"{participant.id or 'some'} (person)"
    )
