"""Voice-activity detection."""

from agentkit.core.vad.events import VADErrorEvent, VADSpeechEndedEvent, VADSpeechStartedEvent
from agentkit.core.vad.vad import VAD

__all__ = ["VAD", "VADErrorEvent", "VADSpeechEndedEvent", "VADSpeechStartedEvent"]
