"""An agent's life in a call: joining it, being alone in it, leaving it, and doing any of that twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agentkit.core import Agent, User
from agentkit.core.agents.events import AgentFinishEvent, AgentJoinedEvent
from agentkit.core.edge.events import CallEndedEvent
from agentkit.core.events import BaseEvent
from agentkit.core.stt import STT
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS
from simulator.trace import Trace

pytestmark = pytest.mark.virtual


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest_asyncio.fixture
async def room() -> AsyncIterator[SimulatedCall]:
    """A call with nobody in it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    call = SimulatedCall(trace=Trace(lambda: round(1e9 * (loop.time() - began))))
    yield call
    await call.close()


def agent_for(room: SimulatedCall, **parts: Any) -> Agent:
    ready = {"llm": ScriptedLLM(default="Hello."), "stt": ScriptedSTT(), "tts": ScriptedTTS()}
    edge = parts.pop("edge", None) or SimulatedEdge(room)
    return Agent(edge=edge, agent_user=User(id="agent"), **(ready | parts))


# -- joining ------------------------------------------------------------------------------------------------------


async def test_a_join_is_undone_at_the_end_of_its_block(room: SimulatedCall) -> None:
    agent = agent_for(room)
    told: list[BaseEvent] = []
    agent.events.tap(told.append, AgentJoinedEvent, AgentFinishEvent)
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        assert [e.type for e in told] == ["agent.joined"]
        await asyncio.sleep(3)
        assert agent.on_call_for() == 3
    assert [e.type for e in told] == ["agent.joined", "agent.finished"]
    assert agent.stt is not None
    assert agent.stt.closed


async def test_the_other_spelling_is_as_good(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    with await agent.join(call, participant_wait_timeout=0):
        assert agent.on_call_for() == 0
    await agent.close()
    assert agent.tts is not None
    assert agent.tts.closed


async def test_a_plain_with_without_await_says_what_to_write(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    with pytest.raises(RuntimeError, match=r"async with agent\.join"):
        with agent.join(call):
            pass
    await agent.close()


async def test_an_agent_joins_once(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        with pytest.raises(RuntimeError, match="has joined call 'call' already"):
            await agent.join(call)
        await agent.say("I am still here.")


async def test_a_closed_agent_joins_nothing(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    await agent.close()
    with pytest.raises(ConnectionError, match="has been closed"):
        await agent.join(call)
    with pytest.raises(ConnectionError, match="has been closed"):
        await agent.create_call("default", "another")


class Refusing(SimulatedEdge):
    """An edge that lets nobody in."""

    closed = 0

    async def join(self, agent: Agent, call: Any, **kwargs: Any) -> Any:
        raise ConnectionError("403")

    async def close(self) -> None:
        self.closed += 1
        await super().close()


async def test_where_an_agent_cannot_join_it_says_why_and_leaves_nothing_open(room: SimulatedCall) -> None:
    edge = Refusing(room)
    agent = agent_for(room, edge=edge)
    call = await agent.create_call("default", "call")
    with pytest.raises(ConnectionError, match="403"):
        async with agent.join(call):
            pytest.fail("nobody was let in")
    assert edge.closed == 1
    assert agent.stt is not None
    assert agent.stt.closed


async def test_a_component_with_a_wrong_key_keeps_the_agent_out(room: SimulatedCall) -> None:
    class Locked(ScriptedSTT):
        async def start(self) -> None:
            raise PermissionError("wrong key")

    agent = agent_for(room, stt=Locked())
    call = await agent.create_call("default", "call")
    with pytest.raises(PermissionError, match="wrong key"):
        await agent.join(call)


async def test_a_join_that_is_given_up_is_undone(room: SimulatedCall) -> None:
    class Slow(SimulatedEdge):
        async def join(self, agent: Agent, call: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(10)

    agent = agent_for(room, edge=Slow(room))
    call = await agent.create_call("default", "call")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await agent.join(call)
    assert agent.tts is not None
    assert agent.tts.closed


# -- company ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait_s", [0, 2.0, 10.0])
async def test_a_join_waits_for_company_for_as_long_as_it_is_told(room: SimulatedCall, wait_s: float) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    began = now()
    async with agent.join(call, participant_wait_timeout=wait_s):
        assert now() - began == wait_s


async def test_or_until_somebody_comes(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    asyncio.get_running_loop().call_later(25, room.person("alice").join)
    began = now()
    async with agent.join(call, participant_wait_timeout=None):
        assert now() - began == 25


async def test_or_until_the_call_is_over(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    asyncio.get_running_loop().call_later(2, room.end)
    began = now()
    async with agent.join(call, participant_wait_timeout=None):
        await agent.finish()
        assert now() - began == 2


async def test_waiting_for_somebody_ends_in_time_or_with_the_call(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        with pytest.raises(TimeoutError):
            await agent.wait_for_participant(timeout=3)
        waiting = asyncio.ensure_future(agent.wait_for_participant())
        await asyncio.sleep(1)
    with pytest.raises(ConnectionError, match="over before anybody came"):
        await waiting


async def test_it_knows_how_long_it_has_been_alone(room: SimulatedCall) -> None:
    agent = agent_for(room)
    assert agent.idle_for() == agent.on_call_for() == 0
    alice, bob = room.person("alice"), room.person("bob")
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        alice.join()
        bob.join()
        await asyncio.sleep(5)
        alice.leave()
        await asyncio.sleep(5)
        assert agent.idle_for() == 0
        bob.leave()
        await asyncio.sleep(7)
        assert agent.idle_for() == 7
        bob.join()
        assert agent.idle_for() == 0
        assert agent.on_call_for() == 17


# -- speaking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
async def test_outside_a_call_nothing_can_be_said(room: SimulatedCall, when: str) -> None:
    agent = agent_for(room)
    if when == "before":
        for speak in (agent.say, agent.simple_response):
            with pytest.raises(RuntimeError, match="not in a call"):
                await speak("Hello.")
        with pytest.raises(RuntimeError, match="not in a call"):
            agent.interrupt()
        with pytest.raises(RuntimeError, match="has not joined one"):
            await agent.finish()
        await agent.close()
    else:
        call = await agent.create_call("default", "call")
        async with agent.join(call, participant_wait_timeout=0):
            pass
        spoken = await agent.say("Hello.")
        assert (spoken.heard_text, spoken.interrupted) == ("", True)
        agent.interrupt()


async def test_an_agent_without_a_voice_cannot_say_anything_and_says_so(room: SimulatedCall) -> None:
    agent = agent_for(room, tts=None)
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        with pytest.raises(RuntimeError, match="needs a voice"):
            await agent.say("Hello.")
        spoken = await agent.simple_response("Hi.")
        assert (spoken.text, spoken.heard_text, spoken.interrupted) == ("Hello.", "Hello.", False)


async def test_what_is_being_said_can_be_looked_at_meanwhile(room: SimulatedCall) -> None:
    agent = agent_for(room)
    assert agent.reply is None
    async with agent.join(await agent.create_call("default", "call"), participant_wait_timeout=0):
        assert agent.reply is None
        saying = asyncio.ensure_future(agent.say("One moment, please. I am looking for your booking."))
        await asyncio.sleep(2)
        reply = agent.reply
        assert reply is not None
        assert reply.audible
        assert reply.heard_text.startswith("One moment, please.")
        assert len(reply.heard_text) < len(reply.generated)
        said = await saying
        assert agent.reply is None
        assert reply.heard_text == said.heard_text == said.text


async def test_what_is_being_said_is_over_when_the_call_is(room: SimulatedCall) -> None:
    agent = agent_for(room)
    room.person("alice").join()
    call = await agent.create_call("default", "call")
    async with agent.join(call):
        speaking = asyncio.ensure_future(agent.say("One two three four five six seven eight nine ten."))
        waiting = asyncio.ensure_future(agent.say("And eleven."))
        await asyncio.sleep(2)
        room.end()
        await agent.finish()
        spoken = await speaking
        assert spoken.interrupted
        assert spoken.text.startswith(spoken.heard_text)
        assert 0 < len(spoken.heard_text) < len(spoken.text)
        assert (await waiting).heard_text == ""


# -- leaving ------------------------------------------------------------------------------------------------------


async def test_closing_twice_or_at_the_same_time_is_closing_once(room: SimulatedCall) -> None:
    class Counting(ScriptedSTT):
        closings = 0

        async def close(self) -> None:
            self.closings += 1
            await asyncio.sleep(0.2)
            await super().close()

    agent = agent_for(room, stt=Counting())
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        began = now()
        await asyncio.gather(agent.close(), agent.close(), agent.close())
        assert now() - began == pytest.approx(0.2)
        await agent.close()
    assert isinstance(agent.stt, Counting)
    assert agent.stt.closings == 1


async def test_an_agent_that_never_joined_can_be_closed(room: SimulatedCall) -> None:
    agent = agent_for(room)
    await agent.close()
    await agent.close()


async def test_whoever_waits_for_the_end_is_told_when_the_agent_is_closed(room: SimulatedCall) -> None:
    agent = agent_for(room)
    call = await agent.create_call("default", "call")
    await agent.join(call, participant_wait_timeout=0)
    waiting = asyncio.ensure_future(agent.finish())
    await asyncio.sleep(1)
    await agent.close()
    await asyncio.wait_for(waiting, 0.001)


async def test_a_handler_may_close_the_agent_when_the_call_ends(room: SimulatedCall) -> None:
    agent = agent_for(room)

    @agent.edge.events.subscribe
    async def on_call_ended(event: CallEndedEvent) -> None:
        await agent.close()

    call = await agent.create_call("default", "call")
    await agent.join(call, participant_wait_timeout=0)
    room.end()
    began = now()
    await agent.finish()
    await agent.close()
    assert now() - began < 0.1


async def test_a_part_that_cannot_be_closed_is_reported_and_the_others_are_closed(
    room: SimulatedCall,
) -> None:
    class Jammed(ScriptedTTS):
        async def close(self) -> None:
            raise OSError("jammed")

    agent = agent_for(room, tts=Jammed())
    problems: list[Any] = []
    agent.events.tap(lambda event: problems.append(event) if hasattr(event, "error_message") else None)
    call = await agent.create_call("default", "call")
    async with agent.join(call, participant_wait_timeout=0):
        pass
    assert [(e.error_message, e.context) for e in problems] == [
        ("OSError: jammed", "closing the component 3 (Jammed)")
    ]
    assert isinstance(agent.stt, STT)
    assert agent.stt.closed


async def test_someone_who_left_is_not_heard_any_more(room: SimulatedCall) -> None:
    agent = agent_for(room)
    alice = room.person("alice")
    alice.join()
    call = await agent.create_call("default", "call")
    async with agent.join(call):
        alice.start_saying("queen-of-clubs.wav")
        await asyncio.sleep(0.9)
        alice.leave()
        await asyncio.sleep(5)
    kinds = [record.kind for record in room.trace]
    assert "said" in kinds
    assert agent.conversation is not None
    assert [message.role for message in agent.conversation.messages] == []


async def test_parts_of_the_same_name_are_all_closed_and_one_in_two_roles_is_closed_once(
    room: SimulatedCall,
) -> None:
    closed: list[str] = []

    class Acme(ScriptedSTT):
        async def close(self) -> None:
            closed.append("ears")
            await super().close()

    ears = Acme()

    class Acme(ScriptedTTS):  # type: ignore[no-redef]
        async def close(self) -> None:
            closed.append("mouth")
            await super().close()

    agent = agent_for(room, stt=ears, turn_detection=ears, tts=Acme())
    async with agent.join(await agent.create_call("default", "call"), participant_wait_timeout=0):
        pass
    assert sorted(closed) == ["ears", "mouth"]
