"""Where nodes look up each other's sessions: the contract."""

from __future__ import annotations

import abc
from typing import Protocol

from agentkit.core.agents.sessions.limits import SessionLimits
from agentkit.core.agents.sessions.record import SessionRecord


class SessionNode(Protocol):
    """A process, or a part of one, that runs sessions: an `AgentLauncher`."""

    @property
    def node_id(self) -> str:
        """Its name among all nodes."""
        ...

    def records(self) -> list[SessionRecord]:
        """The sessions that it runs, and those it is about to start, as they are now."""
        ...

    def close_requested(self, session_id: str) -> None:
        """Somebody, on whichever node, wants this session closed. Unknown ones are none of its business."""
        ...


class SessionRegistry(abc.ABC):
    """Knows the sessions of all nodes that share it, and counts them for the limits.

    Every method that has to ask elsewhere raises `RegistryUnavailable` when there is no answer.
    """

    @abc.abstractmethod
    async def join(self, node: SessionNode) -> None:
        """Take ``node`` in: from now on its sessions are known, and it hears of requests to close them."""

    @abc.abstractmethod
    async def leave(self, node_id: str) -> None:
        """Forget a node and its sessions. Unknown ones are ignored."""

    @abc.abstractmethod
    async def claim(self, record: SessionRecord, limits: SessionLimits) -> None:
        """Make room for a session, on all nodes at once: of two that want the last place, one gets it.

        Raises `SessionLimitExceeded` when there is none.
        """

    @abc.abstractmethod
    async def release(self, record: SessionRecord) -> None:
        """A session is over. Unknown ones are ignored."""

    @abc.abstractmethod
    async def find(self, session_id: str) -> SessionRecord | None:
        """The session of that id, on whichever node."""

    @abc.abstractmethod
    async def sessions(self) -> list[SessionRecord]:
        """The sessions of all nodes, oldest first."""

    @abc.abstractmethod
    async def request_close(self, session_id: str) -> bool:
        """Have the node that runs a session close it. False if there is no such session."""
