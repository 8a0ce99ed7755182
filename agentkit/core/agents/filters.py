"""What the agent hears of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agentkit.core.edge.types import Participant

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class AudioFilter(Protocol):
    """Stands between a participant and everything that listens.

    Gets every piece of sound of every participant and gives back what shall be heard of it: the same, something
    else (denoised, say), or None for nothing.
    """

    def process(self, pcm: PcmData, participant: Participant) -> PcmData | None:
        """``pcm`` is about 20 ms, mono, 48 kHz."""
        ...
