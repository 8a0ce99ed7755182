"""Language models: text in, text out."""

from __future__ import annotations

import abc
import asyncio
import contextvars
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from agentkit.core.component import Component
from agentkit.core.edge.types import Participant
from agentkit.core.events import ErrorEvent
from agentkit.core.llm.events import (
    LLMErrorEvent,
    LLMRequestStartedEvent,
    LLMResponseChunkEvent,
    LLMResponseEvent,
)
from agentkit.core.llm.stream import ResponseStream, current
from agentkit.core.processors import Processor

if TYPE_CHECKING:
    from agentkit.core.agents.conversation import Conversation


class LLM(Component, abc.ABC):
    """Base of every language-model plugin.

    Implement `simple_response`. While the provider streams, hand on each piece with `_emit_response_chunk`; return
    ``self._create_response_event(response)`` when it is done. A model that does not stream just returns that.
    """

    error_event: type[ErrorEvent] = LLMErrorEvent

    def __init__(self) -> None:
        super().__init__()
        self.instructions = ""
        self.conversation: Conversation | None = None
        self._latest: ResponseStream | None = None
        self.events.register(LLMRequestStartedEvent, LLMResponseChunkEvent, LLMResponseEvent, LLMErrorEvent)
        self.events.tap(self._route_chunk, LLMResponseChunkEvent)

    def set_conversation(self, conversation: Conversation) -> None:
        """Give the model the conversation to answer in; the agent does this when it joins."""
        self.conversation = conversation

    def set_instructions(self, instructions: str) -> None:
        """Give the model its standing instructions; the agent does this when it is made."""
        self.instructions = instructions

    @abc.abstractmethod
    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Answer ``text``. The conversation already holds it when it was spoken by ``participant``."""

    def stream_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> ResponseStream:
        """Start `simple_response` and give its answer as a stream of text."""
        stream = ResponseStream()
        self._latest = stream
        context = contextvars.copy_context()
        context.run(current.set, stream)
        loop = asyncio.get_running_loop()
        stream.run(loop.create_task(self._respond(stream, text, processors, participant), context=context))
        return stream

    async def _respond(
        self,
        stream: ResponseStream,
        text: str,
        processors: Sequence[Processor] | None,
        participant: Participant | None,
    ) -> LLMResponseEvent:
        about: dict[str, Any] = {
            "plugin_name": self.provider_name,
            "session_id": self.session_id,
            "participant": participant,
        }
        began = asyncio.get_running_loop().time()
        self.events.send(LLMRequestStartedEvent(text=text, **about))
        answer: Any = await self.simple_response(text, processors, participant)
        if answer is None:
            answer = LLMResponseEvent(text=stream.text)
        elif not isinstance(answer, LLMResponseEvent):
            answer = self._create_response_event(answer)
        first_token_at = stream.first_token_at or asyncio.get_running_loop().time()
        answer.first_token_ms = 1000 * (first_token_at - began)
        answer.text = answer.text or stream.text
        if not stream.closed:
            self.events.send(answer)
        return cast(LLMResponseEvent, answer)

    def _emit_response_chunk(self, delta: str) -> None:
        """Hand on the next piece of the answer, as soon as the provider gives it."""
        stream = current.get() or self._latest
        self.events.send(
            LLMResponseChunkEvent(
                delta=delta,
                chunk_index=stream.chunks if stream is not None else 0,
                plugin_name=self.provider_name,
                session_id=self.session_id,
            )
        )

    def _route_chunk(self, event: LLMResponseChunkEvent) -> None:
        stream = current.get() or self._latest
        if stream is not None:
            stream.put(event.delta)

    def _create_response_event(self, response: Any, text: str | None = None) -> LLMResponseEvent:
        """The answer as an event. The text is found in the shapes providers use, or given as ``text``."""
        return LLMResponseEvent(
            text=_text_of(response) if text is None else text,
            original=response,
            plugin_name=self.provider_name,
            session_id=self.session_id,
        )

    def _build_messages(self, text: str) -> list[dict[str, Any]]:
        """Instructions, conversation and ``text`` as chat messages: ``{"role": ..., "content": ...}``.

        ``text`` is appended unless the conversation already ends with it.
        """
        messages: list[dict[str, Any]] = []
        if self.instructions:
            messages.append({"role": "system", "content": self.instructions})
        if self.conversation is not None:
            messages += [
                {"role": m.role, "content": m.content} for m in self.conversation.messages if m.content
            ]
        if not messages or messages[-1] != {"role": "user", "content": text}:
            messages.append({"role": "user", "content": text})
        return messages


def _text_of(response: Any) -> str:
    """The text in a provider's answer: a string, ``.text``, ``.output_text`` or chat completions' first choice."""
    if response is None:
        return ""
    if isinstance(response, str):
        return response
    for name in ("text", "output_text", "content"):
        found = getattr(response, name, None)
        if isinstance(found, str):
            return found
    choices = getattr(response, "choices", None)
    if choices:
        content = getattr(getattr(choices[0], "message", None), "content", None)
        if isinstance(content, str):
            return content
    return ""
