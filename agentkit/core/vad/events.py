"""What a voice-activity detector says."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class VADSpeechStartedEvent(PluginBaseEvent):
    """A participant's voice is heard. ``speech_ms`` of it had passed when the detector was sure."""

    type: str = "vad.speech_started"
    speech_ms: float = 0.0


@dataclass(kw_only=True)
class VADSpeechEndedEvent(PluginBaseEvent):
    """A participant's voice has stopped. ``silence_ms`` of silence had passed when the detector was sure."""

    type: str = "vad.speech_ended"
    silence_ms: float = 0.0
    speech_ms: float = 0.0


@dataclass(kw_only=True)
class VADErrorEvent(ErrorEvent):
    """Voice-activity detection failed for a moment."""

    type: str = "vad.error"
