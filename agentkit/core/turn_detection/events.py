"""What a turn detector says."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class TurnStartedEvent(PluginBaseEvent):
    """A participant began to speak, or went on after an eager end of turn."""

    type: str = "turn.started"
    confidence: float = 1.0


@dataclass(kw_only=True)
class TurnEndedEvent(PluginBaseEvent):
    """A participant has finished what they wanted to say.

    ``eager_end_of_turn`` marks an early guess: the final event, or a `TurnStartedEvent` that takes it back, follows.
    """

    type: str = "turn.ended"
    confidence: float = 1.0
    eager_end_of_turn: bool = False
    trailing_silence_ms: float = 0.0
    duration_ms: float = 0.0


@dataclass(kw_only=True)
class TurnErrorEvent(ErrorEvent):
    """Turn detection failed for a moment."""

    type: str = "turn.error"
