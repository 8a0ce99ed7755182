"""A clip that a person says, on the clock of the call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from simulator.edge.grid import NS_PER_SECOND, samples_to_ns
from simulator.media.clips import Clip


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word in the microphone's timeline, which is the call's: seconds since the call began."""

    text: str
    start_s: float
    end_s: float


class Utterance:
    """A clip being said: when it began, when its first voiced sample sounds, when it will be over (ns of call time)."""

    def __init__(self, clip: Clip, at_ns: int, samples: int) -> None:
        self.clip = clip
        self.at_ns = at_ns
        self.voiced_at_ns = at_ns + round(clip.first_voiced_s * NS_PER_SECOND)
        self.ends_at_ns = at_ns + samples_to_ns(samples)
        self.words = tuple(
            SaidWord(word.text, at_ns / NS_PER_SECOND + word.start, at_ns / NS_PER_SECOND + word.end)
            for word in clip.words
        )
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def done(self) -> None:
        """Return when the clip has been said, or was cut short."""
        await asyncio.shield(self._done)

    def finish(self) -> None:
        """It is over, or was cut short: whoever waits for it goes on."""
        if not self._done.done():
            self._done.set_result(None)
