"""What is told of MCP servers."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentkit.core.events import BaseEvent


@dataclass(kw_only=True)
class MCPServerConnectedEvent(BaseEvent):
    """The model may call the ``functions`` of ``server``, by the names given here."""

    type: str = "mcp.connected"
    server: str = ""
    functions: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class MCPServerDisconnectedEvent(BaseEvent):
    """``server`` is gone, and its functions with it. It is being called back."""

    type: str = "mcp.disconnected"
    server: str = ""
    reason: str = ""
