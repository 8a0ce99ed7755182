"""What every edge transport tells the agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from agentkit.core.edge.types import TrackType
from agentkit.core.events import PluginBaseEvent


@dataclass(kw_only=True)
class AudioReceivedEvent(PluginBaseEvent):
    """Sound of one participant: ``pcm_data`` is a `PcmData`, usually 20 ms at 48 kHz.

    ``track_type`` tells their microphone from the sound of a screen that they share (``SCREEN_SHARE_AUDIO``): two
    streams, each with a ``pts`` of its own.
    """

    type: str = "edge.audio_received"
    pcm_data: Any = None
    track_type: TrackType = TrackType.AUDIO
    frequent: ClassVar[bool] = True


@dataclass(kw_only=True)
class ParticipantJoinedEvent(PluginBaseEvent):
    """Someone besides the agent entered the call, or was there when the agent joined."""

    type: str = "edge.participant_joined"


@dataclass(kw_only=True)
class ParticipantLeftEvent(PluginBaseEvent):
    """Someone left the call, or was lost."""

    type: str = "edge.participant_left"


@dataclass(kw_only=True)
class TrackAddedEvent(PluginBaseEvent):
    """A participant began to publish a track."""

    type: str = "edge.track_added"
    track_id: str = ""
    track_type: TrackType = TrackType.UNSPECIFIED


@dataclass(kw_only=True)
class TrackRemovedEvent(PluginBaseEvent):
    """A participant stopped publishing a track."""

    type: str = "edge.track_removed"
    track_id: str = ""
    track_type: TrackType = TrackType.UNSPECIFIED


@dataclass(kw_only=True)
class CustomEventReceived(PluginBaseEvent):
    """A participant sent custom data to the call."""

    type: str = "edge.custom_event"
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class CallEndedEvent(PluginBaseEvent):
    """The call is over for everyone."""

    type: str = "edge.call_ended"
    reason: str = ""
