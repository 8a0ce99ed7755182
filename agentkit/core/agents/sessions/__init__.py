"""Sessions: agents at work in calls, what is measured of them, and the registry that nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentkit.core.agents.sessions.errors import (
    LauncherNotReady,
    LaunchRefused,
    RegistryUnavailable,
    SessionLimitExceeded,
)
from agentkit.core.agents.sessions.limits import SessionLimits
from agentkit.core.agents.sessions.memory import InMemorySessionRegistry
from agentkit.core.agents.sessions.record import EndReason, SessionMetrics, SessionRecord, SessionState
from agentkit.core.agents.sessions.registry import SessionNode, SessionRegistry
from agentkit.core.agents.sessions.session import AgentSession

if TYPE_CHECKING:
    from agentkit.core.agents.sessions.redis_registry import RedisSessionRegistry

__all__ = [
    "AgentSession",
    "EndReason",
    "InMemorySessionRegistry",
    "LaunchRefused",
    "LauncherNotReady",
    "RedisSessionRegistry",
    "RegistryUnavailable",
    "SessionLimitExceeded",
    "SessionLimits",
    "SessionMetrics",
    "SessionNode",
    "SessionRecord",
    "SessionRegistry",
    "SessionState",
]


def __getattr__(name: str) -> Any:
    if name == "RedisSessionRegistry":  # needs a package that few have
        from agentkit.core.agents.sessions.redis_registry import RedisSessionRegistry

        return RedisSessionRegistry
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
