"""The snippets of "Stream Video RTC", in its order, on an edge that stands in for Stream's."""

from __future__ import annotations

import asyncio
import os
import runpy
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agentkit.core import Agent, AgentLauncher
from agentkit.core.agents.chat import ChatConversation
from agentkit.core.agents.conversation import Conversation
from agentkit.core.agents.markdown import pieces
from agentkit.core.edge.events import ParticipantJoinedEvent, ParticipantLeftEvent
from agentkit.core.events import BaseEvent
from agentkit.core.runner.attend import attend
from agentkit.plugins import getstream
from agentkit.plugins.getstream import (
    CallRecordingStartedEvent,
    CallSessionParticipantJoinedEvent,
    CallTranscriptionReadyEvent,
)
from simulator.providers import ScriptedLLM, ScriptedTTS
from simulator.scenario.playing.call_stage import CallStage

HERE = Path(__file__).parent
QUICK_START = HERE / "quick_start" / "main.py"
GREETING = "Hello! What can I do for you?"


@pytest.fixture
def quick_start() -> SimpleNamespace:
    """The functions of the Quick Start. What it has loaded from .env is forgotten."""
    environment = set(os.environ)
    functions = SimpleNamespace(**runpy.run_path(str(QUICK_START)))
    for name in set(os.environ) - environment:
        del os.environ[name]
    return functions


# -- Quick Start ----------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_the_quick_start_says_how_to_join_greets_whoever_comes_and_answers(
    quick_start: SimpleNamespace,
) -> None:
    said: list[str] = []
    launcher = AgentLauncher(create_agent=quick_start.create_agent, join_call=quick_start.join_call)
    await attend(launcher, "default", "abc", demo=True, say=said.append)
    assert said[:2] == ["Assistant is in call default/abc", "join link: simulated:default/abc"]
    assert [line for line in said[2:] if line.startswith("Assistant: ")] == [
        f"Assistant: {GREETING}",
        "Assistant: The Queen of Clubs is a good card.",
    ]
    assert said[-1].startswith("left: ")


@pytest.mark.virtual
async def test_the_agent_of_the_quick_start_answers_a_simulated_caller(quick_start: SimpleNamespace) -> None:
    async with CallStage(agent=quick_start.create_agent) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says("The Queen of Clubs is a good card.", within=6)


async def test_the_quick_start_runs_from_the_command_line() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", QUICK_START.name, "run", "--call-id", "abc"),
        cwd=QUICK_START.parent,
        env=os.environ | {"PYTHONPATH": str(HERE / "fakes")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        async with asyncio.timeout(60):
            async for line in process.stdout:
                printed.append(line.decode().rstrip())
                if printed[-1] == f"Assistant: {GREETING}":
                    process.send_signal(signal.SIGINT)
            assert await process.wait() == 0, printed
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert printed == [
        "Assistant is in call default/abc",
        "join link: simulated:default/abc",
        f"Assistant: {GREETING}",
    ]


# -- Conversation Persistence ---------------------------------------------------------------------------------------


def test_a_conversation_can_be_kept_in_a_chat_in_pieces_that_break_no_code_block() -> None:
    assert issubclass(ChatConversation, Conversation)
    code = "```python\n" + "print('a line of code')\n" * 30 + "```"
    text = "\n\n".join([*(["A paragraph of prose. " * 20] * 4), code, "The end."])
    chunks = pieces(text)
    assert len(chunks) > 2
    assert all(len(chunk) <= 1100 for chunk in chunks)
    assert all(chunk.count("```") % 2 == 0 for chunk in chunks)


# -- Custom Events --------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_every_participant_is_sent_what_a_function_returned(calling: Any) -> None:
    async with calling() as call:
        agent = call.the_agent

        await agent.edge.send_custom_event(
            {
                "type": "tool_result",
                "tool": "search_orders",
                "result": {"order_id": "1234", "status": "shipped"},
            }
        )

        (sent,) = call.trace.select(kind="custom_event")
        assert sent.data["data"]["result"] == {"order_id": "1234", "status": "shipped"}


# -- Opening a Demo -------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_a_demo_brings_a_guest_into_the_call(quick_start: SimpleNamespace) -> None:
    agent: Agent = await quick_start.create_agent()
    call = await agent.create_call("default", "abc")
    guests: list[str] = []
    agent.edge.events.tap(lambda event: guests.append(event.participant.id), ParticipantJoinedEvent)
    agent.edge.events.tap(lambda event: agent.edge.call.end(), ParticipantLeftEvent)

    async with agent.join(call, participant_wait_timeout=0):
        await agent.edge.open_demo(call)
        await agent.finish()

    assert guests == ["guest"]


# -- Platform Events ------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_events_of_the_platform_come_by_the_agents_event_bus(
    calling: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with calling(llm=ScriptedLLM(default="Yes."), tts=ScriptedTTS()) as call:
        agent = call.the_agent

        @agent.events.subscribe
        async def on_recording(event: CallRecordingStartedEvent):
            print("Recording started:", event)

        others: list[BaseEvent] = []

        @agent.events.subscribe
        async def on_anything_else(event: CallTranscriptionReadyEvent | CallSessionParticipantJoinedEvent):
            others.append(event)

        call.edge.events.send(
            CallRecordingStartedEvent(), CallTranscriptionReadyEvent(), CallSessionParticipantJoinedEvent()
        )
        await agent.events.wait()
    assert capsys.readouterr().out.startswith("Recording started: CallRecordingStartedEvent(")
    assert len(others) == 2
    assert CallRecordingStartedEvent in getstream.Edge().events.registered.values()
