"""What an agent cannot do for want of a part. Such agents are welcome; where something fails, it may be why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.trace import Record
from simulator.trace.story import Moment

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

_WITHOUT = {"tts": "cannot speak", "llm": "cannot answer", "stt": "understands nobody"}


def what_it_lacks(agent: Agent) -> list[str]:
    """``the agent has no tts, so it cannot speak``: a sentence for each part that is missing."""
    from agentkit.core.llm import Realtime

    if isinstance(agent.llm, Realtime):
        return []
    return [
        f"the agent has no {part}, so it {cannot}"
        for part, cannot in _WITHOUT.items()
        if getattr(agent, part) is None
    ]


def as_told(agent: Agent, records: Iterable[Record]) -> list[Moment]:
    """The same for the story of a call: where the agent joined it."""
    joined_ns = next((record.at_ns for record in records if record.kind == "agent.joined"), 0)
    return [Moment(joined_ns, sentence) for sentence in what_it_lacks(agent)]
