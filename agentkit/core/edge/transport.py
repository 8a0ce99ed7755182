"""The contract of a transport: how an agent reaches a call."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from agentkit.core.conversation import Conversation, InMemoryConversation
from agentkit.core.edge.call import Call
from agentkit.core.edge.connection import Connection
from agentkit.core.edge.events import (
    AudioReceivedEvent,
    CallEndedEvent,
    CustomEventReceived,
    ParticipantJoinedEvent,
    ParticipantLeftEvent,
    TrackAddedEvent,
    TrackRemovedEvent,
)
from agentkit.core.edge.types import User
from agentkit.core.events import EventManager

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack


class EdgeTransport(abc.ABC):
    """Base of every edge: authenticates, joins calls, publishes tracks and delivers what participants send.

    An edge sends `AudioReceivedEvent`, `TrackAddedEvent`, `TrackRemovedEvent` and `CallEndedEvent`, and, where the
    network tells, `ParticipantJoinedEvent` and `ParticipantLeftEvent`, through ``self.events``. Sound of a screen that
    somebody shares is told from that of their microphone by the ``track_type`` of its events.
    """

    def __init__(self) -> None:
        self.events = EventManager()
        self.events.register(
            AudioReceivedEvent,
            TrackAddedEvent,
            TrackRemovedEvent,
            ParticipantJoinedEvent,
            ParticipantLeftEvent,
            CustomEventReceived,
            CallEndedEvent,
        )

    @abc.abstractmethod
    async def authenticate(self, user: User) -> None:
        """Make ``user`` known to the network. Raises `PermissionError` when it refuses."""

    @abc.abstractmethod
    async def create_call(self, call_id: str, **kwargs: Any) -> Call:
        """Create the call, or fetch it when it exists."""

    @abc.abstractmethod
    async def join(self, agent: Any, call: Call, **kwargs: Any) -> Connection:
        """Enter the call. Raises `ConnectionError` when that fails.

        ``agent`` is the `Agent` that comes, and your edge may say so: ``agent: Agent``. Here it has no type because
        agents are built upon edges, and edges know none.
        """

    @abc.abstractmethod
    async def publish_tracks(
        self, audio_track: MediaStreamTrack | None, video_track: MediaStreamTrack | None
    ) -> None:
        """Publish the agent's tracks to the call it is in."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Release everything; agents do this when they leave. Calling it again does nothing.

        The edge may be used again afterwards, by another agent.
        """

    async def create_conversation(self, call: Call, user: User, instructions: str) -> Conversation:
        """The conversation that belongs to this call: in memory, unless the network keeps one."""
        return InMemoryConversation(instructions=instructions)

    async def send_custom_event(self, data: dict[str, Any]) -> None:
        """Send ``data`` to everyone in the call: JSON, at most 5 KB."""
        raise NotImplementedError(f"{type(self).__name__} carries no custom events")

    async def open_demo(self, *args: Any, **kwargs: Any) -> None:
        """Open a page in which a person can join the call, where the network has one."""
        raise NotImplementedError(f"{type(self).__name__} has no demo page")

    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        """Subscribe to a participant's video track; None when there is no such track."""
        return None

    def discard_playout(self) -> None:  # noqa: B027 - most transports have nothing to discard
        """Throw away agent audio that was taken from the published track and has not been played yet.

        Called at the moment the agent falls silent. Transports that pull 20 ms at a time have nothing to do.
        """
