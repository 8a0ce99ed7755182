"""A simulated edge outside of a scenario: it makes its call itself, and a recorded guest may visit."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.core import Agent, User
from agentkit.core.agents.events import AgentTurnEnded, UserTurnEnded
from agentkit.core.edge import Call
from agentkit.plugins import silero
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS
from simulator.trace.trace import Trace


def make_agent(edge: SimulatedEdge) -> Agent:
    return Agent(
        edge=edge,
        agent_user=User(name="Assistant", id="agent"),
        llm=ScriptedLLM(
            rules={"*queen*": "It is free tonight."}, default="Hello there. What can I do for you?"
        ),
        stt=ScriptedSTT(),
        tts=ScriptedTTS(),
        vad=silero.VAD(),
    )


@pytest.mark.virtual
async def test_a_guest_hears_the_greeting_asks_something_hears_the_answer_and_goes() -> None:
    agent = make_agent(SimulatedEdge())
    said: list[str] = []
    agent.events.tap(lambda event: said.append(f"guest: {event.text}"), UserTurnEnded)
    agent.events.tap(lambda event: said.append(f"agent: {event.heard_text}"), AgentTurnEnded)
    call = await agent.create_call("default", "demo")
    await agent.edge.open_demo(call)
    async with agent.join(call):
        await agent.simple_response("Greet the user")
        await asyncio.sleep(30)
        assert agent.idle_for() > 10
    assert said == [
        "agent: Hello there. What can I do for you?",
        "guest: Queen of clubs.",
        "agent: It is free tonight.",
    ]


@pytest.mark.virtual
async def test_a_guest_asks_also_when_nobody_greets_them() -> None:
    agent = make_agent(SimulatedEdge())
    call = await agent.create_call("default", "demo")
    await agent.edge.open_demo(call)
    heard = asyncio.get_running_loop().create_future()
    agent.events.tap(lambda event: heard.set_result(event.text), UserTurnEnded)
    async with agent.join(call):
        assert await asyncio.wait_for(heard, 20) == "Queen of clubs."


@pytest.mark.virtual
async def test_an_agent_may_leave_while_the_guest_is_speaking() -> None:
    edge = SimulatedEdge()
    agent = make_agent(edge)
    call = await agent.create_call("default", "demo")
    await agent.edge.open_demo(call)
    async with agent.join(call):
        await edge.call.trace.wait_for(lambda record: record.kind == "says")
    assert edge.call.ended


@pytest.mark.virtual
async def test_one_edge_serves_one_agent_after_another() -> None:
    edge = SimulatedEdge()
    for call_id in ("first", "second"):
        agent = make_agent(edge)
        async with agent.join(await agent.create_call("default", call_id), participant_wait_timeout=0):
            edge.call.person("alice").join()
            await agent.wait_for_participant(1)


@pytest.mark.virtual
async def test_nobody_comes_by_themselves_into_a_call_that_has_a_script() -> None:
    call = SimulatedCall(trace=Trace(lambda: 0))
    edge = SimulatedEdge(call)
    await edge.open_demo(Call(id="simulated"))
    await asyncio.sleep(1)
    assert not call.people
    await call.close()


async def test_an_edge_that_is_never_used_leaves_nothing() -> None:
    await SimulatedEdge().close()
    assert len(asyncio.all_tasks()) == 1
