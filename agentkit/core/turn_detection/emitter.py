"""Saying that turns start and end: shared by turn detectors and by STTs that detect turns themselves."""

from __future__ import annotations

from agentkit.core.component import Component
from agentkit.core.edge.types import Participant
from agentkit.core.turn_detection.events import TurnEndedEvent, TurnStartedEvent


class TurnEmitter(Component):
    """A component that may emit turn events."""

    def _emit_turn_started_event(
        self, participant: Participant | None = None, confidence: float = 1.0
    ) -> None:
        """Say that ``participant`` began to speak, or that an eager end was wrong."""
        self.events.send(
            TurnStartedEvent(
                participant=participant,
                confidence=confidence,
                session_id=self.session_id,
                plugin_name=self.provider_name,
            )
        )

    def _emit_turn_ended_event(
        self,
        participant: Participant | None = None,
        confidence: float = 1.0,
        eager_end_of_turn: bool = False,
        trailing_silence_ms: float = 0.0,
        duration_ms: float = 0.0,
    ) -> None:
        """Say that ``participant`` has finished, or, eagerly, that it looks like it."""
        self.events.send(
            TurnEndedEvent(
                participant=participant,
                confidence=confidence,
                eager_end_of_turn=eager_end_of_turn,
                trailing_silence_ms=trailing_silence_ms,
                duration_ms=duration_ms,
                session_id=self.session_id,
                plugin_name=self.provider_name,
            )
        )
