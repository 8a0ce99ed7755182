"""Measuring one session: the events of its agent, counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from agentkit.core.agents.events import UserTurnEnded
from agentkit.core.agents.sessions.record import SessionMetrics
from agentkit.core.events import BaseEvent
from agentkit.core.observability.figures import COUNTS, HEARD, Figures

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent


class SessionMeter:
    """Counts what an agent's events say, and keeps its clocks readable after it has left."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._launched_at = self._loop.time()
        self._agent: Agent | None = None
        self._figures = Figures()
        self._user_turns = 0
        self._number: Counter[str] = Counter()
        self._sum: dict[str, float] = {}
        self._last: SessionMetrics | None = None

    def attach(self, agent: Agent) -> None:
        """Count what ``agent`` does from now on."""
        self._agent = agent
        agent.events.tap(self._count, *self._figures.events)

    def read(self) -> SessionMetrics:
        """The measurements of this moment; after `stop`, those of that one."""
        if self._last is not None:
            return self._last
        figures: dict[str, Any] = {name: round(self._sum.get(name, 0)) for name in COUNTS}
        figures |= {name: self._mean(name) for name in SessionMetrics.means()}
        return SessionMetrics(
            duration_s=self._loop.time() - self._launched_at,
            on_call_s=self._agent.on_call_for() if self._agent is not None else 0.0,
            idle_s=self._agent.idle_for() if self._agent is not None else 0.0,
            user_turns=self._user_turns,
            agent_speech_s=self._sum.get(HEARD, 0.0) / 1000,
            **figures,
        )

    def stop(self) -> None:
        """Let the session be measured no further."""
        self._last = self.read()

    def _count(self, event: BaseEvent) -> None:
        if isinstance(event, UserTurnEnded) and not event.eager:
            self._user_turns += 1
        for figure in self._figures.of(event):
            self._number[figure.name] += 1
            self._sum[figure.name] = self._sum.get(figure.name, 0.0) + figure.value

    def _mean(self, name: str) -> float | None:
        return self._sum[name] / self._number[name] if self._number[name] else None
