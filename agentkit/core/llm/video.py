"""Models that see."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.llm.llm import LLM

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.media.forwarder import VideoForwarder


class VideoLLM(LLM, abc.ABC):
    """A model that watches the call's most important video track beside the text it is given."""

    @abc.abstractmethod
    async def watch_video_track(
        self, track: MediaStreamTrack, shared_forwarder: VideoForwarder | None = None
    ) -> None:
        """Begin to watch ``track``, in place of the one before.

        Register a frame handler with ``shared_forwarder`` when it is given: it serves everyone who watches the track.
        """

    @abc.abstractmethod
    async def stop_watching_video_track(self) -> None:
        """Stop watching."""
