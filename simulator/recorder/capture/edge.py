"""An edge that records the calls of another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit.core import clock
from agentkit.core.agents.events import AgentFinishEvent
from agentkit.core.edge import Call, Connection, EdgeTransport, TrackType, User
from agentkit.core.edge.events import (
    AudioReceivedEvent,
    CallEndedEvent,
    CustomEventReceived,
    ParticipantJoinedEvent,
    ParticipantLeftEvent,
    TrackAddedEvent,
)
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager, PluginBaseEvent
from simulator.recorder.capture.chat import Overheard
from simulator.recorder.capture.files import RecordingFiles
from simulator.recorder.capture.parts import parts_of
from simulator.recorder.capture.people import source_of
from simulator.recorder.capture.recording import MB, CallRecorder
from simulator.recorder.capture.taps import tapped, watched
from simulator.recorder.capture.traffic import Traffic
from simulator.trace import attach, event_data

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.agents import Agent
    from agentkit.core.conversation import Conversation

logger = logging.getLogger(__name__)

LIMIT_MB = 2000
"""Of one recording: three hours of two people and an agent who never pause."""


@dataclass(kw_only=True)
class RecordingStoppedEvent(PluginBaseEvent):
    """The call is recorded no more, though it goes on: ``reason`` says why."""

    type: str = "recording.stopped"
    reason: str = ""


class RecordingEdge(EdgeTransport):
    """Reaches calls through ``edge``, and keeps each of them in a folder.

    It passes everything on as it is, and its events are those of ``edge``: an agent cannot tell them apart. The folder
    is ``folder``, or, when there is something in it, ``folder-2`` and so on. A recording takes ``limit_mb`` on disk at
    most. ``facts`` are kept in its ``call.json``. Without ``pictures``, nothing is kept of what the agent sees.

    What is kept is the voice of everyone, what the agent saw, the events, and of which classes the agent's parts are:
    nothing of the configuration, and the values of environment variables that hold keys are blanked.
    """

    def __init__(
        self,
        edge: EdgeTransport,
        folder: str | Path,
        *,
        limit_mb: float = LIMIT_MB,
        pictures: bool = True,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Raises `ValueError` for a limit that is not positive."""
        if not limit_mb > 0:
            raise ValueError(f"limit_mb={limit_mb}: expected more than 0 megabytes")
        self.events = edge.events
        self.events.register(RecordingStoppedEvent)
        self.folder: Path | None = None
        self.stopped = ""
        self._edge = edge
        self._wanted = Path(folder)
        self._limit = round(limit_mb * MB)
        self._sees = pictures
        self._facts = facts or {}
        self._recorder: CallRecorder | None = None
        self._closed = False
        self._conversation: Overheard | None = None
        self._tracks: dict[str, TrackAddedEvent] = {}
        self._detach: list[Callable[[], None]] = []
        self._forget_agent: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Any:
        """What only this kind of edge has, such as the link to join with."""
        if name == "_edge":
            raise AttributeError(name)  # not made yet: there is nothing to ask
        return getattr(self._edge, name)

    # -- the contract -----------------------------------------------------------------------------------------

    async def authenticate(self, user: User) -> None:
        await self._edge.authenticate(user)

    async def create_call(self, call_id: str, **kwargs: Any) -> Call:
        return await self._edge.create_call(call_id, **kwargs)

    async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Connection:
        """As of the edge. A recording that cannot be begun is told of as an error, and the call is joined without."""
        in_call = self._recorder is not None and not self._closed
        if not in_call:
            await self._finish()
            await self._begin(agent, call)
        try:
            return await self._edge.join(agent, call, **kwargs)
        except BaseException:
            if not in_call:
                await self._finish()
            raise

    async def publish_tracks(
        self, audio_track: MediaStreamTrack | None, video_track: MediaStreamTrack | None
    ) -> None:
        if audio_track is not None and self._recorder is not None:
            audio_track = tapped(audio_track, self._recorder.agent_plays)
        await self._edge.publish_tracks(audio_track, video_track)

    async def close(self) -> None:
        await self._edge.close()
        self._closed = True
        if self._recorder is not None and self._forget_agent is None:
            await self._finish()

    async def create_conversation(self, call: Call, user: User, instructions: str) -> Conversation:
        conversation = await self._edge.create_conversation(call, user, instructions)
        self._conversation = Overheard(conversation, self._wrote)
        return conversation

    async def send_custom_event(self, data: dict[str, Any]) -> None:
        await self._edge.send_custom_event(data)
        if self._recorder is not None:
            sent = event_data(CustomEventReceived(custom=data)).get("custom", {})
            self._recorder.note("agent", "custom_event", {"data": sent})

    async def open_demo(self, *args: Any, **kwargs: Any) -> None:
        await self._edge.open_demo(*args, **kwargs)

    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        track = self._edge.add_track_subscriber(track_id)
        if track is None or self._recorder is None or not self._sees:
            return track
        added = self._tracks.get(track_id, TrackAddedEvent())
        return watched(track, self._recorder.watch(track_id, added.track_type, added.participant))

    def discard_playout(self) -> None:
        self._edge.discard_playout()

    # -- the recording ----------------------------------------------------------------------------------------

    async def _begin(self, agent: Agent, call: Call) -> None:
        try:
            files = await asyncio.to_thread(RecordingFiles, self._wanted)
        except OSError as error:
            logger.error("the call is not recorded: %s", error)
            self.events.send(ErrorEvent(error=error, context="beginning to record the call"))
            return
        user = getattr(agent, "agent_user", User())
        about = {
            "call_id": call.id,
            "call_type": call.call_type,
            "began": clock.now(),
            "agent": {"id": user.id, "name": user.name},
            "parts": parts_of(agent),
        }
        self.folder, self.stopped = files.folder, ""
        recorder = CallRecorder(files, about | self._facts, self._limit, self._stopped)
        self._recorder, self._closed = recorder, False
        self._detach = [self.events.tap(self._notice, BaseEvent)]
        events = getattr(agent, "events", None)
        if isinstance(events, EventManager):
            self._detach.append(Traffic(recorder.trace.now_ns, recorder.note).attach(events))
            self._detach.append(attach(events, recorder.trace))
            if self._conversation is not None:  # else nobody will tell when the agent has left
                self._detach.append(self._conversation.attach(events))
                finished = self._agent_finished
                events.subscribe(finished)
                self._forget_agent = lambda: events.unsubscribe(finished)

    async def _agent_finished(self, event: AgentFinishEvent) -> None:
        """The agent waits for this before it is closed, so what it said last is recorded too."""
        await self._finish()

    async def _finish(self) -> None:
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._let_go()
            if self._forget_agent is not None:
                self._forget_agent()
                self._forget_agent = None
            await recorder.finish()

    def _stopped(self, reason: str) -> None:
        self.stopped = reason
        self._let_go()
        self.events.send(RecordingStoppedEvent(reason=reason))

    def _let_go(self) -> None:
        for detach in self._detach:
            detach()
        self._detach = []

    def _wrote(self, user_id: str, text: str) -> None:
        if self._recorder is not None:
            self._recorder.wrote(user_id, text)

    def _notice(self, event: BaseEvent) -> None:
        """What the edge tells, as it tells it."""
        recorder, who = self._recorder, event.participant
        if recorder is None:
            return
        if isinstance(event, AudioReceivedEvent):
            if event.pcm_data is not None and who is not None:
                on_screen = event.track_type == TrackType.SCREEN_SHARE_AUDIO
                (recorder.shared if on_screen else recorder.heard)(event.pcm_data, who)
        elif isinstance(event, ParticipantJoinedEvent):
            if who is not None:
                recorder.joined(who)
        elif isinstance(event, ParticipantLeftEvent):
            if who is not None:
                recorder.left(who)
        elif isinstance(event, TrackAddedEvent):
            self._tracks[event.track_id] = event
        elif isinstance(event, CustomEventReceived):
            source = source_of(who) if who is not None else "call"
            data = event_data(event).get("custom", {})
            recorder.note(source, "custom_event", {"data": data})
        elif isinstance(event, CallEndedEvent):
            recorder.note("call", "call.ended", {"reason": event.reason})


def record(agent: Agent, folder: str | Path, **options: Any) -> RecordingEdge:
    """Record the call that ``agent`` is about to join; ``options`` are those of `RecordingEdge`.

    Raises `RuntimeError` when it has joined already.
    """
    if agent.call is not None:
        raise RuntimeError("the agent is in a call already; record it before it joins")
    edge = RecordingEdge(agent.edge, folder, **options)
    agent.edge = edge
    return edge
