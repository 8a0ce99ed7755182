"""The concierge with providers as unsteady as real ones: every delay is drawn, and drawn alike for the same seed."""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from examples import concierge
from simulator.providers import LogNormal, ScriptedLLM, ScriptedSTT, ScriptedTTS


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the concierge, to answer on ``edge``. ``parts`` replace its llm, stt, tts, vad and so on."""
    unsteady: dict[str, Any] = {
        "llm": ScriptedLLM(
            rules=concierge.ANSWERS,
            default=concierge.DEFAULT,
            first_token=LogNormal(0.35, 0.4, "llm.first_token"),
            per_token=LogNormal(0.02, 0.5, "llm.per_token"),
        ),
        "stt": ScriptedSTT(
            partial_latency=LogNormal(0.12, 0.3, "stt.partial"),
            final_latency=LogNormal(0.15, 0.3, "stt.final"),
        ),
        "tts": ScriptedTTS(first_audio=LogNormal(0.2, 0.4, "tts.first_audio")),
    }
    return await concierge.create_agent(edge=edge, **(unsteady | parts))
