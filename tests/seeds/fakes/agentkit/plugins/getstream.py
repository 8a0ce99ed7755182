"""Stand-in for the plugin of Stream: an edge with a simulated call of its own, and a few of the platform's events."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from agentkit.core.edge import Call
from agentkit.core.events import PluginBaseEvent
from simulator.edge.transport import SimulatedEdge


@dataclass(kw_only=True)
class CallRecordingStartedEvent(PluginBaseEvent):
    """Somebody records the call."""

    type: str = "call.recording_started"


@dataclass(kw_only=True)
class CallTranscriptionReadyEvent(PluginBaseEvent):
    """What was said can be read."""

    type: str = "call.transcription_ready"


@dataclass(kw_only=True)
class CallSessionParticipantJoinedEvent(PluginBaseEvent):
    """Somebody joined."""

    type: str = "call.session_participant_joined"


class Edge(SimulatedEdge):
    """Takes no arguments, and has the platform's client."""

    def __init__(self) -> None:
        super().__init__()
        self.events.register(
            CallRecordingStartedEvent, CallTranscriptionReadyEvent, CallSessionParticipantJoinedEvent
        )
        self.client = SimpleNamespace(
            video=SimpleNamespace(call=lambda call_type, call_id: Call(call_id, call_type))
        )
