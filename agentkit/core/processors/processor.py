"""Processors: code of the agent's author that looks at the media on its way."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.edge.types import Participant

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class Processor(abc.ABC):
    """Base of every processor. An exception in one is reported as an event and the call goes on."""

    name: str = ""

    @abc.abstractmethod
    async def close(self) -> None:
        """Release what the processor holds."""


class AudioProcessor(Processor):
    """Hears every participant, 20 ms at a time, beside the agent's own components."""

    @abc.abstractmethod
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``: mono, 48 kHz, before any resampling."""
