"""The registry of a single process."""

from __future__ import annotations

from agentkit.core.agents.sessions.limits import SessionLimits
from agentkit.core.agents.sessions.record import SessionRecord
from agentkit.core.agents.sessions.registry import SessionNode, SessionRegistry


class InMemorySessionRegistry(SessionRegistry):
    """Knows the sessions of the launchers of one process that share it; usually there is one."""

    def __init__(self) -> None:
        self._nodes: dict[str, SessionNode] = {}
        self._claimed: dict[str, SessionRecord] = {}

    async def join(self, node: SessionNode) -> None:
        self._nodes[node.node_id] = node

    async def leave(self, node_id: str) -> None:
        self._nodes.pop(node_id, None)
        self._claimed = {id_: record for id_, record in self._claimed.items() if record.node != node_id}

    async def claim(self, record: SessionRecord, limits: SessionLimits) -> None:
        limits.check(record, self._claimed.values())
        self._claimed[record.id] = record

    async def release(self, record: SessionRecord) -> None:
        self._claimed.pop(record.id, None)

    async def find(self, session_id: str) -> SessionRecord | None:
        return next((record for record in await self.sessions() if record.id == session_id), None)

    async def sessions(self) -> list[SessionRecord]:
        live = {record.id: record for node in self._nodes.values() for record in node.records()}
        return [live.get(id_, record) for id_, record in self._claimed.items()]

    async def request_close(self, session_id: str) -> bool:
        record = self._claimed.get(session_id)
        if record is None or (node := self._nodes.get(record.node)) is None:
            return False
        node.close_requested(session_id)
        return True
