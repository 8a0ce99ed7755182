"""The concierge with providers that go on after they were told to stop, as clients of real ones sometimes do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any, TypeVar

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLMResponseEvent
from agentkit.core.processors import Processor
from agentkit.core.tts import Speech
from examples import concierge
from simulator.providers import ScriptedLLM, ScriptedTTS

T = TypeVar("T")


class UnstoppableTTS(ScriptedTTS):
    """Takes its time to begin, and says a sentence to its end at the pace of speech, stopped or cancelled or not."""

    def __init__(self) -> None:
        super().__init__(first_audio=0.5, realtime_factor=1.0)

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[Speech]:
        pieces = super().stream_audio(text, **kwargs)
        while (piece := await _in_any_case(anext(pieces, None))) is not None:
            yield piece

    async def stop_audio(self) -> None:
        """Nothing happens."""


class UnstoppableLLM(ScriptedLLM):
    """Gives its answer to the end, a slow word at a time, though the request be cancelled."""

    def __init__(self) -> None:
        super().__init__(rules=concierge.ANSWERS, default=concierge.DEFAULT, per_token=0.1)

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        return await _in_any_case(super().simple_response(text, processors, participant))


async def _in_any_case(work: Awaitable[T]) -> T:
    """The result of ``work``, deaf to being cancelled."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


async def unstoppable_voice(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Its voice goes on, but nobody hears it."""
    return await concierge.create_agent(edge=edge, **({"tts": UnstoppableTTS()} | parts))


async def unstoppable_model(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Its model goes on with an answer that was cut, while the next one is being spoken."""
    return await concierge.create_agent(edge=edge, **({"llm": UnstoppableLLM()} | parts))
