"""What the agent says, on its way to the call, and how much of it was heard.

`AudioOutput` is the one place that knows what was queued, what was played and what was dropped, to the sample.
A transport takes 20 ms at a time with `pull`; what it has taken counts as played.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]

SAMPLE_RATE = 48_000
"""The rate of Opus in WebRTC, and so of everything at the edge."""

BACKLOG_S = 10.0
"""How far ahead of playout a writer may get before `PlayoutShare.room` makes it wait."""


class PlayoutShare:
    """The part of playout that belongs to one reply: written by it, played, held, resumed or cut.

    Sample counts are at the output's rate. ``on_started`` is called when the first sample is taken, ``on_finished``
    when the last one has been played and no more will come; neither is called after a cut.
    """

    def __init__(
        self,
        output: AudioOutput,
        epoch: int,
        on_started: Callable[[], None],
        on_finished: Callable[[], None],
    ) -> None:
        self.epoch = epoch
        self.written = 0
        self.played = 0
        self.cut_off = False
        self.complete = False
        self.held = False
        self._started = False
        self._output = output
        self._on_started = on_started
        self._on_finished = on_finished
        self._chunks: deque[Samples] = deque()
        self._offset = 0
        self._room: asyncio.Future[None] | None = None

    @property
    def played_ms(self) -> float:
        """How much of it was heard, in milliseconds."""
        return 1000 * self.played / self._output.sample_rate

    @property
    def queued(self) -> int:
        """Samples written and not yet played."""
        return 0 if self.cut_off else self.written - self.played

    def write(self, samples: Samples) -> bool:
        """Queue ``samples``: int16 mono, shape (n,) or (1, n). False when the share was cut and they were dropped."""
        samples = samples.reshape(-1)
        if self.cut_off:
            self._output.dropped += len(samples)
            return False
        if len(samples):
            self._chunks.append(samples)
            self.written += len(samples)
        return True

    async def room(self) -> None:
        """Return when playout has come close enough to what was written, or the share was cut."""
        while self.queued > BACKLOG_S * self._output.sample_rate:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def finish(self) -> None:
        """Say that no more will be written."""
        self.complete = True

    def hold(self) -> None:
        """Fall silent from the next sample, and keep what was not played."""
        self.held = True

    def resume(self) -> None:
        """Go on with the sample after the last one played."""
        self.held = False

    def cut(self) -> None:
        """Fall silent from the next sample, and drop what was not played and whatever is still written."""
        if not self.cut_off:
            self._output.dropped += self.queued
            self.cut_off = True
            self._chunks.clear()
            self._output._remove(self)
            self._give_room()

    def _take(self, n: int) -> Samples | None:
        """The next ``n`` samples, padded with silence where none are ready; None when there is nothing at all."""
        chunks = self._chunks
        if not chunks:
            return None
        if not self._started:
            self._started = True
            self._on_started()
            if self.cut_off or self.held:
                return None
        first, offset = chunks[0], self._offset
        if offset + n < len(first):
            self._offset = offset + n
            self.played += n
            frame = first[offset : offset + n]
        else:
            frame = self._take_across(n)
        if self._room is not None and self.queued <= BACKLOG_S * self._output.sample_rate:
            self._give_room()
        return frame

    def _take_across(self, n: int) -> Samples:
        frame = np.zeros(n, np.int16)
        filled = 0
        while filled < n and self._chunks:
            chunk = self._chunks[0]
            count = min(n - filled, len(chunk) - self._offset)
            frame[filled : filled + count] = chunk[self._offset : self._offset + count]
            filled += count
            self._offset += count
            if self._offset == len(chunk):
                self._chunks.popleft()
                self._offset = 0
        self.played += filled
        return frame

    def _give_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None


class AudioOutput:
    """The agent's voice in a call: 48 kHz mono int16, played strictly in order.

    ``dropped`` counts samples that were written and never played.
    """

    def __init__(self, sample_rate: int = SAMPLE_RATE) -> None:
        self.sample_rate = sample_rate
        self.dropped = 0
        self._shares: deque[PlayoutShare] = deque()
        self._silence: dict[int, Samples] = {}

    def begin(
        self, epoch: int, *, on_started: Callable[[], None], on_finished: Callable[[], None]
    ) -> PlayoutShare:
        """Open the share of reply ``epoch``, behind those that are still playing."""
        share = PlayoutShare(self, epoch, on_started, on_finished)
        self._shares.append(share)
        return share

    @property
    def speaking(self) -> bool:
        """True while speech that has begun is neither finished, held nor cut."""
        share = self._shares[0] if self._shares else None
        return share is not None and share.played > 0 and not share.held

    def pull(self, n: int) -> Samples:
        """The next ``n`` samples for the call, shape (n,), or silence. Do not write to it."""
        shares = self._shares
        while shares:
            share = shares[0]
            if share.held:
                break
            frame = share._take(n)
            if frame is not None:
                return frame
            if share.cut_off or share.queued or not share.complete:
                break
            shares.popleft()
            share._on_finished()
        return self.silence(n)

    def silence(self, n: int) -> Samples:
        """``n`` samples of silence: always the same read-only array, so that it is recognised by identity."""
        silence = self._silence.get(n)
        if silence is None:
            silence = self._silence[n] = np.zeros(n, np.int16)
            silence.flags.writeable = False
        return silence

    def _remove(self, share: PlayoutShare) -> None:
        if share in self._shares:
            self._shares.remove(share)
