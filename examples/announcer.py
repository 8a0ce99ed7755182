"""An agent without ears for words: it makes an announcement, and stops as soon as somebody speaks up.

It has a voice-activity detector and a voice, but no speech to text and no model. What it says is its own.
"""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.plugins import silero
from simulator.providers import ScriptedTTS

ANNOUNCEMENT = (
    "Good evening, and welcome aboard the night ferry to the islands. Dinner is served on the upper deck until ten. "
    "The bar next to it stays open until midnight. We expect a calm crossing and shall arrive at seven in the morning."
)


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the announcer, to speak on ``edge``. ``parts`` replace its tts, vad and so on."""
    scripted: dict[str, Any] = {"tts": ScriptedTTS(), "vad": silero.VAD()}
    return Agent(edge=edge, agent_user=User(name="Announcer", id="announcer"), **(scripted | parts))


async def join_call(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
    """Make the announcement to the first person who comes, and stay until the call ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.say(ANNOUNCEMENT)
        await agent.finish()
