"""The concierge on a bad day: one thing about it fails, that is reported as an event, and the call goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from getstream.video.rtc.track_util import PcmData

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport, Participant
from agentkit.core.processors import AudioProcessor
from agentkit.core.stt import STTTranscriptEvent
from agentkit.core.tts import Speech
from agentkit.core.vad import VAD
from examples import concierge
from simulator.providers import ScriptedLLM, ScriptedTTS, Then


class BrokenMeter(AudioProcessor):
    """A loudness meter that divides by the loudness of nothing."""

    name = "loudness"

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        raise ZeroDivisionError("nobody is loud")

    async def close(self) -> None:
        """There is nothing to release."""


class BrokenFilter:
    """A noise suppressor whose model is missing."""

    def process(self, pcm: PcmData, participant: Participant) -> PcmData | None:
        raise FileNotFoundError("denoiser.onnx")


class BrokenVAD(VAD):
    """A voice-activity detector that fails at every sound it hears, before those hear it who listen after it."""

    listens_inline = True

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        raise RuntimeError("the model expects another shape of input")


class HoarseTTS(ScriptedTTS):
    """A voice whose provider hangs up after a second of the first sentence, and is well again after that."""

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[Speech]:
        self.fails_after_s = None if self.requests else 1.0
        async for piece in super().stream_audio(text, **kwargs):
            yield piece


class StuckTTS(ScriptedTTS):
    """A voice whose provider sends a second of the first sentence and then nothing, not even an error."""

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[Speech]:
        self.stalls_after_s = None if self.requests else 1.0
        async for piece in super().stream_audio(text, **kwargs):
            yield piece


async def broken_processor(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A processor raises at every piece of sound."""
    return await concierge.create_agent(edge=edge, **({"processors": [BrokenMeter()]} | parts))


async def broken_filter(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The audio filter raises at every piece of sound."""
    return await concierge.create_agent(edge=edge, **({"audio_filter": BrokenFilter()} | parts))


async def broken_detector(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The voice-activity detector raises at every piece of sound: what is understood stands for the voice."""
    return await concierge.create_agent(edge=edge, **({"vad": BrokenVAD()} | parts))


async def broken_handler(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The agent's own event handler raises at everything that is said."""
    agent = await concierge.create_agent(edge=edge, **parts)

    @agent.events.subscribe
    async def file_complaint(event: STTTranscriptEvent) -> None:
        raise KeyError("complaints")

    return agent


async def hoarse(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The voice provider fails in the middle of the first sentence."""
    return await concierge.create_agent(edge=edge, **({"tts": HoarseTTS()} | parts))


async def stuck(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The voice provider gets stuck in the middle of the first sentence."""
    return await concierge.create_agent(edge=edge, **({"tts": StuckTTS()} | parts))


async def lost_for_words(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """The model fails at first at once, then in the middle of an answer, and then it is well again."""
    model = ScriptedLLM(
        answers=[
            ConnectionError("503 overloaded"),
            Then("The Queen of Clubs is our largest suite. It has a", ConnectionError("stream reset")),
        ],
        default="The Seven of Clubs is free until Sunday.",
    )
    return await concierge.create_agent(edge=edge, **({"llm": model} | parts))
