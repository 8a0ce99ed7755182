"""Language models: of text, of speech, of pictures."""

from agentkit.core.llm.audio import AudioLLM
from agentkit.core.llm.events import (
    LLMErrorEvent,
    LLMRequestStartedEvent,
    LLMResponseChunkEvent,
    LLMResponseEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from agentkit.core.llm.functions import Function, ToolSchema
from agentkit.core.llm.llm import LLM
from agentkit.core.llm.omni import OmniLLM
from agentkit.core.llm.realtime import Realtime
from agentkit.core.llm.stream import ResponseStream
from agentkit.core.llm.tools import ToolError, ToolResult
from agentkit.core.llm.video import VideoLLM

__all__ = [
    "LLM",
    "AudioLLM",
    "Function",
    "LLMErrorEvent",
    "LLMRequestStartedEvent",
    "LLMResponseChunkEvent",
    "LLMResponseEvent",
    "OmniLLM",
    "Realtime",
    "ResponseStream",
    "ToolEndEvent",
    "ToolError",
    "ToolResult",
    "ToolSchema",
    "ToolStartEvent",
    "VideoLLM",
]
