"""Turn detection: has this person finished what they wanted to say?"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.edge.types import Participant
from agentkit.core.turn_detection.emitter import TurnEmitter
from agentkit.core.turn_detection.events import TurnEndedEvent, TurnErrorEvent, TurnStartedEvent

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class TurnDetector(TurnEmitter, abc.ABC):
    """Base of every turn detector. It listens to each participant and says when turns start and end.

    `process_audio` gets about 20 ms at a time, mono at `input_sample_rate`, in order for each participant.
    """

    input_sample_rate: int = 16000
    error_event = TurnErrorEvent

    def __init__(self) -> None:
        super().__init__()
        self.events.register(TurnStartedEvent, TurnEndedEvent, TurnErrorEvent)

    @abc.abstractmethod
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``."""

    def forget(self, participant: Participant) -> None:
        """Drop the state kept for someone who left."""
