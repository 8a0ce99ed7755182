"""Language models."""

from agentkit.core.llm.events import (
    LLMErrorEvent,
    LLMRequestStartedEvent,
    LLMResponseChunkEvent,
    LLMResponseEvent,
)
from agentkit.core.llm.llm import LLM
from agentkit.core.llm.stream import ResponseStream

__all__ = [
    "LLM",
    "LLMErrorEvent",
    "LLMRequestStartedEvent",
    "LLMResponseChunkEvent",
    "LLMResponseEvent",
    "ResponseStream",
]
