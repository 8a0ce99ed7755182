"""A call as an agent sees it: the simulated edge is a full `EdgeTransport`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge import Call, EdgeTransport, Participant, TrackType, User
from agentkit.core.edge.custom_events import encode_custom_event
from agentkit.core.edge.events import (
    AudioReceivedEvent,
    CallEndedEvent,
    CustomEventReceived,
    ParticipantJoinedEvent,
    ParticipantLeftEvent,
    TrackAddedEvent,
    TrackRemovedEvent,
)
from simulator.edge.agent_video import AgentVideo
from simulator.edge.connection import SimulatedConnection
from simulator.edge.errors import CallError
from simulator.edge.playback import Playback, playback_of

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.agents import Agent
    from simulator.edge.call import SimulatedCall
    from simulator.edge.camera import Camera
    from simulator.edge.person import Person
    from simulator.edge.screen_sound import ScreenSound


class SimulatedEdge(EdgeTransport):
    """Connects an agent to a `SimulatedCall`: what people do becomes events, what the agent publishes is pulled.

    Without a ``call`` it makes one of its own on the running loop, so an agent on it runs anywhere, in real time too.
    """

    def __init__(self, call: SimulatedCall | None = None) -> None:
        super().__init__()
        self._call = call
        self._makes_calls = call is None
        self._guest: asyncio.Task[None] | None = None
        self.user: User | None = None
        self.custom_events: list[dict[str, Any]] = []
        self._connection: SimulatedConnection | None = None
        self._playback: Playback | None = None
        self.video: AgentVideo | None = None

    @property
    def call(self) -> SimulatedCall:
        """The call it connects to."""
        if self._call is None:
            from simulator.edge.guest import call_of_its_own

            self._call = call_of_its_own()
        return self._call

    # -- the contract -----------------------------------------------------------------------------------------

    async def authenticate(self, user: User) -> None:
        self.user = user

    async def create_call(self, call_id: str, **kwargs: Any) -> Call:
        if self._makes_calls and self._call is not None and self._call.ended:
            self._call = None
        return Call(id=call_id, call_type=kwargs.get("call_type", "default"), response=self.call)

    async def join(self, agent: Agent, call: Call, **kwargs: Any) -> SimulatedConnection:
        if self._connection is not None:
            raise CallError(
                f"the agent is in call {call.id!r} already; close its connection before joining again"
            )
        self.call.agent_joins(self)
        self._connection = SimulatedConnection(self._leave)
        for person in self.call.people.values():
            if person.joined:
                self.person_joined(person)
        return self._connection

    async def publish_tracks(
        self, audio_track: MediaStreamTrack | None, video_track: MediaStreamTrack | None
    ) -> None:
        if audio_track is not None:
            self._stop_playback()
            self._playback = playback_of(audio_track, self._track_failed)
            self.call.agent_speaks_through(self._playback)
        if video_track is not None:
            self._stop_video()
            self.video = AgentVideo(video_track)
            self.call.trace.record("agent", "video.started", {})

    async def send_custom_event(self, data: dict[str, Any]) -> None:
        encode_custom_event(data)
        self.custom_events.append(data)
        self.call.trace.record("agent", "custom_event", {"data": data})

    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        cameras = (c for person in self.call.people.values() for c in (person.camera, person.screen))
        found = next((c for c in cameras if c.on and c.track_id == track_id), None)
        return found.subscribe() if found is not None and self._connection is not None else None

    def join_link(self, call: Call) -> str:
        """What stands for ``call`` where other edges have an address: only recorded people can follow it."""
        return f"simulated:{call.call_type}/{call.id}"

    async def open_demo(self, *args: Any, **kwargs: Any) -> None:
        """Have a recorded guest visit. In a call that was given to the edge, its script says who comes."""
        if self._makes_calls and self._guest is None:
            from simulator.edge.guest import visit

            self._guest = asyncio.get_running_loop().create_task(visit(self.call), name="guest")

    async def close(self) -> None:
        self._leave()
        if self._guest is not None:
            self._guest.cancel()
            self._guest = None
        if self._makes_calls and self._call is not None:
            await self._call.close()

    # -- what happens in the call -----------------------------------------------------------------------------

    def hear(self, pcm: PcmData, participant: Participant, track_type: TrackType = TrackType.AUDIO) -> None:
        """A person's microphone was heard, or the sound of the screen that they share."""
        self.events.send(AudioReceivedEvent(pcm_data=pcm, participant=participant, track_type=track_type))

    def person_joined(self, person: Person) -> None:
        """A person entered, or was there already."""
        who = person.participant
        if self._connection is not None:
            self._connection.person_came()
        self.events.send(ParticipantJoinedEvent(participant=who))
        if person.has_microphone:
            self.events.send(
                TrackAddedEvent(participant=who, track_id=person.microphone_track, track_type=TrackType.AUDIO)
            )
        for track in (person.camera, person.screen, person.screen_sound):
            if track.on:
                self.track_started(track)

    def person_left(self, person: Person) -> None:
        """A person left, or was lost."""
        who = person.participant
        if person.has_microphone:
            self.events.send(
                TrackRemovedEvent(
                    participant=who, track_id=person.microphone_track, track_type=TrackType.AUDIO
                )
            )
        self.events.send(ParticipantLeftEvent(participant=who))
        if self._connection is not None:
            self._connection.person_went()

    def track_started(self, track: Camera | ScreenSound) -> None:
        """A camera was turned on, a screen shared or its sound, or was so already."""
        self.events.send(
            TrackAddedEvent(
                participant=track.participant, track_id=track.track_id, track_type=track.track_type
            )
        )

    def track_stopped(self, track: Camera | ScreenSound) -> None:
        """A camera was turned off, or a screen or its sound is shared no more."""
        self.events.send(
            TrackRemovedEvent(
                participant=track.participant, track_id=track.track_id, track_type=track.track_type
            )
        )

    def person_sent(self, person: Person, data: dict[str, Any]) -> None:
        """A person sent a custom event to the call."""
        self.events.send(CustomEventReceived(participant=person.participant, custom=data))

    def call_ended(self, reason: str) -> None:
        """The call is over for everyone."""
        self.events.send(CallEndedEvent(reason=reason))

    def _leave(self) -> None:
        self._stop_playback()
        self._stop_video()
        if self._connection is not None:
            self._connection = None
            self.call.agent_leaves()

    def _track_failed(self, error: Exception) -> None:
        """What the agent published cannot be read any more."""
        data = {"error": f"{type(error).__name__}: {error}"}
        self.call.trace.record("agent", "track.failed", data)

    def _stop_playback(self) -> None:
        if self._playback is not None:
            self._playback.stop()
            self._playback = None

    def _stop_video(self) -> None:
        if self.video is not None:
            self.video.stop()
            self.call.trace.record("agent", "video.stopped", {"read": self.video.frames})
            self.video = None
