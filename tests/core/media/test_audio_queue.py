"""What goes into a queue of sound comes out: in order, in the pieces asked for, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agentkit.core.media import AudioQueue, EndOfAudio

RATE = 16_000


def sound(start: int, samples: int, rate: int = RATE, **about: Any) -> PcmData:
    """Samples that count up from ``start``, so that each is recognised."""
    return PcmData(rate, "s16", np.arange(start, start + samples).astype(np.int16), **about)


async def turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


def test_every_import_path_leads_to_the_same_queue() -> None:
    from agentkit.core.utils import AudioQueue as short
    from agentkit.core.utils.audio_queue import AudioQueue as long

    assert short is long is AudioQueue


async def test_put_works_plain_and_awaited() -> None:
    queue = AudioQueue(buffer_limit_ms=1000)
    first, second = sound(0, 320), sound(320, 320)
    queue.put(first)
    await queue.put(second)
    assert await queue.get() is first
    assert await queue.get() is second
    assert queue.empty()


async def test_a_reader_gets_exactly_the_duration_it_asks_for() -> None:
    queue = AudioQueue(max_duration_ms=5000)
    for start in range(0, 3200, 320):
        queue.put_nowait(sound(start, 320))
    piece = await queue.get_duration(duration_ms=50)
    assert piece.samples.tolist() == list(range(800))
    assert (await queue.get_samples(num_samples=1000)).samples.tolist() == list(range(800, 1800))
    assert queue.duration_ms == 1400 / 16
    assert queue.qsize() == 5


async def test_the_rest_of_an_entry_keeps_its_place_and_its_participant() -> None:
    queue = AudioQueue()
    queue.put(sound(0, 320, pts=1000, time_base=0.001, participant="alice"))
    await queue.get_samples(160)
    rest = await queue.get()
    assert rest.samples.tolist() == list(range(160, 320))
    assert rest.pts == 1010
    assert rest.participant == "alice"


async def test_stereo_is_cut_along_time() -> None:
    queue = AudioQueue()
    for start in (0, 320):
        samples = sound(start, 320).samples
        queue.put(PcmData(RATE, "s16", np.stack((samples, -samples)), channels=2))
    piece = await queue.get_samples(400)
    assert piece.samples.shape == (2, 400)
    assert piece.samples[1].tolist() == [-n for n in range(400)]
    assert queue.duration_ms == 15


async def test_a_reader_waits_until_there_is_enough() -> None:
    queue = AudioQueue()
    reader = asyncio.create_task(queue.get_duration(50))
    for start in (0, 320):
        await turns()
        queue.put(sound(start, 320))
    await turns()
    assert not reader.done()
    queue.put(sound(640, 320))
    assert (await reader).samples.tolist() == list(range(800))


async def test_readers_are_served_in_the_order_they_asked() -> None:
    queue = AudioQueue()
    readers = [asyncio.create_task(queue.get_samples(n)) for n in (500, 100)]
    readers.append(asyncio.create_task(queue.get()))
    await turns()
    queue.put(sound(0, 640))
    pieces = [(await reader).samples.tolist() for reader in readers]
    assert pieces == [list(range(500)), list(range(500, 600)), list(range(600, 640))]


async def test_nobody_takes_what_an_earlier_reader_waits_for() -> None:
    queue = AudioQueue()
    queue.put(sound(0, 320))
    patient = asyncio.create_task(queue.get_samples(500))
    await turns()
    latecomer = asyncio.create_task(queue.get())
    await turns()
    queue.put(sound(320, 320))
    assert (await patient).samples.tolist() == list(range(500))
    assert (await latecomer).samples.tolist() == list(range(500, 640))


async def test_a_reader_that_gives_up_takes_nothing_with_it() -> None:
    queue = AudioQueue()
    patient = sound(0, 320)
    impatient = asyncio.create_task(queue.get_samples(500))
    waiting = asyncio.create_task(queue.get())
    await turns()
    queue.put(patient)
    impatient.cancel()
    assert await waiting is patient


async def test_what_does_not_fit_pushes_the_oldest_out_and_is_told_once() -> None:
    told: list[float] = []
    queue = AudioQueue(buffer_limit_ms=100, on_drop=told.append)
    for start in range(0, 3200, 320):
        queue.put(sound(start, 320))
    assert queue.duration_ms == 100
    assert queue.dropped_ms == 100
    assert told == [20]
    assert (await queue.get_duration(100)).samples[0] == 1600


async def test_another_flood_is_told_again() -> None:
    told: list[float] = []
    queue = AudioQueue(buffer_limit_ms=100, on_drop=told.append)
    for _ in range(2):
        queue.put(sound(0, 1600))
        queue.put(sound(1600, 160))
        await queue.get_duration(100)
    assert told == [10, 10]


async def test_of_a_chunk_larger_than_the_queue_the_end_stays() -> None:
    queue = AudioQueue(buffer_limit_ms=10)
    queue.put(sound(0, 1000))
    assert (await queue.get()).samples.tolist() == list(range(840, 1000))
    assert queue.dropped_ms == 52.5


def test_sound_of_another_format_is_refused_until_the_queue_is_empty() -> None:
    queue = AudioQueue()
    queue.put(sound(0, 320))
    with pytest.raises(ValueError, match=r"16000 Hz.*48000 Hz.*StreamResampler"):
        queue.put(sound(0, 960, 48_000))
    queue.clear()
    queue.put(sound(0, 960, 48_000))
    assert queue.duration_ms == 20


async def test_a_reader_waits_for_the_right_number_of_samples_when_the_rate_changes_meanwhile() -> None:
    queue = AudioQueue()
    queue.put(sound(0, 960, 48_000))
    reader = asyncio.create_task(queue.get_duration(100))
    await turns()
    queue.flush()
    for start in range(0, 1600, 320):
        queue.put(sound(start, 320))
    assert (await reader).samples.tolist() == list(range(1600))


async def test_a_closed_queue_gives_what_is_left_and_then_says_that_it_ended() -> None:
    queue = AudioQueue()
    reader = asyncio.create_task(queue.get_duration(100))
    queue.put(sound(0, 320))
    await turns()
    queue.close()
    assert (await reader).samples.tolist() == list(range(320))
    for read in (queue.get, lambda: queue.get_samples(5), lambda: queue.get_duration(5)):
        with pytest.raises(EndOfAudio):
            await read()
    with pytest.raises(EndOfAudio):
        queue.get_nowait()
    with pytest.raises(EndOfAudio):
        queue.put(sound(0, 320))


async def test_closing_wakes_every_reader() -> None:
    queue = AudioQueue()
    readers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await turns()
    queue.close()
    ends = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(end) for end in ends] == [EndOfAudio] * 3


def test_an_empty_queue_says_so_to_a_reader_who_does_not_wait() -> None:
    with pytest.raises(asyncio.QueueEmpty):
        AudioQueue().get_nowait()


def test_chunks_without_samples_are_not_kept() -> None:
    queue = AudioQueue()
    queue.put(sound(0, 0))
    assert queue.empty()
    assert queue.duration_ms == 0


def test_two_different_limits_are_refused() -> None:
    assert AudioQueue(buffer_limit_ms=500, max_duration_ms=500).buffer_limit_ms == 500
    with pytest.raises(ValueError, match="two names for one limit"):
        AudioQueue(buffer_limit_ms=500, max_duration_ms=5000)
    with pytest.raises(ValueError, match="above 0"):
        AudioQueue(buffer_limit_ms=0)


async def test_a_wish_that_can_never_be_fulfilled_is_refused() -> None:
    queue = AudioQueue(buffer_limit_ms=100)
    for duration_ms in (0, -5, 101):
        with pytest.raises(ValueError, match="limit of 100 ms"):
            await queue.get_duration(duration_ms)
    with pytest.raises(ValueError, match="above 0"):
        await queue.get_samples(0)
    too_much = asyncio.create_task(queue.get_samples(1601))
    await turns()
    queue.put(sound(0, 10))
    with pytest.raises(ValueError, match="1601 samples at 16000 Hz will never be there"):
        await too_much


LIMIT = 1600  # 100 ms


class QueueMachine(RuleBasedStateMachine):
    """An AudioQueue beside a plain list of samples."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.queue = AudioQueue(buffer_limit_ms=100)
        self.numbers: Iterator[int] = count()
        self.model: list[int] = []
        self.dropped = 0
        self.reader: asyncio.Task[PcmData] | None = None
        self.wanted = 0

    def teardown(self) -> None:
        if self.reader is not None:
            self.reader.cancel()
            self.loop.run_until_complete(asyncio.gather(self.reader, return_exceptions=True))
        self.loop.close()

    def expect(self, piece: PcmData, samples: int) -> None:
        expected, self.model = self.model[:samples], self.model[samples:]
        assert piece.samples.tolist() == expected

    @rule(samples=st.integers(0, 700))
    def put(self, samples: int) -> None:
        fresh = [next(self.numbers) % 30_000 for _ in range(samples)]
        self.queue.put(PcmData(RATE, "s16", np.array(fresh, np.int16)))
        self.model += fresh
        self.dropped += max(0, len(self.model) - LIMIT)
        self.model = self.model[-LIMIT:]
        self.loop.run_until_complete(turns())
        if self.reader is not None and len(self.model) >= self.wanted:
            assert self.reader.done()
            self.expect(self.reader.result(), self.wanted)
            self.reader = None

    @precondition(lambda self: self.reader is None)
    @rule(samples=st.integers(1, LIMIT))
    def get_samples(self, samples: int) -> None:
        self.read(self.queue.get_samples(samples), samples)

    @precondition(lambda self: self.reader is None)
    @rule(ms=st.floats(0.1, 100))
    def get_duration(self, ms: float) -> None:
        self.read(self.queue.get_duration(ms), max(1, round(ms * RATE / 1000)))

    def read(self, reading: Any, samples: int) -> None:
        reader = self.loop.create_task(reading)
        self.loop.run_until_complete(turns())
        if samples <= len(self.model):
            self.expect(reader.result(), samples)
        else:
            assert not reader.done()
            self.reader, self.wanted = reader, samples

    @precondition(lambda self: self.reader is not None)
    @rule()
    def give_up_reading(self) -> None:
        assert self.reader is not None
        self.reader.cancel()
        self.loop.run_until_complete(turns())
        self.reader = None

    @precondition(lambda self: self.model)
    @rule()
    def get_nowait(self) -> None:
        piece = self.queue.get_nowait()
        assert len(piece.samples) > 0
        self.expect(piece, len(piece.samples))

    @rule()
    def clear(self) -> None:
        self.queue.clear()
        self.model.clear()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert self.queue.duration_ms == pytest.approx(len(self.model) * 1000 / RATE)
        assert self.queue.dropped_ms == pytest.approx(self.dropped * 1000 / RATE)
        assert self.queue.empty() == (not self.model)


TestQueueAgainstModel = QueueMachine.TestCase
