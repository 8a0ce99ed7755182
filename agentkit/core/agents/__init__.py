"""Agents: the participant itself, its replies and the pipelines between ear and mouth."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent
    from agentkit.core.conversation import Conversation, InMemoryConversation, Message

_WHERE = {
    "Agent": "agentkit.core.agents.agent",
    "Conversation": "agentkit.core.conversation",
    "InMemoryConversation": "agentkit.core.conversation",
    "Message": "agentkit.core.conversation",
}

__all__ = ["Agent", "Conversation", "InMemoryConversation", "Message"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
