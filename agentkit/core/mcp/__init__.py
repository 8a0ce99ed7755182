"""Functions from MCP servers, beside the agent's own. Needs the extra ``agentkit[mcp]``."""

from agentkit.core.mcp.events import MCPServerConnectedEvent, MCPServerDisconnectedEvent
from agentkit.core.mcp.functions import MCPFunctions
from agentkit.core.mcp.servers import MCPServer, MCPServerLocal, MCPServerRemote

__all__ = [
    "MCPFunctions",
    "MCPServer",
    "MCPServerConnectedEvent",
    "MCPServerDisconnectedEvent",
    "MCPServerLocal",
    "MCPServerRemote",
]
