"""Every stage fails in every way: it is an event, and the next turn is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.agents.spoken_reply import ReplyLimits
from agentkit.core.edge import Participant
from agentkit.core.llm import LLMResponseChunkEvent, LLMResponseEvent
from agentkit.core.processors import AudioProcessor, Processor
from agentkit.core.stt import STTPartialTranscriptEvent, STTTranscriptEvent
from agentkit.core.turn_detection import TurnEndedEvent, TurnStartedEvent
from agentkit.core.vad import VADSpeechEndedEvent, VADSpeechStartedEvent
from examples.concierge import ANSWERS
from simulator.providers import (
    Hang,
    ScriptedLLM,
    ScriptedRealtime,
    ScriptedSTT,
    ScriptedTTS,
    ScriptedTurnDetector,
    ScriptedVAD,
    Then,
)

pytestmark = pytest.mark.virtual

SEVEN = "The Seven of Clubs is a double room on the third floor. It is free until Sunday."
WELL_AGAIN_S = 16.0
LIMITS = ReplyLimits(llm_s=3.0, tts_s=3.0)
RESET = ConnectionError("connection reset by peer")


def now() -> float:
    return asyncio.get_running_loop().time()


async def hang() -> Any:
    await asyncio.get_running_loop().create_future()


# -- listeners ----------------------------------------------------------------------------------------------------


def unwell(listener: Any, how: str, garbage: Sequence[Any] = ()) -> Any:
    """``listener``, of whatever kind, which fails until it is well again. ``garbage`` is what it may say instead."""
    began = now()
    well = listener.process_audio
    state = {"hung": False, "said": False}

    async def process_audio(pcm: PcmData, participant: Participant | None = None) -> None:
        if now() - began >= WELL_AGAIN_S:
            return await well(pcm, participant)
        if how == "raises":
            raise RuntimeError("the model expects another shape of input")
        if how == "hangs" and not state["hung"]:
            state["hung"] = True
            await hang()
        if how == "returns garbage" and not state["said"]:
            state["said"] = True
            for make in garbage:
                listener.events.send(make(participant))
        if how == "disconnects":
            if now() - began >= 0.7:
                raise RESET
            return await well(pcm, participant)
        if how == "hangs":
            return await well(pcm, participant)
        return None

    listener.listens_inline = False
    listener.process_audio = process_audio
    return listener


STT_GARBAGE = [
    lambda p: STTTranscriptEvent(text=None, participant=p),  # type: ignore[arg-type]
    lambda p: STTPartialTranscriptEvent(text=42, participant=p),  # type: ignore[arg-type]
    lambda p: STTTranscriptEvent(text="", participant=p),
    lambda p: STTTranscriptEvent(text="\x00\ud800", participant=None),
]
VAD_GARBAGE = [
    lambda p: VADSpeechStartedEvent(participant=p, speech_ms="loud"),  # type: ignore[arg-type]
    lambda p: VADSpeechStartedEvent(participant=p, speech_ms=float("nan")),
    lambda p: VADSpeechEndedEvent(participant=p, silence_ms=float("inf")),
    lambda p: VADSpeechEndedEvent(participant=p, silence_ms=-1e12),
    lambda p: VADSpeechStartedEvent(participant=p, speech_ms=1e300),
    lambda p: VADSpeechStartedEvent(participant="alice"),
    lambda p: VADSpeechEndedEvent(participant=p, silence_ms=None),  # type: ignore[arg-type]
]
TURN_GARBAGE = [
    lambda p: TurnEndedEvent(participant=p),
    lambda p: TurnStartedEvent(participant=7),
    lambda p: TurnEndedEvent(participant=p, eager_end_of_turn="perhaps"),  # type: ignore[arg-type]
]


# -- speakers -----------------------------------------------------------------------------------------------------


class UnwellTTS(ScriptedTTS):
    """Fails at its first sentences, for as long as it is unwell."""

    def __init__(self, fail: Callable[[], Any]) -> None:
        super().__init__()
        self.fail = fail
        self.began = now()

    def stream_audio(self, text: str, **kwargs: Any) -> Any:
        if now() - self.began < WELL_AGAIN_S:
            return self.fail()
        return super().stream_audio(text, **kwargs)


def raising(error: Exception) -> Any:
    raise error


async def a_coroutine_of(value: Any) -> Any:
    return value


async def half_a_second_and_then_a_reset() -> AsyncIterator[PcmData]:
    yield PcmData(16000, "s16", np.full(8000, 3000, np.int16))
    raise RESET


async def garbage_in_the_middle() -> AsyncIterator[Any]:
    yield PcmData(16000, "s16", np.full(8000, 3000, np.int16))
    yield {"audio": "…"}


class UnwellLLM(ScriptedLLM):
    """Gives garbage for its first answer."""

    def __init__(self, garbage: Any) -> None:
        super().__init__(rules=ANSWERS)
        self.garbage = garbage

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> Any:
        if not self.requests:
            await super().simple_response("queen of clubs")
            self.events.send(LLMResponseChunkEvent(delta=self.garbage))
            return self.garbage
        return await super().simple_response(text, processors, participant)


class SilentLLM(ScriptedLLM):
    """Has nothing to say at first."""

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        if "queen" in text.lower():
            return None  # type: ignore[return-value]
        return await super().simple_response(text, processors, participant)


class GarblingRealtime(ScriptedRealtime):
    """Sends garbage in place of its first response."""

    async def _answer(self, text: str) -> None:
        if "queen" not in text.lower():
            return await super()._answer(text)
        for garbage in (
            None,
            b"\x00",
            "sound",
            np.zeros(7),
            PcmData(24000, "s16", np.zeros((5, 9), np.int16)),
        ):
            self._emit_audio_output_event(garbage, "garbage")
        self._emit_audio_output_done_event("no such response")
        self._emit_agent_speech_transcription(None)  # type: ignore[arg-type]
        self._emit_user_speech_transcription(None)  # type: ignore[arg-type]
        return None


class UnwellProcessor(AudioProcessor):
    name = "meter"

    def __init__(self, fail: Callable[[], Any]) -> None:
        self.fail = fail

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        await self.fail()

    async def close(self) -> None:
        """There is nothing to release."""


# -- the table ----------------------------------------------------------------------------------------------------


def llm(answer: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"llm": ScriptedLLM(rules={"queen*": answer} | ANSWERS)}


def realtime(answer: Any = "", **options: Any) -> Callable[[], dict[str, Any]]:
    def parts() -> dict[str, Any]:
        rules = {"queen*": answer} | ANSWERS if answer != "" else ANSWERS
        return {"llm": ScriptedRealtime(rules=rules, **options), "stt": None, "tts": None}

    return parts


FAILURES: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "STT raises": (lambda: {"stt": unwell(ScriptedSTT(), "raises")}, "stt.error"),
    "STT hangs": (lambda: {"stt": unwell(ScriptedSTT(), "hangs")}, "stt.error"),
    "STT returns nothing": (lambda: {"stt": unwell(ScriptedSTT(), "returns nothing")}, "vad.speech_ended"),
    "STT returns garbage": (
        lambda: {"stt": unwell(ScriptedSTT(), "returns garbage", STT_GARBAGE)},
        "exception",
    ),
    "STT disconnects": (lambda: {"stt": unwell(ScriptedSTT(), "disconnects")}, "stt.error"),
    "VAD raises": (lambda: {"vad": unwell(ScriptedVAD(), "raises")}, "vad.error"),
    "VAD hangs": (lambda: {"vad": unwell(ScriptedVAD(), "hangs")}, "vad.error"),
    "VAD returns nothing": (lambda: {"vad": unwell(ScriptedVAD(), "returns nothing")}, "agent.turn_ended"),
    "VAD returns garbage": (
        lambda: {"vad": unwell(ScriptedVAD(), "returns garbage", VAD_GARBAGE)},
        "exception",
    ),
    "VAD disconnects": (lambda: {"vad": unwell(ScriptedVAD(), "disconnects")}, "vad.error"),
    "turn detector raises": (
        lambda: {"turn_detection": unwell(ScriptedTurnDetector(), "raises")},
        "turn.error",
    ),
    "turn detector hangs": (
        lambda: {"turn_detection": unwell(ScriptedTurnDetector(), "hangs")},
        "turn.error",
    ),
    "turn detector returns nothing": (
        lambda: {"turn_detection": unwell(ScriptedTurnDetector(), "returns nothing")},
        "agent.turn_ended",
    ),
    "turn detector returns garbage": (
        lambda: {"turn_detection": unwell(ScriptedTurnDetector(), "returns garbage", TURN_GARBAGE)},
        "exception",
    ),
    "turn detector disconnects": (
        lambda: {"turn_detection": unwell(ScriptedTurnDetector(), "disconnects")},
        "turn.error",
    ),
    "processor raises": (lambda: {"processors": [UnwellProcessor(lambda: raising(RESET))]}, "exception"),
    "processor hangs": (lambda: {"processors": [UnwellProcessor(hang)]}, "exception"),
    "LLM raises": (llm(RESET), "llm.error"),
    "LLM hangs": (llm(Hang()), "llm.error"),
    "LLM returns nothing": (lambda: {"llm": SilentLLM(rules=ANSWERS)}, "agent.reply_cancelled"),
    "LLM returns an object": (lambda: {"llm": UnwellLLM(object())}, "exception"),
    "LLM returns a number": (lambda: {"llm": UnwellLLM(42)}, "exception"),
    "LLM disconnects": (llm(Then("The Queen of Clubs is our largest. It has", RESET)), "llm.error"),
    "TTS raises": (lambda: {"tts": UnwellTTS(lambda: raising(RESET))}, "tts.error"),
    "TTS hangs": (lambda: {"tts": UnwellTTS(hang)}, "tts.error"),
    "TTS returns nothing": (lambda: {"tts": UnwellTTS(lambda: a_coroutine_of(None))}, "tts.error"),
    "TTS returns no sound": (
        lambda: {"tts": UnwellTTS(lambda: a_coroutine_of(PcmData(16000, "s16", np.zeros(0, np.int16))))},
        "tts.error",
    ),
    "TTS returns a number": (lambda: {"tts": UnwellTTS(lambda: a_coroutine_of(42))}, "tts.error"),
    "TTS returns six channels": (
        lambda: {
            "tts": UnwellTTS(
                lambda: a_coroutine_of(PcmData(16000, "s16", np.zeros((6, 100), np.int16), channels=6))
            )
        },
        "tts.error",
    ),
    "TTS returns sound of 0 Hz": (
        lambda: {"tts": UnwellTTS(lambda: a_coroutine_of(PcmData(0, "s16", np.zeros(100, np.int16))))},
        "tts.error",
    ),
    "TTS returns garbage in the middle": (lambda: {"tts": UnwellTTS(garbage_in_the_middle)}, "tts.error"),
    "TTS disconnects": (lambda: {"tts": UnwellTTS(half_a_second_and_then_a_reset)}, "tts.error"),
    "realtime raises": (realtime(RESET), "realtime.error"),
    "realtime hangs": (realtime(Hang()), "vad.speech_ended"),
    "realtime returns nothing": (realtime(" "), "vad.speech_ended"),
    "realtime returns garbage": (
        lambda: {"llm": GarblingRealtime(rules=ANSWERS), "stt": None, "tts": None},
        "realtime.error",
    ),
    "realtime stops in the middle": (realtime(Then("The Queen of Clubs", RESET)), "realtime.error"),
    "realtime disconnects": (realtime(disconnects_after_s=0.5), "realtime.disconnected"),
    "realtime, while listening, raises": (
        lambda: {"llm": unwell(ScriptedRealtime(rules=ANSWERS), "raises"), "stt": None, "tts": None},
        "realtime.error",
    ),
    "realtime, while listening, hangs": (
        lambda: {"llm": unwell(ScriptedRealtime(rules=ANSWERS), "hangs"), "stt": None, "tts": None},
        "realtime.error",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_it_is_an_event_and_the_next_turn_is_answered(failure: str, calling: Any, turns: Any) -> None:
    broken, event = FAILURES[failure]
    parts = {
        "llm": ScriptedLLM(rules=ANSWERS),
        "stt": ScriptedSTT(),
        "tts": ScriptedTTS(),
        "vad": ScriptedVAD(),
        "reply_limits": LIMITS,
    }
    told: set[str] = set()
    async with calling(**(parts | broken())) as call:
        call.the_agent.events.tap(lambda event: told.add(event.type))
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.wait(WELL_AGAIN_S)
        alice.starts_saying("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        turns(call)
        assert event in told


@pytest.mark.parametrize("make", [*STT_GARBAGE, *VAD_GARBAGE, *TURN_GARBAGE])
async def test_garbage_over_a_reply_leaves_it_and_the_next_turn_alone(
    make: Callable[[Any], Any], calling: Any, turns: Any
) -> None:
    parts = {
        "llm": ScriptedLLM(rules=ANSWERS),
        "stt": ScriptedSTT(),
        "tts": ScriptedTTS(),
        "vad": ScriptedVAD(),
    }
    async with calling(**parts) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.speaks(within=2)
        await call.wait(1)
        call.the_agent.vad.events.send(make(alice.person.participant))
        await call.wait(15)
        alice.starts_saying("seven-of-clubs.wav")
        await call.agent.says(SEVEN, within=10)
        assert [interrupted for _, interrupted in turns(call)][-1] is False
