"""agentkit: voice and video agents that join live calls.

Names are loaded when they are first used, because the media stack behind them takes a second to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent
    from agentkit.core.agents.launcher import AgentLauncher
    from agentkit.core.agents.sessions import AgentSession
    from agentkit.core.conversation import Conversation, InMemoryConversation, Message
    from agentkit.core.edge.types import Participant, TrackType, User
    from agentkit.core.events import BaseEvent, EventManager
    from agentkit.core.runner import Runner
    from agentkit.core.turns import TurnPolicy

_WHERE = {
    "Agent": "agentkit.core.agents.agent",
    "AgentLauncher": "agentkit.core.agents.launcher",
    "AgentSession": "agentkit.core.agents.sessions",
    "BaseEvent": "agentkit.core.events",
    "Conversation": "agentkit.core.conversation",
    "EventManager": "agentkit.core.events",
    "InMemoryConversation": "agentkit.core.conversation",
    "Message": "agentkit.core.conversation",
    "Participant": "agentkit.core.edge.types",
    "Runner": "agentkit.core.runner",
    "TrackType": "agentkit.core.edge.types",
    "TurnPolicy": "agentkit.core.turns",
    "User": "agentkit.core.edge.types",
}

__all__ = [
    "Agent",
    "AgentLauncher",
    "AgentSession",
    "BaseEvent",
    "Conversation",
    "EventManager",
    "InMemoryConversation",
    "Message",
    "Participant",
    "Runner",
    "TrackType",
    "TurnPolicy",
    "User",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
