"""Language models: text in, text out."""

from __future__ import annotations

import abc
import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from agentkit.core.conversation import Conversation
from agentkit.core.edge.types import Participant
from agentkit.core.events import ErrorEvent
from agentkit.core.llm.events import (
    LLMErrorEvent,
    LLMRequestStartedEvent,
    LLMResponseChunkEvent,
    LLMResponseEvent,
)
from agentkit.core.llm.execution import calls_of_reply
from agentkit.core.llm.function_calling import FunctionCalling
from agentkit.core.llm.reply_calls import ReplyCalls
from agentkit.core.llm.stream import ResponseStream, current
from agentkit.core.llm.tools import ToolCall, ToolResult
from agentkit.core.processors import Processor

R = TypeVar("R")
Messages = list[dict[str, Any]]
"""Chat messages: ``{"role": ..., "content": ...}``."""


class LLM(FunctionCalling, abc.ABC):
    """Base of every language-model plugin.

    Implement `simple_response`. While the provider streams, hand on each piece with `_emit_response_chunk`; return
    ``self._create_response_event(response)`` when it is done. A model that does not stream just returns that. Where
    the provider can call functions, `_ask_with_tools` does so.
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
        *,
        confirmed: bool = True,
    ) -> ResponseStream:
        """Start `simple_response` and give its answer as a stream of text.

        Unless ``confirmed``, functions with effects wait until `ResponseStream.confirm` is called.
        """
        stream = ResponseStream(ReplyCalls(self.tools, participant, confirmed=confirmed))
        self._latest = stream
        context = contextvars.copy_context()
        context.run(current.set, stream)
        context.run(calls_of_reply.set, stream.calls)
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
        with stream.calls.working():
            await self.tools.settled()
        began = asyncio.get_running_loop().time()
        self.events.send(LLMRequestStartedEvent(text=text, **about))
        answer: Any = await self.simple_response(text, processors, participant)
        if answer is None:
            answer = LLMResponseEvent(text=stream.text)
        elif not isinstance(answer, LLMResponseEvent):
            answer = self._create_response_event(answer)
        first_token_at = stream.first_token_at or asyncio.get_running_loop().time()
        answer.first_token_ms = 1000 * (first_token_at - began)
        if stream.calls.made or not answer.text:  # what it said before a call is part of the answer
            answer.text = stream.text or answer.text
        if not stream.closed:
            self.events.send(answer)
        return cast(LLMResponseEvent, answer)

    async def _ask_with_tools(
        self, ask: Callable[[Messages, list[dict[str, Any]]], Awaitable[R]], messages: Messages
    ) -> R:
        """Have the model answer ``messages``, calling functions as often as it likes, up to `max_tool_rounds` times.

        ``ask(messages, tools)`` sends both to the provider, streams the text of the answer with
        `_emit_response_chunk` if it can, and returns the provider's response. After the last round it is given no
        tools, so that the model has to answer. Returns the last response.
        """
        token = calls_of_reply.set(calls_of_reply.get() or ReplyCalls(self.tools))
        try:
            for rounds_left in range(self.max_tool_rounds, -1, -1):
                offered = self.get_available_functions() if rounds_left else []
                response = await self._ask_once(
                    ask, messages, self._convert_tools_to_provider_format(offered)
                )
                tool_calls = self._extract_tool_calls_from_response(response)
                if not tool_calls or not rounds_left:
                    break
                results = await self._execute_tools(tool_calls)
                messages = [*messages, *self._create_tool_result_message(tool_calls, results)]
        finally:
            calls_of_reply.reset(token)
        if tool_calls:
            names = ", ".join(str(call.get("name")) for call in tool_calls)
            problem = f"the model still calls functions after {self.max_tool_rounds} rounds of it: {names}"
            self._emit_error_event(RuntimeError(problem), context="answering")
        return response

    async def _ask_once(
        self,
        ask: Callable[[Messages, list[dict[str, Any]]], Awaitable[R]],
        messages: Messages,
        tools: list[dict[str, Any]],
    ) -> R:
        """Ask, and hand on the text of an answer that was not streamed."""
        stream = self._own_stream()
        chunks = stream.chunks if stream is not None else 0
        response = await ask(messages, tools)
        if stream is not None and stream.chunks == chunks and (text := _text_of(response)):
            self._emit_response_chunk(text)
        return response

    async def _execute_tools(
        self, tool_calls: Sequence[Mapping[str, Any]], *, timeout_s: float | None = None
    ) -> list[ToolResult]:
        """Run the functions that the model calls, all at once, and return their results in the order of the calls.

        A call that fails raises nothing: its result is an error for the model to read. Within a reply, equal calls
        are made once. What the model said before is a paragraph of its own, so that it is spoken meanwhile.
        """
        stream = self._own_stream()
        if stream is not None and stream.text and not stream.text[-1].isspace():
            self._emit_response_chunk("\n")
        calls = calls_of_reply.get()
        if calls is None or calls.runner is not self.tools:
            calls = ReplyCalls(self.tools)
        limit_s = self.tool_timeout_s if timeout_s is None else timeout_s
        return await calls.run([ToolCall.read(item) for item in tool_calls], limit_s)

    def _emit_response_chunk(self, delta: str) -> None:
        """Hand on the next piece of the answer, as soon as the provider gives it."""
        stream = self._own_stream() or self._latest
        self.events.send(
            LLMResponseChunkEvent(
                delta=delta,
                chunk_index=stream.chunks if stream is not None else 0,
                plugin_name=self.provider_name,
                session_id=self.session_id,
            )
        )

    def _own_stream(self) -> ResponseStream | None:
        """The answer that the running code works on, unless another model asks this one for the sake of its own."""
        stream = current.get()
        return stream if stream is not None and stream.calls.runner is self.tools else None

    def _route_chunk(self, event: LLMResponseChunkEvent) -> None:
        stream = self._own_stream() or self._latest
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

    def _build_messages(self, text: str) -> Messages:
        """Instructions, conversation and ``text`` as chat messages: ``{"role": ..., "content": ...}``.

        ``text`` is appended unless the conversation already ends with it. Between the others, in order of time, the
        model is told what functions returned that were called for an answer which the user interrupted.
        """
        notes = deque(self.tools.notes)
        messages: Messages = []
        if self.instructions:
            messages.append({"role": "system", "content": self.instructions})
        for message in self.conversation.messages if self.conversation is not None else ():
            while notes and notes[0].timestamp <= message.timestamp:
                messages.append({"role": "system", "content": notes.popleft().text})
            if message.content:
                messages.append({"role": message.role, "content": message.content})
        question = {"role": "user", "content": text}
        if messages and messages[-1] == question:
            messages.pop()
        return [*messages, *({"role": "system", "content": note.text} for note in notes), question]


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
