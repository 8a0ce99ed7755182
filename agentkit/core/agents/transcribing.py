"""The transcribing pipeline: an agent that listens with STT, thinks with an LLM and speaks with TTS."""

from __future__ import annotations

from typing import Any

from agentkit.core.agents.pipeline import Pipeline
from agentkit.core.agents.reply import Prompt, Reply
from agentkit.core.agents.spoken_reply import SpokenReply, Voice
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.stt import STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.turn_detection import TurnEndedEvent, TurnStartedEvent
from agentkit.core.turns import inputs
from agentkit.core.vad import VADSpeechEndedEvent, VADSpeechStartedEvent


class TranscribingPipeline(Pipeline):
    """The floor hears of voices, transcripts and turns; replies are worded by a model and spoken by a voice."""

    facts: tuple[type[BaseEvent], ...] = (
        STTTranscriptEvent,
        STTPartialTranscriptEvent,
        VADSpeechStartedEvent,
        VADSpeechEndedEvent,
        TurnStartedEvent,
        TurnEndedEvent,
    )

    def __init__(self, *, voice: Voice, **parts: Any) -> None:
        super().__init__(output=voice.output, **parts)
        self._voice = voice

    def listen(self, event: BaseEvent) -> None:
        """Take in what a component says: voices, transcripts, turns."""
        person: Participant | None = event.participant
        if person is None or self._closed:
            return
        who = person.id
        if self._is_gone(who):
            return
        self._people.setdefault(who, person)
        if isinstance(event, STTPartialTranscriptEvent):
            self._tell(inputs.PartialTranscript(who, event.text))
        elif isinstance(event, STTTranscriptEvent):
            self._tell(inputs.FinalTranscript(who, event.text))
        elif isinstance(event, VADSpeechStartedEvent):
            self._tell(inputs.SpeechStarted(who, event.speech_ms / 1000))
        elif isinstance(event, VADSpeechEndedEvent):
            self._tell(inputs.SpeechStopped(who, event.silence_ms / 1000))
        elif isinstance(event, TurnStartedEvent):
            self._tell(inputs.TurnStarted(who))
        elif isinstance(event, TurnEndedEvent):
            self._tell(inputs.TurnEnded(who, event.eager_end_of_turn))

    def _make_reply(self, epoch: int, prompt: Prompt, request: int | None) -> Reply:
        return SpokenReply(epoch, prompt, self._voice, self.conversation, self._listeners())
