"""A conversation in text, as the author of an agent tests with it."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentkit.core import Agent, User
from agentkit.core.agents.spoken_reply import ReplyLimits
from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLM, LLMResponseEvent, ToolStartEvent
from agentkit.core.mcp import MCPServerLocal
from agentkit.core.processors import Processor
from agentkit.core.testing import AgentMessage, FunctionCall, FunctionResult, TextSession, Turn
from examples import concierge, receptionist
from simulator.edge.transport import SimulatedEdge
from simulator.providers import Calls, Hang, ScriptedLLM, ScriptedRealtime, Then

ROOM = Calls(("find_room", {"people": 2}), first="One moment.", then="It is {result}.")


def desk(*answers: Any, **options: Any) -> ScriptedLLM:
    """A model that can look up rooms, which takes it a second."""
    llm = ScriptedLLM(list(answers), **options)

    @llm.register_function()
    async def find_room(people: int) -> str:
        """Find a free room."""
        await asyncio.sleep(1)
        return f"room {people}0{people}"

    return llm


def agent_with(llm: LLM | None, **options: Any) -> Agent:
    return Agent(edge=SimulatedEdge(), agent_user=User(id="desk"), llm=llm, **options)


def story(turn: Turn) -> list[str]:
    return str(turn).splitlines()


@pytest.mark.virtual
async def test_a_turn_tells_what_was_said_called_and_returned_in_order() -> None:
    async with TextSession(desk(ROOM, first_token=0.5, per_token=0.0)) as session:
        turn = await session.user_says("A room for two, please.")

    assert turn.text == "One moment.\nIt is room 202."
    assert turn.duration == pytest.approx(2.0)
    assert turn.failure is None
    said, call, result, then = turn.events
    assert said == AgentMessage("One moment.")
    assert isinstance(call, FunctionCall)
    assert (call.name, call.arguments) == ("find_room", {"people": 2})
    assert result == FunctionResult(call, "room 202")
    assert then == AgentMessage("It is room 202.")
    assert story(turn) == [
        'user    "A room for two, please."',
        'agent   "One moment."',
        "call    find_room(people=2)",
        "result  find_room: 'room 202'",
        'agent   "It is room 202."',
    ]


@pytest.mark.virtual
async def test_the_conversation_goes_on_from_turn_to_turn() -> None:
    llm = desk("Hello, Ann.", "You are Ann.")
    async with TextSession(llm, "Be kind.") as session:
        first = await session.user_says("I am Ann.", who="ann")
        second = await session.user_says("Who am I?", who="ann")
        kept = [(m.role, m.content, m.user_id, m.complete) for m in session.conversation.messages]

    assert llm.requests[-1].messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "I am Ann."},
        {"role": "assistant", "content": "Hello, Ann."},
        {"role": "user", "content": "Who am I?"},
    ]
    assert kept[1:3] == [("assistant", "Hello, Ann.", "", True), ("user", "Who am I?", "ann", True)]
    assert (first.before, [m.content for m in second.before]) == ((), ["I am Ann.", "Hello, Ann."])


@pytest.mark.virtual
async def test_what_was_said_before_the_test_can_be_told_to_the_session() -> None:
    llm = desk("As I said: seven.")
    async with TextSession(llm) as session:
        session.conversation.add("assistant", "Breakfast is at seven.")
        await session.user_says("When?")
    assert llm.requests[0].messages[0] == {"role": "assistant", "content": "Breakfast is at seven."}


async def test_a_session_runs_on_an_ordinary_loop() -> None:
    async with TextSession(desk(ROOM, first_token=0.0, per_token=0.0)) as session:
        session.mock_tool("find_room", returns="room 7")
        turn = await session.user_says("A room for two, please.")
    turn.expects.function_called("find_room").message(containing="room 7")
    assert 0 <= turn.duration < 5


# -- agents --------------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_an_agent_answers_with_its_own_model_and_instructions() -> None:
    agent = await concierge.create_agent(edge=SimulatedEdge())
    async with TextSession(agent) as session:
        turn = await session.user_says("Is the Queen of Clubs free?")
        assert agent.conversation is session.conversation
        assert isinstance(agent.llm, ScriptedLLM)
        assert agent.llm.requests[0].messages[0]["content"] == concierge.INSTRUCTIONS
    turn.expects.message(containing="it is free tonight").nothing_else()
    assert agent.llm.closed


@pytest.mark.virtual
async def test_an_agent_can_be_made_to_speak_first() -> None:
    agent = await receptionist.create_agent(edge=SimulatedEdge())
    async with TextSession(agent) as session:
        turn = await session.simple_response(receptionist.GREETING)
        assert [message.role for message in session.conversation.messages] == ["assistant"]
    assert story(turn) == ['prompt  "Greet the caller."', 'agent   "Good evening, what may I do for you?"']


@pytest.mark.virtual
async def test_handlers_of_the_agents_events_hear_of_functions() -> None:
    agent, heard = agent_with(desk(ROOM)), []

    @agent.events.subscribe
    async def on_tool(event: ToolStartEvent) -> None:
        heard.append((event.tool_name, event.participant.user_id))

    async with TextSession(agent) as session:
        await session.user_says("A room for two, please.", who="ann")
    assert heard == [("find_room", "ann")]


@pytest.mark.virtual
async def test_the_model_gets_the_processors_and_the_participant_as_in_a_call() -> None:
    class Clock(Processor):
        async def close(self) -> None:
            """Nothing to release."""

    class Model(LLM):
        given: Any = None

        async def simple_response(
            self,
            text: str,
            processors: Sequence[Processor] | None = None,
            participant: Participant | None = None,
        ) -> LLMResponseEvent:
            self.given = processors, participant
            return self._create_response_event("In one piece.")

    clock, llm = Clock(), Model()
    async with TextSession(agent_with(llm, processors=[clock])) as session:
        turn = await session.user_says("What time is it?", who="ann")
    assert llm.given == ([clock], Participant(None, user_id="ann", id="ann"))
    assert turn.events == (AgentMessage("In one piece."),)


async def test_an_agents_mcp_servers_are_there(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(
        textwrap.dedent("""
            import mcp.server

            desk = mcp.server.MCPServer("desk", log_level="ERROR")

            @desk.tool()
            async def find_room(people: int) -> str:
                "Find a free room."
                return f"room {people}"

            desk.run("stdio")
        """)
    )
    llm = ScriptedLLM([ROOM, ROOM], first_token=0.0, per_token=0.0)
    agent = agent_with(llm, mcp_servers=[MCPServerLocal(sys.executable, [str(server)])])
    async with TextSession(agent) as session:
        real = await session.user_says("A room for two, please.")
        session.mock_tool("find_room", returns="room 7")
        mocked = await session.user_says("And another.")
    real.expects.message(containing="room 2")
    mocked.expects.message(containing="room 7")


# -- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_a_model_that_fails_ends_the_turn_and_not_the_session() -> None:
    broken = Then("I have", ConnectionError("the line is dead"))
    async with TextSession(desk(broken, "Sorry about that.")) as session:
        turn = await session.user_says("A room, please.")
        after = await session.user_says("Hello?")

    assert story(turn)[1:] == [
        'agent    "I have"',
        "failure  ConnectionError: the line is dead (answering)",
    ]
    assert isinstance(turn.failure, ConnectionError)
    assert [message.content for message in after.before] == ["A room, please.", "I have"]
    after.expects.message(containing="sorry").nothing_else()


@pytest.mark.virtual
async def test_a_model_that_hangs_is_given_up_when_it_would_be_in_a_call() -> None:
    agent = agent_with(desk(Hang()), reply_limits=ReplyLimits(llm_s=3.0))
    async with TextSession(agent) as session:
        turn = await session.user_says("Hello?")
    assert turn.duration == pytest.approx(3.0)
    turn.expects.failure(containing="no text for 3 s").nothing_else()


@pytest.mark.virtual
async def test_a_model_is_not_given_up_while_its_function_works() -> None:
    agent = agent_with(desk(ROOM), reply_limits=ReplyLimits(llm_s=0.5))
    async with TextSession(agent) as session:
        session.mock_tool("find_room", calls=lambda people: asyncio.sleep(8, "room 7"))
        turn = await session.user_says("A room for two, please.")
    turn.expects.message(containing="room 7")


@pytest.mark.virtual
async def test_a_function_that_fails_is_a_result_and_not_a_failure() -> None:
    wrongly = Calls(("find_room", {"people": "many"}), ("find_rooms", {}), then="I cannot.")
    rightly = Calls(("find_room", {"people": 1}), then="I cannot.")
    async with TextSession(desk(wrongly, rightly)) as session:
        turn = await session.user_says("A room, please.")
        session.mock_tool("find_room", raises=RuntimeError("the book is locked"))
        locked = await session.user_says("A room, please.")

    unknown, wrong = [event for event in turn.events if isinstance(event, FunctionResult)]
    assert unknown.error == "there is no function 'find_rooms'; did you mean find_room?"
    assert wrong.error.startswith("invalid arguments for find_room: people: ")
    assert story(locked)[2] == "result  find_room failed: RuntimeError: the book is locked"
    locked.expects.function_called("find_room").message(containing="I cannot").nothing_else()


@pytest.mark.virtual
async def test_a_function_left_running_by_a_turn_is_told_of_in_the_next() -> None:
    llm = desk(ROOM, "Here I am.")
    async with TextSession(llm) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.8):
                await session.user_says("A room for two, please.")
        await asyncio.sleep(2)
        turn = await session.user_says("Hello?")
    assert story(turn) == ['user    "Hello?"', "result  find_room: 'room 202'", 'agent   "Here I am."']
    _, again = llm.requests
    assert [message["role"] for message in again.messages] == ["user", "assistant", "system", "user"]
    assert again.messages[2]["content"].endswith("the user interrupted. It returned: room 202")


@pytest.mark.virtual
async def test_a_session_does_not_interrupt_what_has_been_answered() -> None:
    llm = desk(ROOM, "Hello.")
    async with TextSession(llm) as session:
        await session.user_says("A room for two, please.")
    async with TextSession(llm) as session:
        await session.user_says("Hello?")
    assert llm.requests[-1].messages == [{"role": "user", "content": "Hello?"}]


@pytest.mark.virtual
async def test_one_turn_comes_after_the_other() -> None:
    async with TextSession(desk("Hello.", "Hello again.")) as session:
        first = asyncio.ensure_future(session.user_says("Hello!"))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="still answering; await its turn"):
            await session.user_says("Hello?")
        (await first).expects.message(containing="hello").nothing_else()


@pytest.mark.virtual
async def test_a_session_that_ends_in_the_middle_of_an_answer_leaves_nothing_running() -> None:
    async with TextSession(desk(ROOM)) as session:
        turn = asyncio.ensure_future(session.user_says("A room for two, please."))
        await asyncio.sleep(0.8)
    assert story(await turn)[1:] == ['agent  "One moment."', "call   find_room(people=2)"]


@pytest.mark.virtual
async def test_a_model_that_cannot_start_is_closed_again() -> None:
    class Locked(ScriptedLLM):
        async def start(self) -> None:
            raise PermissionError("the key was refused")

    llm = Locked()
    with pytest.raises(PermissionError, match="the key was refused"):
        async with TextSession(llm):
            pytest.fail("it has begun")
    assert llm.closed


@pytest.mark.virtual
async def test_a_model_that_cannot_be_closed_fails_the_test_unless_it_has_failed_already() -> None:
    class Stuck(ScriptedLLM):
        async def close(self) -> None:
            raise OSError("the door is stuck")

    with pytest.raises(OSError, match="the door is stuck") as caught:
        async with TextSession(Stuck()):
            pass
    assert caught.value.__notes__ == ["while closing the LLM"]
    with pytest.raises(ZeroDivisionError):
        async with TextSession(Stuck()):
            raise ZeroDivisionError


@pytest.mark.virtual
async def test_an_agent_is_in_one_session_once() -> None:
    agent = agent_with(desk("Hello."))
    async with TextSession(agent):
        pass
    with pytest.raises(RuntimeError, match="make an agent for each"):
        async with TextSession(agent):
            pytest.fail("it has begun")


@pytest.mark.virtual
async def test_a_session_is_used_inside_its_block() -> None:
    session = TextSession(desk("Hello."))
    with pytest.raises(RuntimeError, match="async with TextSession"):
        await session.user_says("Hello?")
    async with session:
        pass
    with pytest.raises(RuntimeError, match="async with TextSession"):
        session.mock_tool("find_room", returns=1)


@pytest.mark.virtual
async def test_what_has_no_model_that_takes_text_is_refused() -> None:
    for subject, told in (
        (ScriptedRealtime(), "ScriptedRealtime, which takes speech; test it in a simulated call"),
        (agent_with(None), "found an Agent with llm=None"),
        ("gpt", "expected an LLM, or an Agent that has one, found 'gpt'"),
    ):
        with pytest.raises(TypeError, match=told):
            TextSession(subject)  # type: ignore[arg-type]


def test_instructions_may_mention_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.md").write_text("Pets are welcome.")
    assert "Pets are welcome." in TextSession(ScriptedLLM(), "Follow @rules.md.").conversation.instructions
    llm = ScriptedLLM()
    llm.set_instructions("As it was told.")
    assert TextSession(llm).conversation.instructions == "As it was told."
