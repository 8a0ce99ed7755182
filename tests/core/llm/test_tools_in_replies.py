"""Functions in replies that may not be wanted, that take their time, and in those of a realtime model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agentkit.core.agents import Agent
from agentkit.core.edge import EdgeTransport, User
from agentkit.core.llm.functions import OnInterrupt
from simulator.clock import run
from simulator.providers import (
    Calls,
    ScriptedLLM,
    ScriptedRealtime,
    ScriptedSTT,
    ScriptedTTS,
    ScriptedTurnDetector,
)
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage
from simulator.trace import Record


def play(llm: ScriptedLLM, script: Callable[[Stage], Awaitable[None]], **parts: Any) -> list[Record]:
    def create_agent(*, edge: EdgeTransport) -> Agent:
        user = User(name="Desk", id="desk")
        return Agent(edge=edge, agent_user=user, llm=llm, stt=ScriptedSTT(), tts=ScriptedTTS(), **parts)

    async def main() -> list[Record]:
        async with CallStage(agent=create_agent) as call:
            await script(call)
        return list(call.trace.records)

    return run(main())


@pytest.mark.parametrize(("on_interrupt", "early"), [("cancel", True), ("finish", False), ("wait", False)])
def test_an_eager_reply_does_nothing_that_cannot_be_taken_back(
    on_interrupt: OnInterrupt, early: bool
) -> None:
    """The agent thinks twice that Alice has finished, and is wrong the first time."""
    llm = ScriptedLLM(default=Calls(("book", {}), then="It is booked."), first_token=0.1)
    llm.register_function(name="book", on_interrupt=on_interrupt)(lambda: "number 7")

    async def script(call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("okay.wav")
        await call.wait(1.6)
        await alice.says("seven-of-clubs.wav")
        await call.agent.says("It is booked.", within=10)

    records = play(llm, script, turn_detection=ScriptedTurnDetector(final_s=2.5, eager_s=1.0))
    eager, confirmed = (r for r in records if r.kind == "agent.reply_started")
    assert eager.data["eager"] is confirmed.data["eager"] is True
    (ended, *_) = (r.t_ns for r in records if r.kind == "agent.user_turn_ended" and not r.data["eager"])
    calls = [r.t_ns for r in records if r.kind == "llm.tool_start"]
    assert len(calls) == (2 if early else 1)
    assert (min(calls) < ended) is early


def test_a_function_may_take_longer_than_the_model_may_be_silent() -> None:
    llm = ScriptedLLM(default=Calls(("book", {}), first="One moment.", then="It is booked."))

    @llm.register_function(timeout_s=60)
    async def book() -> str:
        await asyncio.sleep(45)
        return "number 7"

    async def script(call: Stage) -> None:
        await (await call.join("alice")).says("okay.wav")
        await call.agent.says("*It is booked.", within=60)

    records = play(llm, script)
    assert not [r for r in records if r.kind.endswith("error")]


def test_an_interruption_cancels_what_a_realtime_model_only_looks_up() -> None:
    async def main() -> list[str]:
        model = ScriptedRealtime()

        @model.register_function(on_interrupt="cancel")
        async def look_up() -> str:
            await asyncio.sleep(5)
            return "found"

        @model.register_function()
        async def book() -> str:
            await asyncio.sleep(5)
            return "booked"

        calls = asyncio.ensure_future(model._execute_tools([{"name": "look_up"}, {"name": "book"}]))
        await asyncio.sleep(1)
        await model.interrupt()
        return [str(result) for result in await calls]

    assert run(main()) == ["Error: the user interrupted", "booked"]
