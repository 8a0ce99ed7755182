"""A model whose functions are called, and what it says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm import LLM, LLMErrorEvent, LLMResponseEvent, ToolEndEvent, ToolStartEvent
from agentkit.core.processors import Processor


class Model(LLM):
    """Calls the functions named in its input, such as ``"book {"people": 2}; weather"``, one after the other.

    ``heard`` is what events told: starts, ends and errors, with the milliseconds since the model was made.
    """

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.heard: list[tuple[int, str, Any]] = []
        self.began = loop.time()

        def note(event: BaseEvent) -> None:
            self.heard.append((round(1000 * (loop.time() - self.began)), event.type, event))

        self.events.tap(note, ToolStartEvent, ToolEndEvent, LLMErrorEvent)

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Call what ``text`` says and answer with the results."""
        return self._create_response_event(" ".join(map(str, await self.call(text))))

    async def call(self, text: str, **options: Any) -> list[Any]:
        """The results of the calls in ``text``."""
        calls = []
        for number, one in enumerate(text.split(";")):
            name, _, arguments = one.strip().partition(" ")
            calls.append(
                {"type": "tool_call", "name": name, "arguments_json": arguments, "id": f"call-{number}"}
            )
        return await self._execute_tools(calls, **options)

    @property
    def story(self) -> list[tuple[int, str, str]]:
        """When what happened to which function."""
        return [
            (ms, kind.removeprefix("llm."), getattr(event, "tool_name", "") or event.error_message)
            for ms, kind, event in self.heard
        ]


@pytest.fixture(scope="session")
def make_model() -> type[Model]:
    return Model
