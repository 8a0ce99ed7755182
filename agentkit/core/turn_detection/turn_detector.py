"""Turn detection: has this person finished what they wanted to say?"""

from __future__ import annotations

import abc

from agentkit.core.listener import Listener
from agentkit.core.turn_detection.emitter import TurnEmitter
from agentkit.core.turn_detection.events import TurnEndedEvent, TurnErrorEvent, TurnStartedEvent


class TurnDetector(TurnEmitter, Listener, abc.ABC):
    """Base of every turn detector. It listens to each participant and says when turns start and end."""

    error_event = TurnErrorEvent

    def __init__(self) -> None:
        super().__init__()
        self.events.register(TurnStartedEvent, TurnEndedEvent, TurnErrorEvent)
