"""Speech to text."""

from agentkit.core.stt.events import STTErrorEvent, STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.stt.stt import STT

__all__ = ["STT", "STTErrorEvent", "STTPartialTranscriptEvent", "STTTranscriptEvent"]
