"""An agent in a simulated call, made of the parts that a test names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

Calling = Callable[..., CallStage]


@pytest.fixture(scope="session")
def calling() -> Calling:
    """``async with calling(llm=..., vad=...) as call:`` a call with an agent that has these parts."""

    def calling(**parts: Any) -> CallStage:
        def create_agent(*, edge: EdgeTransport) -> Agent:
            return Agent(edge=edge, agent_user=User(id="agent", name="Agent"), **parts)

        return CallStage(agent=create_agent, name="test")

    return calling


@pytest.fixture(scope="session")
def said() -> Callable[[Stage], list[tuple[str, str]]]:
    """The conversation so far: who said what."""

    def said(call: Stage) -> list[tuple[str, str]]:
        assert call.conversation is not None
        return [(message.role, message.content) for message in call.conversation.messages]

    return said


@pytest.fixture(scope="session")
def turns() -> Callable[[Stage], list[tuple[str, bool]]]:
    """The agent's turns so far: what was heard of each, and whether it was interrupted.

    Fails if a turn has not exactly one end.
    """

    def turns(call: Stage) -> list[tuple[str, bool]]:
        began = [record.data["epoch"] for record in call.trace.select(kind="agent.turn_started")]
        ended = call.trace.select(kind="agent.turn_ended")
        assert [record.data["epoch"] for record in ended] == began[: len(ended)]
        assert len(set(began)) == len(began) <= len(ended) + 1
        return [(record.data["heard_text"], record.data["interrupted"]) for record in ended]

    return turns
