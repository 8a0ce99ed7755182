"""``run``: one agent in one call, told in the terminal. In virtual time, with the quick start's agent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.core import Agent, AgentLauncher, User
from agentkit.core.edge import Call
from agentkit.core.runner.attend import attend
from examples import main as quick_start
from simulator.edge.transport import SimulatedEdge
from tests.core.runner.conftest import create_agent, join_call

pytestmark = pytest.mark.virtual


def quick_start_launcher() -> AgentLauncher:
    return AgentLauncher(create_agent=quick_start.create_agent, join_call=quick_start.join_call)


async def test_it_tells_how_to_join_and_what_is_said_until_the_agent_is_alone() -> None:
    said: list[str] = []
    await attend(quick_start_launcher(), "default", "abc", demo=True, say=said.append)
    assert said == [
        "Assistant is in call default/abc",
        "join link: simulated:default/abc",
        "Assistant: Hello! I'm your assistant. What can I do for you?",
        "guest: Queen of clubs.",
        "Assistant: The Queen of Clubs is a good card. It beats the Jack.",
        "everyone has left; waiting 60 s for someone to come; Ctrl-C ends the call",
        "left: nobody else was there any more",
    ]


async def test_without_the_demo_nobody_is_invited() -> None:
    said: list[str] = []
    await attend(quick_start_launcher(), "default", "abc", demo=False, say=said.append)
    assert not any(line.startswith("guest") for line in said)


async def test_an_agent_that_is_interrupted_leaves_at_once() -> None:
    said: list[str] = []
    launcher = quick_start_launcher()
    attending = asyncio.ensure_future(attend(launcher, "default", None, demo=True, say=said.append))
    await asyncio.sleep(3)
    (session,) = launcher.sessions
    before = asyncio.get_running_loop().time()
    attending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attending
    assert asyncio.get_running_loop().time() - before < 3
    assert session.end_reason == "stopped"
    assert said[-1].startswith("Assistant: Hello!")
    assert said[-1].endswith(" ...")


async def test_an_edge_without_links_and_pages_is_told_by_its_call() -> None:
    class Plain(SimulatedEdge):
        join_link = None  # type: ignore[assignment]

        async def open_demo(self, *args: Any, **kwargs: Any) -> None:
            raise NotImplementedError

    said: list[str] = []
    launcher = AgentLauncher(lambda: Agent(edge=Plain(), agent_user=User(id="agent")), join_call)
    await attend(launcher, "support", "abc", demo=True, say=said.append)
    assert said[0] == "agent is in call support/abc"
    assert "call type 'support', call id 'abc'" in said[1]
    assert len(said) == 3


async def test_a_demo_that_does_not_open_does_not_end_the_call() -> None:
    class NoBrowser(SimulatedEdge):
        async def open_demo(self, *args: Any, **kwargs: Any) -> None:
            raise OSError("no browser here")

    said: list[str] = []
    launcher = AgentLauncher(lambda: Agent(edge=NoBrowser(), agent_user=User(id="agent")), join_call)
    await attend(launcher, "default", "abc", demo=True, say=said.append)
    assert "no browser here" in said[2]
    assert said[3] == "left: nobody else was there any more"


async def test_what_keeps_an_agent_from_joining_is_raised() -> None:
    class Unreachable(SimulatedEdge):
        async def create_call(self, call_id: str, **kwargs: Any) -> Call:
            raise PermissionError("the API key is wrong")

    launcher = AgentLauncher(lambda: Agent(edge=Unreachable(), agent_user=User(id="agent")), join_call)
    with pytest.raises(PermissionError, match="API key"):
        await attend(launcher, "default", "abc", demo=True, say=lambda line: None)


async def test_an_agent_that_cannot_be_made_is_told_before_anything_else() -> None:
    def create() -> Agent:
        raise FileNotFoundError("instructions.md")

    said: list[str] = []
    with pytest.raises(FileNotFoundError, match=r"instructions\.md"):
        await attend(AgentLauncher(create, join_call), "default", None, demo=True, say=said.append)
    assert said == []


async def test_an_agent_without_a_name_is_told_by_its_id() -> None:
    said: list[str] = []
    await attend(AgentLauncher(create_agent, join_call), "default", "abc", demo=False, say=said.append)
    assert said[0] == "agent is in call default/abc"
