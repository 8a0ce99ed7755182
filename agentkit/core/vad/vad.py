"""Voice-activity detection: is this person making speech sounds right now?"""

from __future__ import annotations

import abc

from agentkit.core.edge.types import Participant
from agentkit.core.listener import Listener
from agentkit.core.vad.events import VADErrorEvent, VADSpeechEndedEvent, VADSpeechStartedEvent


class VAD(Listener, abc.ABC):
    """Base of every voice-activity detector. It keeps state for each participant it hears."""

    end_delay_s: float = 0.0
    """How long a voice has ended before it is said to have: the silence that the detector waits for."""

    error_event = VADErrorEvent

    def __init__(self) -> None:
        super().__init__()
        self.events.register(VADSpeechStartedEvent, VADSpeechEndedEvent, VADErrorEvent)

    def _emit_speech_started_event(self, participant: Participant | None, speech_ms: float = 0.0) -> None:
        self.events.send(
            VADSpeechStartedEvent(
                participant=participant,
                speech_ms=speech_ms,
                session_id=self.session_id,
                plugin_name=self.provider_name,
            )
        )

    def _emit_speech_ended_event(
        self, participant: Participant | None, silence_ms: float = 0.0, speech_ms: float = 0.0
    ) -> None:
        self.events.send(
            VADSpeechEndedEvent(
                participant=participant,
                silence_ms=silence_ms,
                speech_ms=speech_ms,
                session_id=self.session_id,
                plugin_name=self.provider_name,
            )
        )
