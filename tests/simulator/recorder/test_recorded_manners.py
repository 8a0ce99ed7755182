"""What a recording tells of a model's answers, of a voice and of ears, and a voice that speaks so again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.core.tts import Speech
from simulator.recorder.stand_ins import RecordedTTS, Spoken
from simulator.recorder.stand_ins.answers import exchanges_of
from simulator.recorder.stand_ins.manners import ears_of, voice_of
from simulator.trace import Record


def at(ms: int, kind: str, source: str = "agent", **data: Any) -> Record:
    """A record of that millisecond."""
    return Record(ms * 1_000_000, source, kind, data)


def asks(ms: int, question: str) -> Record:
    return at(ms, "llm.request_started", text=question)


def answers(ms: int, text: str) -> Record:
    return at(ms, "llm.response", text=text, first_token_ms=100)


def test_a_question_that_was_asked_again_before_its_answer_was_whole_counts_once() -> None:
    streamed = at(400, "llm.streamed", "call", text="We op", at_ns=300_000_000, until_ns=400_000_000)
    told = exchanges_of([asks(0, "When?"), streamed, asks(500, "When?"), answers(900, "We open at nine.")])
    assert [[said.text for said in each.asked.answer] for each in told] == [["We open at nine."]]


def test_a_question_that_was_given_up_once_is_answered_as_it_was_at_another_time() -> None:
    told = exchanges_of(
        [asks(0, "When?"), asks(1, "Who?"), answers(2, "We."), asks(3, "When?"), answers(4, "At nine.")]
    )
    assert [each.asked.question for each in told] == ["Who?", "When?"]


def test_a_question_that_nothing_was_ever_answered_to_is_kept_without_an_answer() -> None:
    (told,) = exchanges_of([asks(0, "When?")])
    assert (told.asked.answer, told.cut) == ((), True)


def test_how_long_an_answer_takes_is_told_without_the_time_in_which_the_model_stalled() -> None:
    paused = at(4800, "llm.paused", "call", at_ns=1_800_000_000)
    streamed = at(5300, "llm.streamed", "call", text="At nine.", at_ns=300_000_000, until_ns=5_300_000_000)
    (told,) = exchanges_of([asks(0, "When?"), paused, streamed, answers(5300, "At nine.")])
    (said,) = told.asked.answer
    assert (said.after, said.lasting) == (0.3, 2.0)


def test_a_voice_that_stalled_begins_as_soon_as_it_does_otherwise() -> None:
    records = []
    for ms, text, first_ms in [(0, "One two three.", 200), (9000, "Four five six.", 4000)]:
        records.append(at(ms, "tts.synthesis_started"))
        records.append(
            at(
                ms + first_ms + 100,
                "tts.synthesis_completed",
                text=text,
                audio_ms=2000,
                first_audio_ms=first_ms,
            )
        )
    voice = voice_of(records)
    assert [(each.text, each.after) for each in voice.spoken] == [
        ("One two three.", 0.2),
        ("Four five six.", 0.2),
    ]
    assert voice.after == 0.2


@pytest.mark.parametrize(("interim", "endpointing_s"), [(True, 0.5), (False, 0.9)])
def test_without_partial_transcripts_a_pause_within_an_utterance_ends_none(
    interim: bool, endpointing_s: float
) -> None:
    voice = [(0, "started"), (1000, "stopped"), (1800, "started"), (2500, "stopped")]
    records = [at(ms, f"voice.{change}", "alice", at_ns=ms * 1_000_000) for ms, change in voice]
    if interim:
        records.insert(2, at(1200, "stt.partial_transcript", participant="alice", text="When do you"))
    records.append(at(3200, "stt.transcript", participant="alice", text="When do you open?"))
    ears = ears_of(records)
    assert (ears.interim, ears.endpointing_s) == (interim, endpointing_s)


@pytest.mark.virtual
async def test_a_voice_speaks_a_text_again_for_as_long_and_as_soon_as_it_did() -> None:
    voice = RecordedTTS([Spoken("We open at nine, every day.", seconds=4.0, after=0.7)])
    loop = asyncio.get_running_loop()
    begun, sounded_s, first_s = loop.time(), 0.0, 0.0
    async for piece in voice.stream_audio("we open at nine every day"):
        assert isinstance(piece, Speech)
        first_s = first_s or loop.time() - begun
        sounded_s += len(piece.pcm.samples) / voice.sample_rate
    assert first_s == pytest.approx(0.7)
    assert sounded_s == pytest.approx(4.0, abs=0.2)
