"""An agent that speaks first: a notice that nobody can cut short, then a greeting in the model's own words.

`Agent.say` speaks a text as it is, `Agent.simple_response` asks the model for one; both return when it was heard.
"""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from examples import concierge
from simulator.providers import ScriptedLLM

NOTICE = "Welcome to the Hotel of Cards. Please note that this call is recorded to improve our service."
GREETING = "Greet the caller."

ANSWERS = {GREETING: "Good evening, what may I do for you?"} | concierge.ANSWERS


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the receptionist, to answer on ``edge``. ``parts`` replace its llm, stt, tts, vad and so on."""
    model = ScriptedLLM(rules=ANSWERS, default=concierge.DEFAULT)
    return await concierge.create_agent(edge=edge, **({"llm": model} | parts))


async def join_call(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
    """Give notice to the first person who comes, greet them, and answer until the call ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.say(NOTICE, interruptible=False)
        await agent.simple_response(GREETING)
        await agent.finish()
