"""How many sessions there may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentkit.core.agents.sessions.errors import SessionLimitExceeded
from agentkit.core.agents.sessions.record import SessionRecord


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The most sessions on all nodes together, and the most of them in one call; None: as many as you like."""

    max_concurrent_sessions: int | None = None
    max_sessions_per_call: int | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            most = getattr(self, name)
            if most is not None and most < 1:
                raise ValueError(f"{name} is {most}; expected at least 1, or None for no limit")

    def check(self, wanted: SessionRecord, others: Iterable[SessionRecord]) -> None:
        """Raise `SessionLimitExceeded` if there is no room for ``wanted`` beside ``others``."""
        calls = [(other.call_type, other.call_id) for other in others if other.id != wanted.id]
        if self.max_concurrent_sessions is not None and len(calls) >= self.max_concurrent_sessions:
            raise self.concurrent_exceeded()
        call = (wanted.call_type, wanted.call_id)
        if self.max_sessions_per_call is not None and calls.count(call) >= self.max_sessions_per_call:
            raise self.per_call_exceeded(wanted)

    def concurrent_exceeded(self) -> SessionLimitExceeded:
        """The refusal of a session for which there is no room on any node."""
        assert self.max_concurrent_sessions is not None
        return SessionLimitExceeded("max_concurrent_sessions", self.max_concurrent_sessions)

    def per_call_exceeded(self, wanted: SessionRecord) -> SessionLimitExceeded:
        """The refusal of a session for which there is no room in its call."""
        assert self.max_sessions_per_call is not None
        where = f" in call {wanted.call_type}/{wanted.call_id}"
        return SessionLimitExceeded("max_sessions_per_call", self.max_sessions_per_call, where)
