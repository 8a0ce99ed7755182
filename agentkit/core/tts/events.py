"""What a text-to-speech component says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class TTSSynthesisStartEvent(PluginBaseEvent):
    """Synthesis of ``text`` was asked for. All events of one synthesis share its ``synthesis_id``."""

    type: str = "tts.synthesis_started"
    text: str = ""
    synthesis_id: str = ""


@dataclass(kw_only=True)
class TTSAudioEvent(PluginBaseEvent):
    """A piece of speech, in the output format, as a `PcmData`."""

    type: str = "tts.audio"
    data: Any = None
    synthesis_id: str = ""
    chunk_index: int = 0
    frequent: ClassVar[bool] = True


@dataclass(kw_only=True)
class TTSSynthesisCompleteEvent(PluginBaseEvent):
    """Everything of ``text`` has been made into ``audio_ms`` of sound; the first of it took ``first_audio_ms``."""

    type: str = "tts.synthesis_completed"
    text: str = ""
    synthesis_id: str = ""
    audio_ms: float = 0.0
    first_audio_ms: float = 0.0


@dataclass(kw_only=True)
class TTSErrorEvent(ErrorEvent):
    """Synthesis failed for a moment."""

    type: str = "tts.error"
    text: str = ""
