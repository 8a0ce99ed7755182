"""When the pieces of a provider's answers came. They are too many for a trace; the first one and the gaps are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentkit.core.agents.events import AgentFinishEvent, AgentTurnEnded, ReplyCancelled
from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.llm import (
    LLMErrorEvent,
    LLMRequestStartedEvent,
    LLMResponseChunkEvent,
    LLMResponseEvent,
    ToolStartEvent,
)
from agentkit.core.tts import TTSAudioEvent, TTSErrorEvent, TTSSynthesisCompleteEvent

PAUSE_NS = 500_000_000
"""A shorter gap between two pieces is how they come."""

STREAMED = "llm.streamed"
"""In the trace: since the last such record of a request, the model said ``text``, from ``at_ns`` to ``until_ns``."""

Note = Callable[[str, str, dict[str, Any]], None]


class Traffic:
    """Notes, in the trace of a recording, ``llm.first_piece`` and ``llm.paused``, and the same of ``tts``.

    A pause is noted when it is over; its ``at_ns`` is the instant of the piece before it. ``llm.streamed`` is what the
    model had said when it called a function, was done, or was given up.
    """

    def __init__(self, now_ns: Callable[[], int], note: Note) -> None:
        self._now_ns = now_ns
        self._note = note
        self._latest: dict[str, int] = {}
        self._text = ""
        self._pieces = 0
        self._since_ns = self._until_ns = 0

    def attach(self, events: EventManager) -> Callable[[], None]:
        """Watch the events of an agent; returns a function that ends it."""
        removers = [
            events.tap(lambda event: self._piece("llm", event.chunk_index == 0), LLMResponseChunkEvent),
            events.tap(lambda event: self._piece("tts", event.chunk_index == 0), TTSAudioEvent),
            events.tap(lambda event: self._over("llm", event), LLMResponseEvent, LLMErrorEvent),
            events.tap(lambda event: self._over("tts", event), TTSSynthesisCompleteEvent, TTSErrorEvent),
            events.tap(self._streams, LLMResponseChunkEvent),
            events.tap(self._asked, LLMRequestStartedEvent),
            events.tap(self._streamed, ToolStartEvent, LLMResponseEvent, LLMErrorEvent),
            events.tap(self._streamed, ReplyCancelled, AgentTurnEnded, AgentFinishEvent),
        ]

        def detach() -> None:
            for remove in removers:
                remove()

        return detach

    def _piece(self, provider: str, first: bool) -> None:
        if first:
            self._note("call", f"{provider}.first_piece", {})
        else:
            self._see_pause(provider)
        self._latest[provider] = self._now_ns()

    def _over(self, provider: str, _: BaseEvent) -> None:
        self._see_pause(provider)
        self._latest.pop(provider, None)

    def _see_pause(self, provider: str) -> None:
        since_ns = self._latest.get(provider)
        if since_ns is not None and self._now_ns() - since_ns >= PAUSE_NS:
            self._note("call", f"{provider}.paused", {"at_ns": since_ns})

    def _streams(self, event: LLMResponseChunkEvent) -> None:
        if event.chunk_index != self._pieces:
            return  # it belongs to an answer that was given up
        self._pieces += 1
        self._until_ns = self._now_ns()
        if not self._text:
            self._since_ns = self._until_ns
        self._text += event.delta

    def _asked(self, event: LLMRequestStartedEvent) -> None:
        self._streamed(event)
        self._pieces = 0

    def _streamed(self, _: BaseEvent) -> None:
        if self._text:
            about = {"text": self._text, "at_ns": self._since_ns, "until_ns": self._until_ns}
            self._note("call", STREAMED, about)
            self._text = ""
