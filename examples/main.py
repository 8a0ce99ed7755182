"""The quick start: an agent that greets whoever comes. ``python examples/main.py run``.

Everything about it is simulated, so it needs no key: the edge makes a call of its own, which a recorded guest visits,
and the model answers from rules. Put a real edge and real providers in their places, and the rest stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.core import Agent, AgentLauncher, Runner, User
from agentkit.plugins import silero
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

ANSWERS: dict[str | re.Pattern[str], str] = {
    "Greet the user": "Hello! I'm your assistant. What can I do for you?",
    "*queen of clubs*": "The Queen of Clubs is a good card. It beats the Jack.",
}


async def create_agent(**kwargs: Any) -> Agent:
    """Make an agent; each call has one of its own."""
    return Agent(
        edge=SimulatedEdge(),
        agent_user=User(name="Assistant", id="agent"),
        instructions="You're a helpful voice assistant. Be concise.",
        llm=ScriptedLLM(rules=ANSWERS, default="I'm sorry, I only know about cards."),
        stt=ScriptedSTT(),
        tts=ScriptedTTS(),
        vad=silero.VAD(),
    )


async def join_call(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
    """Greet the first one who comes, and answer until the call ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.simple_response("Greet the user")
        await agent.finish()


if __name__ == "__main__":
    Runner(AgentLauncher(create_agent=create_agent, join_call=join_call)).cli()
