"""What a speech-to-text component says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class STTTranscriptEvent(PluginBaseEvent):
    """A final transcript of one utterance. ``response`` is the provider's own answer."""

    type: str = "stt.transcript"
    text: str = ""
    response: Any = None


@dataclass(kw_only=True)
class STTPartialTranscriptEvent(PluginBaseEvent):
    """What has been understood of the utterance so far; a later partial or the final replaces it."""

    type: str = "stt.partial_transcript"
    text: str = ""
    response: Any = None


@dataclass(kw_only=True)
class STTErrorEvent(ErrorEvent):
    """Transcription failed for a moment."""

    type: str = "stt.error"
