"""One who watches video, turned from track to track."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within
from agentkit.core.edge.types import Participant
from agentkit.core.events import EventManager
from agentkit.core.media.forwarder import VideoForwarder

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

WATCH_LIMIT_S = 10.0
"""How long a provider may take to begin to watch, before the agent goes on without waiting for it."""


class SharedTrack:
    """A video track and the one forwarder of all who watch it, which lives for as long as somebody does."""

    def __init__(
        self,
        track: MediaStreamTrack,
        events: EventManager,
        ended: Callable[[], None],
        participant: Participant | None = None,
    ) -> None:
        self.track = track
        self.participant = participant
        self._events = events
        self._ended = ended
        self._watchers = 0
        self._forwarder: VideoForwarder | None = None

    async def enter(self) -> VideoForwarder:
        """Begin to watch. Each `enter` is followed by a `leave`."""
        self._watchers += 1
        if self._forwarder is None:
            self._forwarder = VideoForwarder(self.track, shared=True, events=self._events, ended=self._ended)
            await self._forwarder.start()
        return self._forwarder

    async def leave(self) -> None:
        """Watch no more."""
        self._watchers -= 1
        if not self._watchers:
            await self.close()

    async def close(self) -> None:
        """Stop the forwarder, and leave behind a frame handler that does not end."""
        forwarder, self._forwarder = self._forwarder, None
        if forwarder is not None:
            await all_within(STOP_LIMIT_S, {"video forwarder": forwarder.stop()})


class Viewer:
    """Turns one watcher to the track that is chosen for it, one change at a time.

    Of changes that come while the watcher is busy with one, only the last counts. The track before is let go of first,
    so that a watcher that only knows how to begin is not left with two. Nothing runs while nothing changes.
    """

    def __init__(
        self,
        watch: Callable[[SharedTrack, VideoForwarder], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._watch = watch
        self._stop = stop
        self._failed = failed
        self._target: SharedTrack | None = None
        self._watched: SharedTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def turn_to(self, target: SharedTrack | None) -> None:
        """Watch ``target``, or nothing."""
        self._target = target
        if self._watched is not target and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._turn(), name="video viewer")

    async def close(self) -> None:
        """Stop a change that is under way, and let go of the track."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._watched is not None:
            await self._watched.close()

    async def _turn(self) -> None:
        while self._watched is not self._target:
            if self._watched is not None:
                await self._within(STOP_LIMIT_S, self._stop())
                watched, self._watched = self._watched, None
                await watched.leave()
            elif self._target is not None:
                self._watched = self._target
                forwarder = await self._watched.enter()
                await self._within(WATCH_LIMIT_S, self._watch(self._watched, forwarder))

    async def _within(self, limit_s: float, work: Awaitable[None]) -> None:
        for error in (await all_within(limit_s, {"watching video": work})).values():
            self._failed(error)
