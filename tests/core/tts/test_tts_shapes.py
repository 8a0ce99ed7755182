"""Whatever a plugin's `stream_audio` is, the framework gets the same sound out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core.events import BaseEvent
from agentkit.core.tts import TTS, Speech, SpokenWord
from simulator.clock import run

RATE = 16000
SAMPLES = (8000 * np.sin(np.arange(4000) / 10)).astype(np.int16)
BYTES = SAMPLES.tobytes()


def pcm(samples: np.ndarray[Any, Any] = SAMPLES, rate: int = RATE) -> PcmData:
    return PcmData(rate, "s16", samples)


class AcmeTTS(TTS):
    """A plugin that makes its sound in the way a test gives it."""

    def __init__(self, make: Callable[[], Any], sample_rate: int = RATE) -> None:
        super().__init__()
        self.make = make
        self.sample_rate = sample_rate
        self.stops = 0

    def stream_audio(self, text: str, **kwargs: Any) -> Any:
        return self.make()

    async def stop_audio(self) -> None:
        self.stops += 1


async def as_async_generator() -> AsyncIterator[PcmData]:
    for start in range(0, len(SAMPLES), 700):
        yield pcm(SAMPLES[start : start + 700])


async def as_coroutine_of(value: Any) -> Any:
    return value


def as_generator(pieces: list[Any]) -> Iterator[Any]:
    yield from pieces


class AsyncIterable:
    """Has `__aiter__` and nothing else."""

    def __aiter__(self) -> AsyncIterator[PcmData]:
        return as_async_generator()


def cut_anywhere(size: int) -> list[bytes]:
    return [BYTES[i : i + size] for i in range(0, len(BYTES), size)]


SHAPES: dict[str, Callable[[], Any]] = {
    "an async generator": as_async_generator,
    "a coroutine of an async generator": lambda: as_coroutine_of(as_async_generator()),
    "a coroutine of an async iterable": lambda: as_coroutine_of(AsyncIterable()),
    "a coroutine of PcmData": lambda: as_coroutine_of(pcm()),
    "a coroutine of bytes": lambda: as_coroutine_of(BYTES),
    "a coroutine of a bytearray": lambda: as_coroutine_of(bytearray(BYTES)),
    "a coroutine of a memoryview": lambda: as_coroutine_of(memoryview(BYTES)),
    "a coroutine of Speech": lambda: as_coroutine_of(Speech(pcm())),
    "a coroutine of a list of PcmData": lambda: as_coroutine_of([pcm(SAMPLES[:999]), pcm(SAMPLES[999:])]),
    "a coroutine of a tuple of bytes": lambda: as_coroutine_of(tuple(cut_anywhere(1001))),
    "a coroutine of a generator": lambda: as_coroutine_of(as_generator(cut_anywhere(640))),
    "a coroutine of an iterator": lambda: as_coroutine_of(iter(cut_anywhere(3))),
    "a generator": lambda: as_generator([pcm(SAMPLES[:5]), None, pcm(SAMPLES[5:])]),
    "a list": lambda: [pcm()],
    "PcmData": pcm,
    "bytes": lambda: BYTES,
    "a mixture": lambda: as_generator(
        [pcm(SAMPLES[:10]), SAMPLES[10:20].tobytes(), Speech(pcm(SAMPLES[20:]))]
    ),
}


def synthesized(tts: TTS, rate: int = RATE, channels: int = 1) -> np.ndarray[Any, Any]:
    async def collect() -> list[Speech]:
        tts.set_output_format(rate, channels)
        return [speech async for speech in tts.synthesize("hello")]

    pieces = run(collect())
    assert all(piece.pcm.sample_rate == rate and piece.pcm.channels == channels for piece in pieces)
    empty = np.zeros((channels, 0) if channels > 1 else 0, np.int16)
    return np.concatenate([empty, *(piece.pcm.samples for piece in pieces)], axis=-1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape_gives_the_same_sound(shape: str) -> None:
    assert np.array_equal(synthesized(AcmeTTS(SHAPES[shape])), SAMPLES)


@given(st.lists(st.integers(0, len(BYTES)), max_size=30))
def test_a_byte_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BYTES)]
    pieces = [BYTES[a:b] for a, b in pairwise(edges)]
    assert np.array_equal(synthesized(AcmeTTS(lambda: as_generator(pieces))), SAMPLES)


@settings(max_examples=25, deadline=None)
@given(
    source=st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]),
    target=st.sampled_from([8000, 16000, 24000, 48000]),
    channels=st.sampled_from([1, 2]),
    size=st.integers(1, 5000),
)
def test_at_any_rate_it_is_as_long_as_it_was(source: int, target: int, channels: int, size: int) -> None:
    pieces = [pcm(SAMPLES[i : i + size], source) for i in range(0, len(SAMPLES), size)]
    sound = synthesized(AcmeTTS(lambda: as_coroutine_of(pieces)), target, channels)
    assert sound.shape[-1] == pytest.approx(len(SAMPLES) * target / source, abs=1.5)
    assert 5000 < np.abs(sound).max() < 10000


def test_bytes_are_taken_at_the_rate_of_the_plugin() -> None:
    sound = synthesized(AcmeTTS(lambda: as_coroutine_of(BYTES), sample_rate=8000))
    assert len(sound) == pytest.approx(2 * len(SAMPLES), abs=1)


def test_words_stay_with_their_sound() -> None:
    words = (SpokenWord("hello", 0.0, 0.2),)

    async def collect() -> list[Speech]:
        tts = AcmeTTS(lambda: as_coroutine_of([Speech(pcm(), words), pcm()]))
        return [speech async for speech in tts.synthesize("hello")]

    assert [speech.words for speech in run(collect())] == [words, ()]


@pytest.mark.parametrize("shape", [lambda: as_coroutine_of(None), lambda: None, lambda: as_coroutine_of([])])
def test_nothing_is_silence(shape: Callable[[], Any]) -> None:
    assert len(synthesized(AcmeTTS(shape))) == 0


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (lambda: as_coroutine_of(42), "int"),
        (lambda: as_coroutine_of([1.5]), "float"),
        (lambda: as_coroutine_of("hello"), "str"),
        (lambda: as_coroutine_of({"audio": BYTES}), "str"),
        (lambda: as_generator([pcm(), object()]), "object"),
        (lambda: as_coroutine_of(SAMPLES), "int16"),
    ],
)
def test_anything_else_is_refused_by_name(shape: Callable[[], Any], found: str) -> None:
    with pytest.raises(TypeError, match=rf"stream_audio gave {found}.*expected"):
        synthesized(AcmeTTS(shape))


# -- send and its events ------------------------------------------------------------------------------------------


def sent(tts: TTS) -> list[BaseEvent]:
    events: list[BaseEvent] = []

    async def send() -> None:
        tts.events.tap(events.append)
        await tts.send("hello")

    run(send())
    return events


def raising(error: Exception) -> Any:
    raise error


def test_sending_tells_of_the_beginning_every_piece_and_the_end() -> None:
    events: list[Any] = sent(AcmeTTS(as_async_generator))
    assert [e.type for e in events] == [
        "tts.synthesis_started",
        *["tts.audio"] * 6,
        "tts.synthesis_completed",
    ]
    assert [e.chunk_index for e in events[1:-1]] == list(range(6))
    assert {e.synthesis_id for e in events} == {"1"}
    assert events[-1].audio_ms == 250
    assert sum(len(e.data.samples) for e in events[1:-1]) == len(SAMPLES)


async def failing_later() -> AsyncIterator[PcmData]:
    yield pcm()
    raise ConnectionError("reset")


@pytest.mark.parametrize(
    "make",
    [
        lambda: raising(ConnectionError("reset")),
        failing_later,
        lambda: as_generator([pcm(), 3]),
        lambda: as_coroutine_of(3),
    ],
)
def test_a_failure_while_sending_is_an_event(make: Callable[[], Any]) -> None:
    events: list[Any] = sent(AcmeTTS(make))
    assert events[-1].type == "tts.error"
    assert events[-1].text == "hello"
    assert "tts.synthesis_completed" not in [e.type for e in events]


def test_whoever_synthesizes_hears_of_failures_themselves() -> None:
    with pytest.raises(ConnectionError, match="reset"):
        synthesized(AcmeTTS(failing_later))


# -- interruption -------------------------------------------------------------------------------------------------


def test_sound_of_an_earlier_epoch_is_dropped_however_late_it_comes() -> None:
    closed: list[bool] = []

    async def slowly() -> AsyncIterator[PcmData]:
        try:
            for _ in range(10):
                yield pcm()
                await asyncio.sleep(0.1)
        finally:
            closed.append(True)

    async def interrupted() -> tuple[int, list[str]]:
        tts, kinds = AcmeTTS(slowly), list[str]()
        tts.events.tap(lambda event: kinds.append(event.type))
        pieces = 0
        async for _ in tts.synthesize("hello"):
            pieces += 1
            if pieces == 3:
                await tts.interrupt()
        assert (tts.epoch, tts.stops) == (1, 1)
        return pieces, kinds

    pieces, kinds = run(interrupted())
    assert pieces == 3
    assert kinds.count("tts.audio") == 3
    assert "tts.synthesis_completed" not in kinds
    assert closed == [True]


def test_the_next_synthesis_belongs_to_the_new_epoch() -> None:
    async def twice() -> list[int]:
        tts = AcmeTTS(as_async_generator)
        lengths = []
        for _ in range(2):
            lengths.append(sum([len(s.pcm.samples) async for s in tts.synthesize("hello")]))
            await tts.interrupt()
        return lengths

    assert run(twice()) == [len(SAMPLES)] * 2


def test_two_syntheses_at_once_do_not_mix() -> None:
    async def both() -> list[np.ndarray[Any, Any]]:
        tts = AcmeTTS(as_async_generator)

        async def one() -> np.ndarray[Any, Any]:
            pieces = []
            async for speech in tts.synthesize("hello"):
                pieces.append(speech.pcm.samples)
                await asyncio.sleep(0.01)
            return np.concatenate(pieces)

        return list(await asyncio.gather(one(), one()))

    assert all(np.array_equal(sound, SAMPLES) for sound in run(both()))


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (-1, 1), (16000, 0), (16000, 3)])
def test_an_output_format_that_is_none_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(ValueError, match="output format"):
        AcmeTTS(as_async_generator).set_output_format(rate, channels)
