"""Speech to text: sound of one participant in, transcripts out."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant
from agentkit.core.stt.events import STTErrorEvent, STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.turn_detection.emitter import TurnEmitter
from agentkit.core.turn_detection.events import TurnEndedEvent, TurnStartedEvent

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class STT(TurnEmitter, abc.ABC):
    """Base of every speech-to-text plugin.

    Implement `process_audio` and call the ``_emit_*`` helpers as the provider answers. The framework calls
    `process_audio` with about 20 ms at a time, mono at `input_sample_rate`, in order and never concurrently for one
    participant. A provider that also tells when a turn ends sets ``turn_detection = True`` and emits turn events.
    """

    input_sample_rate: int = 16000
    turn_detection: bool = False
    error_event = STTErrorEvent

    def __init__(self, provider_name: str | None = None) -> None:
        super().__init__()
        if provider_name:
            self.provider_name = provider_name
        self.events.register(
            STTTranscriptEvent, STTPartialTranscriptEvent, STTErrorEvent, TurnStartedEvent, TurnEndedEvent
        )

    @abc.abstractmethod
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``. Transcripts may come later, from another task."""

    def forget(self, participant: Participant) -> None:
        """Drop the state kept for someone who left."""

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
