"""What a speech-to-speech model says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class RealtimeConnectedEvent(PluginBaseEvent):
    """The session with the model has begun."""

    type: str = "realtime.connected"
    session_config: dict[str, Any] = field(default_factory=dict)
    capabilities: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class RealtimeDisconnectedEvent(PluginBaseEvent):
    """The session with the model has ended; ``was_clean`` if it was meant to."""

    type: str = "realtime.disconnected"
    reason: str = ""
    was_clean: bool = True


@dataclass(kw_only=True)
class RealtimeAudioInputEvent(PluginBaseEvent):
    """Sound went to the model."""

    type: str = "realtime.audio_input"
    data: Any = None
    user_metadata: Any = None
    frequent: ClassVar[bool] = True


@dataclass(kw_only=True)
class RealtimeAudioOutputEvent(PluginBaseEvent):
    """Sound came from the model. ``epoch`` counts the interruptions before it; sound of an earlier one is stale."""

    type: str = "realtime.audio_output"
    data: Any = None
    response_id: str = ""
    epoch: int = 0
    user_metadata: Any = None
    frequent: ClassVar[bool] = True


@dataclass(kw_only=True)
class RealtimeAudioOutputDoneEvent(PluginBaseEvent):
    """All sound of one response has come."""

    type: str = "realtime.audio_output_done"
    response_id: str = ""
    epoch: int = 0
    user_metadata: Any = None


@dataclass(kw_only=True)
class RealtimeResponseEvent(PluginBaseEvent):
    """Text of a response, in full when ``is_complete``."""

    type: str = "realtime.response"
    text: str = ""
    response_id: str = ""
    is_complete: bool = True
    conversation_item_id: str = ""
    user_metadata: Any = None


@dataclass(kw_only=True)
class RealtimeTranscriptEvent(PluginBaseEvent):
    """What was said aloud, by either side: subscribe to it for both. ``original`` is the provider's own answer."""

    type: str = "realtime.transcript"
    text: str = ""
    original: Any = None


@dataclass(kw_only=True)
class RealtimePartialTranscriptEvent(RealtimeTranscriptEvent):
    """The next piece of what is being said aloud."""

    type: str = "realtime.partial_transcript"


@dataclass(kw_only=True)
class RealtimeUserSpeechTranscriptionEvent(RealtimeTranscriptEvent):
    """What the model understood of a person."""

    type: str = "realtime.user_speech_transcription"


@dataclass(kw_only=True)
class RealtimeAgentSpeechTranscriptionEvent(RealtimePartialTranscriptEvent):
    """The next piece of what the model says aloud. ``epoch`` as for its sound."""

    type: str = "realtime.agent_speech_transcription"
    epoch: int = 0


@dataclass(kw_only=True)
class RealtimeErrorEvent(ErrorEvent):
    """The session had trouble for a moment."""

    type: str = "realtime.error"
    user_metadata: Any = None
