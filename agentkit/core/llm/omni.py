"""Models that hear and see."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.llm.audio import AudioLLM
from agentkit.core.llm.video import VideoLLM

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

    from agentkit.core.media.forwarder import VideoForwarder


class OmniLLM(AudioLLM, VideoLLM, abc.ABC):
    """A model that takes sound and pictures. One that takes no pictures need not say so."""

    async def watch_video_track(
        self, track: MediaStreamTrack, shared_forwarder: VideoForwarder | None = None
    ) -> None:
        """Begin to watch ``track``; does nothing unless overridden."""

    async def stop_watching_video_track(self) -> None:
        """Stop watching; does nothing unless overridden."""
