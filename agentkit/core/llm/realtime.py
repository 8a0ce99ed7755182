"""Realtime models: speech in, speech out, with turn-taking of their own."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant
from agentkit.core.events import ErrorEvent
from agentkit.core.llm.events import LLMResponseEvent
from agentkit.core.llm.omni import OmniLLM
from agentkit.core.llm.realtime_events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioInputEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from agentkit.core.processors import Processor
from agentkit.core.turn_detection.emitter import TurnEmitter

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class RealtimeTrack:
    """What a realtime model says, for plugins that write to a track. The agent owns playout, and empties it."""

    def __init__(self, emit: Callable[[PcmData], None]) -> None:
        self._emit = emit

    async def write(self, pcm: PcmData) -> None:
        """Hand on sound of the model, as soon as it comes."""
        self._emit(pcm)


class Realtime(TurnEmitter, OmniLLM, abc.ABC):
    """Base of every speech-to-speech plugin.

    Implement `connect`, `simple_audio_response` and `close`, and call the ``_emit_*`` helpers as the provider
    answers; turn events too, where the provider tells when people speak. The agent plays what is emitted, falls silent
    by itself when it is interrupted, and calls `interrupt`.

    ``fps`` is how many video frames a second the model is sent. ``epoch`` counts interruptions. Sound can be written
    to ``audio_track`` as well, which is the same as to call `_emit_audio_output_event`.
    """

    error_event: type[ErrorEvent] = RealtimeErrorEvent

    def __init__(self, fps: int = 1) -> None:
        super().__init__()
        if fps <= 0:
            raise ValueError(f"fps must be positive, got {fps}")
        self.fps = fps
        self.epoch = 0
        self.connected = False
        self.audio_track = RealtimeTrack(self._emit_audio_output_event)
        self.events.register(
            RealtimeConnectedEvent,
            RealtimeDisconnectedEvent,
            RealtimeAudioInputEvent,
            RealtimeAudioOutputEvent,
            RealtimeAudioOutputDoneEvent,
            RealtimeResponseEvent,
            RealtimeUserSpeechTranscriptionEvent,
            RealtimeAgentSpeechTranscriptionEvent,
            RealtimeErrorEvent,
        )

    @abc.abstractmethod
    async def connect(self) -> None:
        """Open the session and call `_emit_connected_event`. Raise for permanent trouble such as a bad key."""

    @abc.abstractmethod
    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Send the next sound of ``participant`` to the model: about 20 ms, mono, at `input_sample_rate`."""

    @abc.abstractmethod
    async def close(self) -> None:
        """End the session and call `_emit_disconnected_event`."""

    async def start(self) -> None:
        """Connect; the agent calls this when it joins."""
        await self.connect()

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Send text to the model, which answers aloud. Override it where the provider takes text."""
        raise NotImplementedError(f"{type(self).__name__} takes speech only: it has no simple_response()")

    async def interrupt(self) -> None:
        """Start a new epoch, so that sound and text still on their way are stale. The agent has fallen silent already.

        Functions that an interruption cancels are cancelled: what the plugin waits for them to return is an error.

        Override it, and call ``super().interrupt()`` first, where the provider can be told to stop.
        """
        self.epoch += 1
        self.tools.interrupt()

    # -- what the provider says -------------------------------------------------------------------------------

    def _emit_connected_event(
        self, session_config: dict[str, Any] | None = None, capabilities: dict[str, Any] | None = None
    ) -> None:
        """Say that the session has begun."""
        self.connected = True
        self.events.send(
            RealtimeConnectedEvent(
                session_config=session_config or {}, capabilities=capabilities or {}, **self._about()
            )
        )

    def _emit_disconnected_event(self, reason: str | None = None, was_clean: bool = True) -> None:
        """Say that the session has ended. Unless that was clean, the agent calls `connect` for another one."""
        self.connected = False
        self.events.send(RealtimeDisconnectedEvent(reason=reason or "", was_clean=was_clean, **self._about()))

    def _emit_audio_input_event(self, audio_data: PcmData, user_metadata: Any = None) -> None:
        """Say that sound went to the model."""
        self.events.send(
            RealtimeAudioInputEvent(data=audio_data, user_metadata=user_metadata, **self._about())
        )

    def _emit_audio_output_event(
        self, audio_data: PcmData, response_id: str | None = None, user_metadata: Any = None
    ) -> None:
        """Hand on sound of the model, as soon as it comes."""
        self.events.send(
            RealtimeAudioOutputEvent(
                data=audio_data,
                response_id=response_id or "",
                epoch=self.epoch,
                user_metadata=user_metadata,
                **self._about(),
            )
        )

    def _emit_audio_output_done_event(
        self, response_id: str | None = None, user_metadata: Any = None
    ) -> None:
        """Say that all sound of a response has come."""
        self.events.send(
            RealtimeAudioOutputDoneEvent(
                response_id=response_id or "", epoch=self.epoch, user_metadata=user_metadata, **self._about()
            )
        )

    def _emit_response_event(
        self,
        text: str,
        response_id: str | None = None,
        is_complete: bool = True,
        conversation_item_id: str | None = None,
        user_metadata: Any = None,
    ) -> None:
        """Hand on text of a response."""
        self.events.send(
            RealtimeResponseEvent(
                text=text,
                response_id=response_id or "",
                is_complete=is_complete,
                conversation_item_id=conversation_item_id or "",
                user_metadata=user_metadata,
                **self._about(),
            )
        )

    def _emit_user_speech_transcription(self, text: str, original: Any = None) -> None:
        """Say what the model understood of the person speaking."""
        self.events.send(RealtimeUserSpeechTranscriptionEvent(text=text, original=original, **self._about()))

    def _emit_agent_speech_transcription(self, text: str, original: Any = None) -> None:
        """Hand on the next piece of what the model says aloud."""
        self.events.send(
            RealtimeAgentSpeechTranscriptionEvent(
                text=text, epoch=self.epoch, original=original, **self._about()
            )
        )

    def _emit_error_event(
        self, error: BaseException, context: str = "", user_metadata: Any = None, **details: Any
    ) -> None:
        """Report temporary trouble."""
        super()._emit_error_event(error, context, user_metadata=user_metadata, **details)

    def _about(self) -> dict[str, Any]:
        return {"plugin_name": self.provider_name, "session_id": self.session_id}
