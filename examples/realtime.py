"""The concierge with a realtime model: one that hears and speaks by itself, in place of STT, LLM and TTS.

The model is a scripted one, so that it needs no key and says the same every time; a real one goes in its place. A
voice-activity detector beside it lets the agent fall silent by itself, without waiting for the model to notice.
The agents below are the same with one thing changed, which their docstrings say.
"""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.plugins import silero
from examples import concierge
from simulator.providers import ScriptedRealtime, ScriptedSTT

GREETING = "Greet the caller."

ANSWERS = {GREETING: "Good evening, what may I do for you?"} | concierge.ANSWERS


def model(**options: Any) -> ScriptedRealtime:
    """A model that knows what the concierge knows."""
    return ScriptedRealtime(rules=ANSWERS, default=concierge.DEFAULT, **options)


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the concierge, to answer on ``edge``. ``parts`` replace its llm and vad, or add an stt or tts."""
    ready: dict[str, Any] = {"llm": model(), "vad": silero.VAD()}
    user = User(name="Concierge", id="concierge")
    return Agent(edge=edge, agent_user=user, instructions=concierge.INSTRUCTIONS, **(ready | parts))


async def join_call(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
    """Join the call and let the model answer until it ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.finish()


async def slow_to_stop(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A model that takes five seconds to stop when it is told to, and sends its answer hardly faster than it plays."""
    slow = model(stop_latency=5.0, realtime_factor=1.5, late_transcript=True)
    return await create_agent(edge=edge, **({"llm": slow} | parts))


async def unstoppable(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A model that goes on to the end of its answer, whatever it is told."""
    return await create_agent(edge=edge, **({"llm": model(ignores_interrupt=True)} | parts))


async def unnamed(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A model that does not say which response its sound belongs to, and takes a moment to stop."""
    return await create_agent(edge=edge, **({"llm": model(response_ids=False, stop_latency=0.3)} | parts))


async def tells_turns(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """No detector of its own: the model says when people speak."""
    return await create_agent(edge=edge, **({"llm": model(turn_events=True), "vad": None} | parts))


async def with_words(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """An STT beside the model, so that it knows in time whether a voice says anything."""
    return await create_agent(edge=edge, **({"stt": ScriptedSTT()} | parts))


async def hasty(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A model that takes every pause of a tenth of a second for the end of a turn."""
    return await create_agent(edge=edge, **({"llm": model(endpointing_s=0.1, first_audio=0.1)} | parts))


async def disconnected(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A model whose connection is reset after two seconds of its first answer."""
    return await create_agent(edge=edge, **({"llm": model(disconnects_after_s=2.0)} | parts))
