"""Components that listen to people: speech to text, voice activity, turns, realtime models."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.component import Component
from agentkit.core.edge.types import Participant

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class Listener(Component, abc.ABC):
    """Gets the sound of every participant, mono, about 20 ms at a time, in order for each of them.

    Nobody else waits while `process_audio` takes its time, and what it raises is reported; the call goes on.
    """

    input_sample_rate: int = 16000
    """The rate in Hz at which this component wants to hear."""

    listens_inline: bool = False
    """True for a component that only computes: its `process_audio` never waits for anything. It is then called where
    the sound arrives, which saves it a queue and a task."""

    def __init__(self) -> None:
        super().__init__()
        _let_sound_have_data()

    @abc.abstractmethod
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``. What it leads to may be emitted later, from another task."""

    def forget(self, participant: Participant) -> None:
        """Drop the state kept for someone who left."""


def _let_sound_have_data() -> None:
    """Give `PcmData` the property ``data``, its interleaved bytes: plugins are written with it, and getstream 7 has
    none."""
    from getstream.video.rtc.track_util import PcmData

    if not hasattr(PcmData, "data"):
        PcmData.data = property(PcmData.to_bytes)  # type: ignore[attr-defined]
