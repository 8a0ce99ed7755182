"""Processors that watch, and processors that show."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.edge.types import Participant
from agentkit.core.processors.processor import Processor

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.media.forwarder import VideoForwarder


class VideoProcessor(Processor):
    """Watches the call's most important video: a screen that is shared, or else a camera."""

    @abc.abstractmethod
    async def process_video(
        self,
        track: MediaStreamTrack,
        participant: Participant | None = None,
        shared_forwarder: VideoForwarder | None = None,
    ) -> None:
        """Begin to watch ``track`` of ``participant``, in place of the one before, and return.

        Register a frame handler with ``shared_forwarder`` when it is given: it serves everyone who watches the
        track, and is stopped when they turn to another. ``participant`` is None for a file played for debugging.
        """

    async def stop_processing(self) -> None:
        """There is nothing to watch any more, or another track comes next. Does nothing unless overridden."""


class VideoPublisher(Processor):
    """Shows something in the call: the agent's face, say."""

    @abc.abstractmethod
    def publish_video_track(self) -> MediaStreamTrack:
        """The track to publish: asked for once, when the agent joins. See `QueuedVideoTrack` for one to write to."""


class ProcessorPublisher(VideoProcessor, VideoPublisher):
    """Watches, and publishes what it made of it.

    A model that sees is shown the published track in place of what it was made from.
    """
