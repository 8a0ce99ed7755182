"""A bounded queue of sound: put in as it comes, taken out in the pieces somebody needs."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

logger = logging.getLogger(__name__)

BUFFER_LIMIT_MS = 1000.0


class EndOfAudio(Exception):
    """The queue is closed and all its sound has been taken."""


class _Done:
    """Something to await that is over already."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


class AudioQueue:
    """Sound of one format, oldest first, at most ``buffer_limit_ms`` of it.

    When more comes in, the oldest is dropped to the sample, ``dropped_ms`` counts it, and a warning (and
    ``on_drop(ms)``, if given) tells of it: once, until the reader has brought the queue down to half its
    limit. Sound is never reordered. Chunks without samples are not kept.

    One reader at a time is served, in the order they asked. `close` ends the queue: readers get what is
    left, then `EndOfAudio`.
    """

    def __init__(
        self,
        buffer_limit_ms: float | None = None,
        *,
        max_duration_ms: float | None = None,
        on_drop: Callable[[float], None] | None = None,
    ) -> None:
        """``buffer_limit_ms`` and ``max_duration_ms`` are two names for the limit (1000 ms if neither is
        given).

        Raises `ValueError` if both are given and differ, or if the limit is not positive.
        """
        if buffer_limit_ms is not None and max_duration_ms is not None and buffer_limit_ms != max_duration_ms:
            raise ValueError(
                f"buffer_limit_ms={buffer_limit_ms} and max_duration_ms={max_duration_ms} are two names for "
                "one limit; give one of them"
            )
        limit = next((ms for ms in (buffer_limit_ms, max_duration_ms) if ms is not None), BUFFER_LIMIT_MS)
        if limit <= 0:
            raise ValueError(f"the limit of an AudioQueue must be above 0 ms, got {limit}")
        self.buffer_limit_ms = limit
        self.dropped_ms = 0.0
        self._on_drop = on_drop
        self._dropping = False
        self._closed = False
        self._entries: deque[PcmData] = deque()
        self._taken = 0  # samples of the oldest entry that are gone already
        self._samples = 0  # in all entries, without those
        self._sample_rate = 0
        self._channels = 0
        self._format = ""
        self._limit = 0  # in samples
        self._turn = asyncio.Lock()
        self._arrival: asyncio.Future[None] | None = None
        self._awaited = 1  # samples that must be there before the waiting reader is woken

    @property
    def duration_ms(self) -> float:
        """How much sound is waiting, in milliseconds."""
        return self._samples * 1000 / self._sample_rate if self._samples else 0.0

    def qsize(self) -> int:
        """How many entries are waiting."""
        return len(self._entries)

    def empty(self) -> bool:
        """Whether nothing is waiting."""
        return not self._entries

    def put(self, pcm: PcmData) -> Awaitable[None]:
        """Add ``pcm`` at once, as `put_nowait` does. ``await queue.put(pcm)`` is welcome and never waits."""
        self.put_nowait(pcm)
        return _DONE

    def put_nowait(self, pcm: PcmData) -> None:
        """Add ``pcm``; where that exceeds the limit, the oldest sound goes.

        Raises `ValueError` if its rate, channels or sample format are not those of the sound that is
        waiting, and `EndOfAudio` if the queue is closed.
        """
        if self._closed:
            raise EndOfAudio("put() on a closed AudioQueue; stop the producer before closing the queue")
        count = pcm.samples.shape[-1]
        if not count:
            return
        if (
            pcm.sample_rate != self._sample_rate
            or pcm.channels != self._channels
            or pcm.format != self._format
        ):
            self._take_format_of(pcm)
        self._entries.append(pcm)
        self._samples += count
        if self._samples > self._limit:
            self._drop(self._samples - self._limit)
        if self._arrival is not None and self._samples >= self._awaited:
            self._wake()

    async def get(self) -> PcmData:
        """Wait for sound and return the oldest entry as it was put, or what is left of it."""
        if not self._entries or self._turn.locked():
            async with self._turn:
                await self._until(lambda: 1)
                return self._pop()
        return self._pop()

    def get_nowait(self) -> PcmData:
        """Return the oldest entry.

        Raises `asyncio.QueueEmpty` if there is none, `EndOfAudio` if there never will be one.
        """
        if not self._entries:
            self._raise_if_closed()
            raise asyncio.QueueEmpty
        return self._pop()

    async def get_duration(self, duration_ms: float) -> PcmData:
        """Wait until there are ``duration_ms`` milliseconds of sound and return exactly that, as one piece.

        A closed queue gives what is left. Raises `ValueError` for a duration that is not positive or more
        than the queue can hold.
        """
        if not 0 < duration_ms <= self.buffer_limit_ms:
            raise ValueError(
                f"duration_ms must be above 0 and within the queue's limit of {self.buffer_limit_ms:g} ms, "
                f"got {duration_ms:g}"
            )
        return await self._get(lambda: max(1, round(duration_ms * self._sample_rate / 1000)))

    async def get_samples(self, num_samples: int) -> PcmData:
        """Wait until there are ``num_samples`` samples per channel and return exactly those, as one piece.

        A closed queue gives what is left. Raises `ValueError` for a number that is not positive or more
        than the queue can hold.
        """
        if num_samples <= 0:
            raise ValueError(f"num_samples must be above 0, got {num_samples}")

        def needed() -> int:
            if self._samples and num_samples > self._limit:
                raise ValueError(
                    f"{num_samples} samples at {self._sample_rate} Hz will never be there: the queue's limit "
                    f"is {self.buffer_limit_ms:g} ms ({self._limit} samples); make it larger or ask for less"
                )
            return num_samples

        return await self._get(needed)

    def clear(self) -> None:
        """Throw away everything that is waiting."""
        self._entries.clear()
        self._taken = self._samples = 0
        self._dropping = False

    def flush(self) -> None:
        """The same as `clear`, by the name audio tracks use."""
        self.clear()

    def close(self) -> None:
        """Take nothing in any more. Readers get what is left, then `EndOfAudio`."""
        self._closed = True
        self._wake()

    async def _get(self, needed: Callable[[], int]) -> PcmData:
        async with self._turn:
            await self._until(needed)
            return self._cut(min(needed(), self._samples))

    async def _until(self, needed: Callable[[], int]) -> None:
        """Return when ``needed()`` samples are there, or fewer and the queue is closed."""
        while self._samples < (count := needed()):
            if self._closed and self._samples:
                return
            self._raise_if_closed()
            self._awaited = count
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise EndOfAudio("the AudioQueue is closed and empty")

    def _take_format_of(self, pcm: PcmData) -> None:
        if self._samples:
            raise ValueError(
                f"the queue holds {self._format} at {self._sample_rate} Hz in {self._channels} channel(s), "
                f"got {pcm.format} at {pcm.sample_rate} Hz in {pcm.channels}; bring it to one format first "
                "(one StreamResampler per track), or clear() the queue"
            )
        self._sample_rate, self._channels, self._format = pcm.sample_rate, pcm.channels, pcm.format
        self._limit = max(1, round(self.buffer_limit_ms * pcm.sample_rate / 1000))
        self._awaited = 1  # whoever waits for a duration must work out again how many samples that is

    def _drop(self, count: int) -> None:
        ms = count * 1000 / self._sample_rate
        self.dropped_ms += ms
        self._skip(count)
        if not self._dropping:
            self._dropping = True
            logger.warning(
                "AudioQueue is full (%g ms): dropping the oldest sound, its reader does not keep up",
                self.buffer_limit_ms,
            )
            if self._on_drop is not None:
                self._on_drop(ms)

    def _skip(self, count: int) -> None:
        """Forget the oldest ``count`` samples, which are there."""
        self._samples -= count
        self._taken += count
        entries = self._entries
        while entries and self._taken >= (size := entries[0].samples.shape[-1]):
            self._taken -= size
            entries.popleft()

    def _pop(self) -> PcmData:
        """The oldest entry, or the rest of it."""
        entry = self._entries.popleft()
        size = entry.samples.shape[-1]
        taken, self._taken = self._taken, 0
        self._samples -= size - taken
        if self._dropping:
            self._see_whether_caught_up()
        return entry if not taken else _part(entry, taken, entry.samples[..., taken:])

    def _cut(self, count: int) -> PcmData:
        """The oldest ``count`` samples, which are there, as one piece."""
        first, start = self._entries[0], self._taken
        size = first.samples.shape[-1]
        if count == size - start:
            return self._pop()
        if count < size - start:
            samples = first.samples[..., start : start + count]
        else:
            pieces, missing = [first.samples[..., start:]], count - (size - start)
            for index in range(1, len(self._entries)):
                piece = self._entries[index].samples
                pieces.append(piece[..., :missing])
                missing -= piece.shape[-1]
                if missing <= 0:
                    break
            samples = np.concatenate(pieces, axis=-1)
        self._skip(count)
        if self._dropping:
            self._see_whether_caught_up()
        return _part(first, start, samples)

    def _see_whether_caught_up(self) -> None:
        self._dropping = self._samples * 2 > self._limit


def _part(entry: PcmData, start: int, samples: NDArray[Any]) -> PcmData:
    """``samples`` with the particulars of ``entry``, ``start`` samples into it."""
    pts = entry.pts
    if pts is not None and entry.time_base:
        pts += round(start / entry.sample_rate / entry.time_base)
    return type(entry)(
        entry.sample_rate,
        entry.format,
        samples,
        pts,
        None,
        entry.time_base,
        entry.channels,
        entry.participant,
    )
