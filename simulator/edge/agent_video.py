"""What people see of the agent: the video track it publishes, read as a transport would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiortc.mediastreams import MediaStreamError

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack
    from av import VideoFrame


class AgentVideo:
    """The picture of this moment, and how many there were."""

    def __init__(self, track: MediaStreamTrack) -> None:
        self.frames = 0
        self.latest: VideoFrame | None = None
        self._track = track
        self._task = asyncio.get_running_loop().create_task(self._watch(), name="agent video")

    def stop(self) -> None:
        """Look no more."""
        self._task.cancel()

    async def _watch(self) -> None:
        while True:
            try:
                self.latest = await self._track.recv()  # type: ignore[assignment]
            except MediaStreamError:
                return
            self.frames += 1
