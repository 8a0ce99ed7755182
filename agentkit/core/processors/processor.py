"""Processors: code of the agent's author that looks at the media on its way."""

from __future__ import annotations

import abc
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

logger = logging.getLogger(__name__)


class Processor(abc.ABC):
    """Base of every processor. An exception in one is reported as an event and the call goes on."""

    name: str = ""

    @abc.abstractmethod
    async def close(self) -> None:
        """Release what the processor holds."""

    def state(self) -> Any:
        """What the model may want to know of the processor's work when it answers: JSON-able, or None for nothing.

        Asked at the moment of each answer, so keep it at hand and small: the people a detector sees, say.
        """
        return None


class AudioProcessor(Processor):
    """Hears every participant, 20 ms at a time, beside the agent's own components."""

    @abc.abstractmethod
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``: mono, 48 kHz, before any resampling."""

    async def process_shared_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of the screen that ``participant`` shares: a track of its own, in the same form.

        Does nothing unless it is overridden. No audio filter comes before it: those are about voices.
        """


def name_of(processor: Processor) -> str:
    """The processor's name, or that of its class."""
    return processor.name or type(processor).__name__


def states_of(processors: Iterable[Processor] | None) -> dict[str, Any]:
    """What the processors have to say, by name, for a model to put into its prompt.

    Those with nothing to say are left out, and so, with a line in the log, are those that fail.
    """
    states = {}
    for processor in processors or ():
        try:
            state = processor.state()
        except Exception:
            logger.exception("processor %s failed to tell its state", name_of(processor))
        else:
            if state is not None:
                states[name_of(processor)] = state
    return states
