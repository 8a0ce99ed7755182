from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from agentkit.core.tts import Speech, TTSErrorEvent
from simulator.clock import run
from simulator.providers import ScriptedTTS

SENTENCE = "The restaurant opens at half past six, and closes at eleven."


async def pieces(tts: ScriptedTTS, text: str = SENTENCE) -> list[tuple[float, Speech]]:
    """What the provider gives, and after how many seconds."""
    loop = asyncio.get_running_loop()
    began, got = loop.time(), []
    async with aclosing(tts.stream_audio(text)) as stream:
        async for piece in stream:
            got.append((loop.time() - began, piece))  # noqa: PERF401 - keeps what came before an error
    return got


def seconds(got: list[tuple[float, Speech]]) -> float:
    return sum(len(piece.pcm.samples) / piece.pcm.sample_rate for _, piece in got)


def test_sound_comes_after_its_latency_and_then_faster_than_it_plays() -> None:
    got = run(pieces(ScriptedTTS(first_audio=0.2, realtime_factor=10, chunk_ms=100)))
    times = [round(1000 * at) for at, _ in got]
    assert times == [200 + 10 * number for number in range(len(got))]
    assert {len(piece.pcm.samples) for _, piece in got[:-1]} == {2400}


def test_every_word_is_in_the_piece_in_which_it_starts() -> None:
    got = run(pieces(ScriptedTTS(chunk_ms=100)))
    for number, (_, piece) in enumerate(got):
        for word in piece.words:
            assert 0.1 * number <= word.start_s < 0.1 * (number + 1)
    assert [word.text for _, piece in got for word in piece.words] == SENTENCE.split()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_blank_text_gives_nothing(text: str) -> None:
    assert run(pieces(ScriptedTTS(), text)) == []


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (48000, 2)])
def test_the_framework_gets_the_format_it_asked_for_and_all_of_the_sound(rate: int, channels: int) -> None:
    async def main() -> tuple[float, float]:
        tts = ScriptedTTS()
        tts.set_output_format(rate, channels)
        got = [piece async for piece in tts.synthesize(SENTENCE)]
        assert {piece.pcm.sample_rate for piece in got} == {rate}
        assert {piece.pcm.channels for piece in got} == {channels}
        return sum(piece.pcm.samples.shape[-1] for piece in got) / rate, seconds(await pieces(tts))

    resampled, original = run(main())
    assert resampled == pytest.approx(original, abs=0.001)


def test_stopping_takes_its_latency_and_ends_what_was_running_but_nothing_later() -> None:
    async def main() -> tuple[float, float, ScriptedTTS]:
        tts = ScriptedTTS(first_audio=0.0, realtime_factor=1.0, stop_latency=0.5)
        running = asyncio.create_task(pieces(tts))
        await asyncio.sleep(0.2)
        stopping = asyncio.create_task(tts.stop_audio())
        await asyncio.sleep(0.1)
        later = asyncio.create_task(pieces(tts, "Of course."))
        began = asyncio.get_running_loop().time()
        await stopping
        assert asyncio.get_running_loop().time() - began == pytest.approx(0.4)
        return seconds(await running), seconds(await later), tts

    cut, whole, tts = run(main())
    assert cut == pytest.approx(0.7)
    assert whole == pytest.approx(seconds(run(pieces(ScriptedTTS(), "Of course."))))
    assert tts.stops == 1
    assert tts.requests == [SENTENCE, "Of course."]


def test_a_stalled_synthesis_gives_its_first_sound_and_ends_only_when_cancelled() -> None:
    async def main() -> list[Any]:
        tts, got = ScriptedTTS(stalls_after_s=0.3), []

        async def listen() -> None:
            async for piece in tts.stream_audio(SENTENCE):
                got.append(piece)  # noqa: PERF401 - it never ends

        task = asyncio.create_task(listen())
        await asyncio.sleep(30)
        await tts.stop_audio()
        await asyncio.sleep(30)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        return got

    assert len(run(main())) == 3


def test_a_failing_synthesis_gives_its_first_sound_and_raises() -> None:
    async def main() -> list[Any]:
        tts, got = ScriptedTTS(fails_after_s=0.2), []
        with pytest.raises(ConnectionError, match=r"told to fail after 0\.2 s"):
            async for piece in tts.stream_audio(SENTENCE):
                got.append(piece)  # noqa: PERF401 - what came before the error counts
        return got

    assert len(run(main())) == 2


def test_a_failing_synthesis_that_is_sent_becomes_an_error_event() -> None:
    async def main() -> list[TTSErrorEvent]:
        tts, errors = ScriptedTTS(fails_after_s=0.0), []
        tts.events.tap(errors.append, TTSErrorEvent)
        await tts.send(SENTENCE)
        return errors

    (error,) = run(main())
    assert error.text == SENTENCE


def test_closing_ends_what_is_running() -> None:
    async def main() -> float:
        tts = ScriptedTTS(first_audio=0.0, realtime_factor=1.0)
        running = asyncio.create_task(pieces(tts))
        await asyncio.sleep(0.25)
        await tts.close()
        return seconds(await running)

    assert run(main()) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate_wpm": 0}, r"ScriptedTTS\(rate_wpm\): expected more than 0, got 0"),
        ({"realtime_factor": -1}, r"ScriptedTTS\(realtime_factor\)"),
        ({"chunk_ms": 0}, r"ScriptedTTS\(chunk_ms\)"),
        ({"sample_rate": 0}, "expected 8000 Hz or more, got 0"),
        ({"stalls_after_s": -1}, r"ScriptedTTS\(stalls_after_s\): expected 0 or more seconds"),
        ({"first_audio": -0.1}, "expected 0 or more seconds"),
    ],
)
def test_a_voice_that_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScriptedTTS(**options)
