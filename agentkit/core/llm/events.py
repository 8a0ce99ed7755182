"""What a language model says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from agentkit.core.events import ErrorEvent, PluginBaseEvent


@dataclass(kw_only=True)
class LLMRequestStartedEvent(PluginBaseEvent):
    """The model was asked. ``text`` is the new input; the conversation so far goes with it."""

    type: str = "llm.request_started"
    text: str = ""


@dataclass(kw_only=True)
class LLMResponseChunkEvent(PluginBaseEvent):
    """The next piece of the answer: ``delta`` is the new text only. ``chunk_index`` counts from 0."""

    type: str = "llm.response_chunk"
    delta: str = ""
    chunk_index: int = 0
    frequent: ClassVar[bool] = True


@dataclass(kw_only=True)
class LLMResponseEvent(PluginBaseEvent):
    """The whole answer. ``original`` is the provider's own object."""

    type: str = "llm.response"
    text: str = ""
    original: Any = None
    first_token_ms: float = 0.0


@dataclass(kw_only=True)
class LLMErrorEvent(ErrorEvent):
    """The model failed for a moment."""

    type: str = "llm.error"


@dataclass(kw_only=True)
class ToolStartEvent(PluginBaseEvent):
    """The model called a function. ``arguments`` is what it passed, empty where that is no JSON object."""

    type: str = "llm.tool_start"
    tool_name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    tool_call_id: str = ""


@dataclass(kw_only=True)
class ToolEndEvent(PluginBaseEvent):
    """The call is over, as far as the model is concerned: exactly one follows each `ToolStartEvent`.

    ``result`` is what the function returned; without ``success``, ``error`` is what the model was told in its place.
    """

    type: str = "llm.tool_end"
    tool_name: str = ""
    tool_call_id: str = ""
    success: bool = True
    result: Any = None
    error: str = ""
    execution_time_ms: float = 0.0
