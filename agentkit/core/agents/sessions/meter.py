"""Measuring one session: the events of its agent, counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agentkit.core.agents.events import AgentTurnEnded, AgentTurnStarted, UserTurnEnded
from agentkit.core.agents.sessions.record import SessionMetrics
from agentkit.core.events import BaseEvent, ErrorEvent

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent


class SessionMeter:
    """Counts what an agent's events say, and keeps its clocks readable after it has left."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._launched_at = self._loop.time()
        self._agent: Agent | None = None
        self._frozen: SessionMetrics | None = None
        self._user_turns = 0
        self._agent_turns = 0
        self._interruptions = 0
        self._errors = 0
        self._heard_ms = 0.0
        self._waiting_since: float | None = None
        self._latencies = 0
        self._latency_sum_s = 0.0

    def attach(self, agent: Agent) -> None:
        """Count what ``agent`` does from now on."""
        self._agent = agent
        agent.events.tap(self._count, UserTurnEnded, AgentTurnStarted, AgentTurnEnded, ErrorEvent)

    def read(self) -> SessionMetrics:
        """The measurements of this moment; after `stop`, those of that one."""
        if self._frozen is not None:
            return self._frozen
        latency_s = self._latency_sum_s / self._latencies if self._latencies else None
        return SessionMetrics(
            duration_s=self._loop.time() - self._launched_at,
            on_call_s=self._agent.on_call_for() if self._agent is not None else 0.0,
            idle_s=self._agent.idle_for() if self._agent is not None else 0.0,
            user_turns=self._user_turns,
            agent_turns=self._agent_turns,
            interruptions=self._interruptions,
            errors=self._errors,
            agent_speech_s=self._heard_ms / 1000,
            response_latency_ms=None if latency_s is None else 1000 * latency_s,
        )

    def stop(self) -> None:
        """Let the session be measured no further."""
        self._frozen = self.read()

    def _count(self, event: BaseEvent) -> None:
        if isinstance(event, UserTurnEnded):
            if not event.eager:
                self._user_turns += 1
                self._waiting_since = self._loop.time()
        elif isinstance(event, AgentTurnStarted):
            if self._waiting_since is not None:
                self._latencies += 1
                self._latency_sum_s += self._loop.time() - self._waiting_since
                self._waiting_since = None
        elif isinstance(event, AgentTurnEnded):
            self._agent_turns += 1
            self._interruptions += event.interrupted
            self._heard_ms += event.heard_ms
        else:
            self._errors += 1
