"""Putting trouble between an agent and its providers, scripted or real.

Each seam replaces, on one object, the methods by which every component of that kind is used, and puts them back at the
end. While a provider is well it is as if there were no seam.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from agentkit.core.events import BaseEvent, ErrorEvent
from agentkit.core.tts.pieces import pieces_of
from simulator.scenario.verbs.trouble import How, Service

if TYPE_CHECKING:
    from agentkit.core.listener import Listener
    from agentkit.core.llm import LLM
    from agentkit.core.tts import TTS


class Seam(Protocol):
    """Something that stands between an agent and a provider."""

    def changed(self, how: How | None) -> None:
        """The provider's condition has changed."""

    def remove(self) -> None:
        """Stand there no longer."""


class VoiceSeam:
    """Before a `TTS`: what it is asked to speak, and each piece of sound."""

    def __init__(self, tts: TTS, service: Service) -> None:
        self._tts = tts
        self._service = service
        self._stream_audio: Callable[..., Any] = tts.stream_audio
        tts.stream_audio = self._relayed  # type: ignore[method-assign]

    def changed(self, how: How | None) -> None:
        """Whoever waits is told by the service."""

    def remove(self) -> None:
        """Let the provider be asked directly again."""
        del self._tts.stream_audio

    async def _relayed(self, text: str, **kwargs: Any) -> AsyncIterator[Any]:
        service = self._service
        await service.asked()
        async with aclosing(pieces_of(self._stream_audio(text, **kwargs), self._tts.sample_rate)) as pieces:
            while True:
                async with service.during():
                    piece = await anext(pieces, None)
                    await service.goes_on()
                if piece is None:
                    return
                yield piece


class ModelSeam:
    """Before an `LLM`: what it is asked, and each piece of text."""

    def __init__(self, llm: LLM, service: Service) -> None:
        self._llm = llm
        self._service = service
        self._held: list[tuple[contextvars.Context, str]] = []
        self._respond: Callable[..., Any] = llm.simple_response
        self._emit: Callable[[str], None] = llm._emit_response_chunk
        llm.simple_response = self._relayed  # type: ignore[method-assign]
        llm._emit_response_chunk = self._emitted  # type: ignore[method-assign]

    def changed(self, how: How | None) -> None:
        """Hand on what was held back while it stalled; what was on a connection that is lost is lost."""
        if how == "stalls":
            return
        held, self._held = self._held, []
        if how != "disconnects":
            for context, delta in held:
                context.run(self._emit, delta)

    def remove(self) -> None:
        """Let the model be asked directly again."""
        del self._llm.simple_response, self._llm._emit_response_chunk

    async def _relayed(self, *args: Any, **kwargs: Any) -> Any:
        await self._service.asked()
        async with self._service.during():
            answer = await self._respond(*args, **kwargs)
            await self._service.goes_on()
        return answer

    def _emitted(self, delta: str) -> None:
        if self._service.how == "stalls":
            self._held.append((contextvars.copy_context(), delta))
        elif self._service.how != "disconnects":
            self._emit(delta)


class EarSeam:
    """Before a `Listener`: the sound it is given, and the events that come of it."""

    def __init__(self, listener: Listener, service: Service) -> None:
        self._listener = listener
        self._service = service
        self._late: deque[tuple[float, BaseEvent]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._process_audio: Callable[..., Any] = listener.process_audio
        self._send: Callable[[BaseEvent], Any] = listener.events.send
        listener.process_audio = self._heard  # type: ignore[method-assign]
        listener.events.send = self._sent  # type: ignore[method-assign,assignment]

    def changed(self, how: How | None) -> None:
        """Hand on what was held back while it stalled; what was on a connection that is lost is lost."""
        if how == "disconnects":
            self._late.clear()
        self._hand_on()

    def remove(self) -> None:
        """Let it hear and be heard directly again."""
        if self._timer is not None:
            self._timer.cancel()
        del self._listener.process_audio, self._listener.events.send

    async def _heard(self, *args: Any, **kwargs: Any) -> None:
        self._service.refuse()
        await self._process_audio(*args, **kwargs)

    def _sent(self, event: BaseEvent) -> None:
        how = self._service.how
        if isinstance(event, ErrorEvent) or (how is None and not self._late):
            self._send(event)
        elif how != "disconnects":
            now = asyncio.get_running_loop().time()
            self._late.append((now + self._service.by_s if how == "is slow" else now, event))
            self._hand_on()

    def _hand_on(self) -> None:
        """Send what is due, in order, and come back for the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._service.how == "stalls":
            return
        loop = asyncio.get_running_loop()
        while self._late and self._late[0][0] <= loop.time():
            self._send(self._late.popleft()[1])
        if self._late:
            self._timer = loop.call_at(self._late[0][0], self._hand_on)
