"""One reader of a video track, and everyone who wants its frames."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from agentkit.core.events import EventManager, ExceptionEvent
from agentkit.core.media.cadence import Cadence, time_of

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack
    from av import VideoFrame

logger = logging.getLogger(__name__)

OnFrame = Callable[[Any], Awaitable[None] | None]

REPORT_EVERY = 30
"""Of failures that come with every frame, one a second is reported."""

FAILURES_IN_A_ROW = 10
"""After so many failures to receive and nothing in between, which takes 4 s, a track is taken for ended."""

RETRY_S = 0.01
RETRY_LIMIT_S = 1.0
"""After a failure the track is left alone for a moment, which doubles with each failure, to this at most."""


class VideoForwarder:
    """Reads ``track`` and gives its frames to handlers, to each at a rate of its own.

    Frames are thinned out by their own times (pts), or the loop's where they have none. A handler that is still busy
    with one frame gets the latest of those that came meanwhile, never a queue of old ones. What a handler raises is
    reported, as an `ExceptionEvent` if there are ``events``, and stops nobody.

    The track is read while the forwarder is started and has a handler. ``fps`` is for handlers that name no rate of
    their own; None gives them every frame. ``shared`` says that whoever made the forwarder also stops it: a
    plugin that was given one only removes its handler. ``ended`` is called when the track has ended by itself.
    """

    def __init__(
        self,
        track: MediaStreamTrack,
        fps: float | None = None,
        *,
        shared: bool = False,
        events: EventManager | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        Cadence(fps)  # refuses what is no rate
        self.track = track
        self.fps = fps
        self.shared = shared
        self._events = events
        self._ended = ended
        self._handlers: dict[int, _Handler] = {}
        self._handler_count = 0
        self._calls: dict[asyncio.Future[None], None] = {}  # a set would be cancelled in any order
        self._wanted = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @property
    def _shared(self) -> bool:
        """`shared`, as plugins spell it."""
        return self.shared

    @property
    def running(self) -> bool:
        """Whether the track is being read, or would be if there were a handler."""
        return self._reader is not None and not self._reader.done()

    def add_frame_handler(self, on_frame: OnFrame, fps: float | None = None, name: str = "") -> int:
        """Call ``on_frame(frame)``, plain or async, with ``fps`` frames a second from now on.

        Returns the id to remove it by, which is never 0. ``name`` is for reports. Raises `ValueError` unless
        ``fps`` is positive.
        """
        self._handler_count += 1
        number = self._handler_count
        self._handlers[number] = _Handler(
            on_frame,
            Cadence(self.fps if fps is None else fps),
            name or getattr(on_frame, "__qualname__", f"frame handler {number}"),
            self._report,
            self._calls,
        )
        self._wanted.set()
        return number

    def remove_frame_handler(self, handler_id: int) -> None:
        """Call this handler no more; a call that is under way may finish. An unknown id is ignored."""
        handler = self._handlers.pop(handler_id, None)
        if handler is not None:
            handler.waiting = None
        if not self._handlers:
            self._wanted.clear()

    async def start(self) -> None:
        """Begin to read the track. Does nothing while it is being read."""
        if not self.running:
            self._reader = asyncio.get_running_loop().create_task(self._read(), name="video forwarder")

    async def stop(self) -> None:
        """Stop reading, and stop handlers that are at work. May be called from one of them."""
        for handler in self._handlers.values():
            handler.waiting = None
        current = asyncio.current_task()
        work = [task for task in (self._reader, *self._calls) if task is not None and task is not current]
        for task in work:
            task.cancel()
        if work:
            await asyncio.wait(work)

    async def _read(self) -> None:
        from aiortc.mediastreams import MediaStreamError

        failures = 0
        while failures < FAILURES_IN_A_ROW:
            await self._wanted.wait()
            try:
                frame: Any = await self.track.recv()
                if frame is None:
                    raise TypeError("recv() returned None; it should wait until there is a frame")
                seconds = time_of(frame)
                if seconds is None:
                    seconds = Fraction(asyncio.get_running_loop().time())
            except MediaStreamError:
                break
            except Exception as error:
                failures += 1
                self._report(f"track {self.track.id}", "receiving a video frame", error, failures)
                await asyncio.sleep(min(RETRY_S * 2 ** (failures - 1), RETRY_LIMIT_S))
                continue
            failures = 0
            for handler in tuple(self._handlers.values()):
                handler.offer(frame, seconds)
            await asyncio.sleep(0)  # a track that never waits must not keep everyone else from running
        if self._ended is not None:
            self._ended()

    def _report(self, where: str, doing: str, error: BaseException, failures: int) -> None:
        """Tell of the first of several failures in a row, and of each so many after it."""
        if failures % REPORT_EVERY != 1:
            return
        logger.error("%s failed while %s", where, doing, exc_info=error)
        if self._events is not None:
            self._events.send(ExceptionEvent(error=error, where=where, context=doing))


class _Handler:
    """One who wants frames: how many, and the one that waits while they are busy."""

    def __init__(
        self,
        on_frame: OnFrame,
        cadence: Cadence,
        name: str,
        report: Callable[[str, str, BaseException, int], None],
        calls: dict[asyncio.Future[None], None],
    ) -> None:
        self.waiting: VideoFrame | None = None
        self._on_frame = on_frame
        self._cadence = cadence
        self._name = name
        self._report = report
        self._calls = calls
        self._busy = False
        self._failures = 0

    def offer(self, frame: VideoFrame, seconds: Fraction) -> None:
        """A frame has come."""
        if not self._cadence.takes(seconds):
            return
        if self._busy:
            self.waiting = frame
        else:
            self._handle(frame)

    def _handle(self, frame: VideoFrame) -> None:
        try:
            outcome = self._on_frame(frame)
        except (Exception, asyncio.CancelledError) as error:
            self._failed(error)
            return
        if not inspect.isawaitable(outcome):
            self._failures = 0
            return
        call = asyncio.ensure_future(outcome)
        self._busy = True
        self._calls[call] = None
        call.add_done_callback(self._finished)

    def _finished(self, call: asyncio.Future[None]) -> None:
        self._busy = False
        self._calls.pop(call, None)
        if not call.cancelled():
            if (error := call.exception()) is not None:
                self._failed(error)
            else:
                self._failures = 0
        if self.waiting is not None:
            frame, self.waiting = self.waiting, None
            self._handle(frame)

    def _failed(self, error: BaseException) -> None:
        self._failures += 1
        self._report(self._name, "handling a video frame", error, self._failures)
