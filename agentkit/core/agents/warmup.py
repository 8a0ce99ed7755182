"""Getting ready what all agents of a process share, before the first call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent


@runtime_checkable
class Warmable(Protocol):
    """A component with something heavy that all its instances in a process share, such as a model.

    ``warmup`` gets it ready and keeps it where later instances find it. It is called on a component that will not be
    used in a call.
    """

    async def warmup(self) -> None: ...


async def warm_up(agent: Agent) -> None:
    """Get ready, all at once, whatever of ``agent`` is `Warmable`. Raises what went wrong, when all are through."""
    ears = (agent.audio_filter, agent.vad, agent.stt, agent.turn_detection)
    parts: tuple[object, ...] = (agent.edge, *ears, agent.llm, agent.tts, *agent.processors)
    warmable = [part for part in parts if isinstance(part, Warmable)]
    for outcome in await asyncio.gather(*(part.warmup() for part in warmable), return_exceptions=True):
        if outcome is not None:
            raise outcome
