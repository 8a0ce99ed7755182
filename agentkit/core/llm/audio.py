"""Models that hear: sound goes to them as it comes."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.edge.types import Participant
from agentkit.core.listener import Listener
from agentkit.core.llm.llm import LLM

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class AudioLLM(LLM, Listener, abc.ABC):
    """A model that takes speech itself, so that no STT is needed before it."""

    input_sample_rate = 48000

    @abc.abstractmethod
    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``: about 20 ms, mono, at `input_sample_rate`."""

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Listen like any other component."""
        await self.simple_audio_response(pcm, participant)
