"""Speech to text: sound of one participant in, transcripts out."""

from __future__ import annotations

import abc
from typing import Any

from agentkit.core.edge.types import Participant
from agentkit.core.listener import Listener
from agentkit.core.stt.events import STTErrorEvent, STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.turn_detection.emitter import TurnEmitter
from agentkit.core.turn_detection.events import TurnEndedEvent, TurnStartedEvent


class STT(TurnEmitter, Listener, abc.ABC):
    """Base of every speech-to-text plugin.

    Implement `process_audio` and call the ``_emit_*`` helpers as the provider answers. A provider that also tells when
    a turn ends sets ``turn_detection = True`` and emits turn events.
    """

    turn_detection: bool = False
    error_event = STTErrorEvent

    def __init__(self, provider_name: str | None = None) -> None:
        super().__init__()
        if provider_name:
            self.provider_name = provider_name
        self.events.register(
            STTTranscriptEvent, STTPartialTranscriptEvent, STTErrorEvent, TurnStartedEvent, TurnEndedEvent
        )

    def _emit_transcript_event(
        self, text: str, participant: Participant | None = None, response: Any = None
    ) -> None:
        """Say that ``participant`` said ``text``. Blank transcripts are dropped."""
        if text.strip():
            self.events.send(
                STTTranscriptEvent(
                    text=text,
                    participant=participant,
                    response=response,
                    session_id=self.session_id,
                    plugin_name=self.provider_name,
                )
            )

    def _emit_partial_transcript_event(
        self, text: str, participant: Participant | None = None, response: Any = None
    ) -> None:
        """Say what has been understood so far of the utterance in progress."""
        if text.strip():
            self.events.send(
                STTPartialTranscriptEvent(
                    text=text,
                    participant=participant,
                    response=response,
                    session_id=self.session_id,
                    plugin_name=self.provider_name,
                )
            )
