"""Turn detection: who has finished speaking."""

from agentkit.core.turn_detection.events import TurnEndedEvent, TurnErrorEvent, TurnStartedEvent
from agentkit.core.turn_detection.turn_detector import TurnDetector

__all__ = ["TurnDetector", "TurnEndedEvent", "TurnErrorEvent", "TurnStartedEvent"]
