"""What the agent watches: which video track goes to the model and to the processors."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.core.agents.viewing import SharedTrack, Viewer
from agentkit.core.edge import EdgeTransport
from agentkit.core.edge.events import ParticipantLeftEvent, TrackAddedEvent, TrackRemovedEvent
from agentkit.core.edge.types import Participant, TrackType
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager, ExceptionEvent
from agentkit.core.llm import LLM, VideoLLM
from agentkit.core.media.forwarder import VideoForwarder
from agentkit.core.processors import Processor, VideoProcessor, VideoPublisher, name_of

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

OVERRIDE = "override"
"""The id of the track that plays a file in place of what is in the call."""


class Rank(enum.IntEnum):
    """What matters most to see: what a processor made of it, then what somebody shows on purpose, then a face."""

    CAMERA = 0
    SCREEN_SHARE = 1
    PROCESSED = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """A video track that could be watched."""

    track_id: str
    rank: Rank
    participant: Participant | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is watched: processors get ``source``, the model is shown ``shown``."""

    source: Offer | None = None
    shown: Offer | None = None


def choose(offers: Iterable[Offer]) -> Choice:
    """The highest of the tracks, and the first of equals: whoever comes later with the same waits.

    What processors made counts only while there is something to make it from. It then counts even if the processor
    has failed, because what it is there to change must not be shown unchanged.
    """
    offers = tuple(offers)
    source = max((o for o in offers if o.rank < Rank.PROCESSED), key=lambda o: o.rank, default=None)
    return Choice(source, max(offers, key=lambda o: o.rank) if source is not None else None)


@dataclass(kw_only=True)
class AgentWatching(BaseEvent):
    """The agent turned to another video track, of ``participant``, or to none.

    ``track_id`` is what a model is shown and ``source_id`` what processors are given: the same, unless a processor
    publishes what it made, whose name then is the ``track_id``.
    """

    type: str = "agent.watching"
    track_id: str = ""
    source_id: str = ""


class Watching:
    """The eyes of an agent in one call: subscribes to video as it appears and shows the best of it.

    Whatever fails is told in an event, and the call goes on. An agent without a `VideoLLM` and without a
    `VideoProcessor` subscribes to nothing.
    """

    def __init__(
        self,
        edge: EdgeTransport,
        llm: LLM | None,
        processors: Sequence[Processor],
        events: EventManager,
        override: str | Path | None = None,
    ) -> None:
        self._edge = edge
        self._events = events
        self._override = override
        self._publishers = [p for p in processors if isinstance(p, VideoPublisher)]
        self._processors = [_processor_viewer(p, events) for p in processors if isinstance(p, VideoProcessor)]
        self._model = _model_viewer(llm) if isinstance(llm, VideoLLM) else None
        self._offers: dict[str, Offer] = {}
        self._tracks: dict[str, SharedTrack] = {}
        self._choice = Choice()
        self._own: list[MediaStreamTrack] = []
        self._started = False
        self._applying: asyncio.Handle | None = None

    @property
    def _sees(self) -> bool:
        return bool(self._processors) or self._model is not None

    def attach(self) -> list[Callable[[], None]]:
        """Hear from now on of the tracks in the call; they are watched once started. Returns what ends it."""
        if not self._sees or self._override is not None:
            return []
        edge = self._edge.events
        return [
            edge.tap(self._track_added, TrackAddedEvent),
            edge.tap(self._track_removed, TrackRemovedEvent),
            edge.tap(self._participant_left, ParticipantLeftEvent),
        ]

    async def published_track(self) -> MediaStreamTrack | None:
        """The video that the agent shows in the call, if one of its processors publishes any: the first does."""
        published: MediaStreamTrack | None = None
        for processor in self._publishers:
            made_for_model = self._model is not None and isinstance(processor, VideoProcessor)
            if published is not None and not made_for_model:
                continue
            try:
                track = processor.publish_video_track()
            except Exception as error:
                self._report(error, name_of(processor), "publishing video")
                continue
            if made_for_model:
                shared = self._offer(Offer(self._unused(name_of(processor)), Rank.PROCESSED), track)
                published = published or await self._relayed(shared)
            else:
                published = track
        return published

    async def start(self) -> None:
        """Begin to watch. Raises `VideoFileError` when the file to be played in place of the call is no video."""
        if self._override is not None and self._sees:
            from agentkit.core.media.video_tracks import VideoFileTrack

            track = await asyncio.to_thread(VideoFileTrack, self._override, loop=True)
            self._own.append(track)
            self._offer(Offer(OVERRIDE, Rank.CAMERA), track)
        self._started = True
        self._changed()

    async def close(self) -> None:
        """Let go of everything. Bounded in time, whatever the watchers do; they are closed by themselves."""
        self._started = False
        viewers = [*self._processors, *([self._model] if self._model is not None else [])]
        await asyncio.gather(*(viewer.close() for viewer in viewers))
        await asyncio.gather(*(shared.close() for shared in self._tracks.values()))
        for track in self._own:
            track.stop()

    # -- what there is to see ---------------------------------------------------------------------------------

    def _track_added(self, event: TrackAddedEvent) -> None:
        if event.track_type.is_video:
            rank = Rank.SCREEN_SHARE if event.track_type is TrackType.SCREEN_SHARE else Rank.CAMERA
            self._offers[event.track_id] = Offer(event.track_id, rank, event.participant)
            self._changed()

    def _track_removed(self, event: TrackRemovedEvent) -> None:
        self._gone(event.track_id)

    def _participant_left(self, event: ParticipantLeftEvent) -> None:
        for offer in list(self._offers.values()):
            if offer.participant is not None and offer.participant == event.participant:
                self._gone(offer.track_id)

    def _gone(self, track_id: str) -> None:
        if self._offers.pop(track_id, None) is not None:
            self._tracks.pop(track_id, None)  # who watches it still holds it, and lets it go
            self._changed()

    def _offer(self, offer: Offer, track: MediaStreamTrack) -> SharedTrack:
        def ended() -> None:
            if offer.rank < Rank.PROCESSED:
                self._gone(offer.track_id)

        self._offers[offer.track_id] = offer
        shared = SharedTrack(track, self._events, ended, offer.participant)
        self._tracks[offer.track_id] = shared
        return shared

    def _unused(self, name: str) -> str:
        """``name``, or with a number where several processors have it."""
        number, found = 1, name
        while found in self._offers:
            number += 1
            found = f"{name} {number}"
        return found

    # -- what is watched --------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Choose anew, when all that is being told at this moment has been told."""
        if self._started and self._applying is None:
            self._applying = asyncio.get_running_loop().call_soon(self._apply)

    def _apply(self) -> None:
        self._applying = None
        if not self._started:
            return
        self._subscribe()
        choice = choose(self._offers.values())
        for processor in self._processors:
            processor.turn_to(self._shared(choice.source))
        if self._model is not None:
            self._model.turn_to(self._shared(choice.shown))
        if choice != self._choice:
            self._choice = choice
            self._events.send(
                AgentWatching(
                    track_id=choice.shown.track_id if choice.shown is not None else "",
                    source_id=choice.source.track_id if choice.source is not None else "",
                    participant=choice.source.participant if choice.source is not None else None,
                )
            )

    def _subscribe(self) -> None:
        for offer in [o for o in self._offers.values() if o.track_id not in self._tracks]:
            try:
                track = self._edge.add_track_subscriber(offer.track_id)
                if track is None:
                    raise LookupError(f"the edge told of video track {offer.track_id!r} and has none to give")
            except Exception as error:
                del self._offers[offer.track_id]
                doing = f"subscribing to video track {offer.track_id}"
                self._events.send(ErrorEvent(error=error, context=doing, participant=offer.participant))
            else:
                self._offer(offer, track)

    def _shared(self, offer: Offer | None) -> SharedTrack | None:
        return self._tracks[offer.track_id] if offer is not None else None

    async def _relayed(self, shared: SharedTrack) -> MediaStreamTrack:
        """A second track with the frames of the first, which has one reader: the forwarder that the model shares."""
        from agentkit.core.media.video_tracks import QueuedVideoTrack

        relay = QueuedVideoTrack()
        self._own.append(relay)
        forwarder = await shared.enter()
        forwarder.add_frame_handler(relay.write, name="published video")
        return relay

    def _report(self, error: BaseException, where: str, doing: str) -> None:
        self._events.send(ExceptionEvent(error=error, where=where, context=doing))


def _model_viewer(llm: VideoLLM) -> Viewer:
    async def watch(shared: SharedTrack, forwarder: VideoForwarder) -> None:
        await llm.watch_video_track(shared.track, shared_forwarder=forwarder)

    async def stop() -> None:
        await llm.stop_watching_video_track()

    return Viewer(watch, stop, lambda error: llm._emit_error_event(error, context="watching video"))


def _processor_viewer(processor: VideoProcessor, events: EventManager) -> Viewer:
    async def watch(shared: SharedTrack, forwarder: VideoForwarder) -> None:
        await processor.process_video(shared.track, shared.participant, shared_forwarder=forwarder)

    async def stop() -> None:
        await processor.stop_processing()

    def failed(error: BaseException) -> None:
        events.send(ExceptionEvent(error=error, where=name_of(processor), context="processing video"))

    return Viewer(watch, stop, failed)
