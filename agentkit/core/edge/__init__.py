"""The edge: how an agent reaches a call, whoever runs the network."""

from agentkit.core.edge.call import Call
from agentkit.core.edge.connection import Connection
from agentkit.core.edge.transport import EdgeTransport
from agentkit.core.edge.types import Participant, TrackType, User

__all__ = ["Call", "Connection", "EdgeTransport", "Participant", "TrackType", "User"]
