"""What every scripted component does that listens: it has an ear for each person."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from agentkit.core.edge.types import Participant
from agentkit.core.listener import Listener
from simulator.providers import hearing

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class ScriptedListener(Listener):
    """Comes before the kind of component that it is: ``class ScriptedVAD(ScriptedListener, VAD)``."""

    listens_inline = True

    provider_name = "scripted"

    def __init__(self) -> None:
        super().__init__()
        self._ears = hearing.Ears(self._listen, self._emit_error_event)

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Hear the next frame of ``participant``, whose ``original`` must be a `Speaks`."""
        if not self.closed:
            self._ears.hear(pcm, participant)

    def forget(self, participant: Participant) -> None:
        """Drop what is not over yet of what someone said who left."""
        self._ears.forget(participant)

    async def close(self) -> None:
        await super().close()
        self._ears.close()

    @abc.abstractmethod
    def _listen(self, participant: Participant | None) -> hearing.Listener:
        """What listens to ``participant`` alone."""
