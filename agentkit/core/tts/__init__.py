"""Text to speech."""

from agentkit.core.tts.events import (
    TTSAudioEvent,
    TTSErrorEvent,
    TTSSynthesisCompleteEvent,
    TTSSynthesisStartEvent,
)
from agentkit.core.tts.speech import Speech, SpokenWord
from agentkit.core.tts.tts import TTS

__all__ = [
    "TTS",
    "Speech",
    "SpokenWord",
    "TTSAudioEvent",
    "TTSErrorEvent",
    "TTSSynthesisCompleteEvent",
    "TTSSynthesisStartEvent",
]
