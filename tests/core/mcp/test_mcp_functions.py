"""The functions of MCP servers that come, go and come back, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ImageContent, TextContent, ToolAnnotations

from agentkit.core.agents import Agent
from agentkit.core.edge import EdgeTransport, User
from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.mcp import MCPFunctions
from simulator.clock import run
from simulator.edge.transport import SimulatedEdge
from simulator.providers import Calls, ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage

MakeDesk = Callable[..., Any]
StoryOf = Callable[[list[BaseEvent]], list[tuple[str, str]]]

FIND = {"type": "tool_call", "name": "find_room", "arguments_json": {"people": 2}, "id": "1"}


@asynccontextmanager
async def connected(llm: ScriptedLLM, *desks: Any) -> AsyncIterator[list[BaseEvent]]:
    """A model with the functions of ``desks``, and the events that tell of them."""
    events, sent = EventManager(), list[BaseEvent]()
    events.tap(sent.append)
    functions = MCPFunctions(desks, llm, events)
    try:
        await functions.start()
        yield sent
    finally:
        before = asyncio.get_running_loop().time()
        await functions.close()
        assert asyncio.get_running_loop().time() - before <= 1.0
        assert not offered(llm)


def offered(llm: ScriptedLLM) -> list[str]:
    return [tool["name"] for tool in llm.get_available_functions()]


async def ask(llm: ScriptedLLM, name: str = "find_room", **arguments: Any) -> str:
    (result,) = await llm._execute_tools([{"name": name, "arguments_json": arguments or {"people": 2}}])
    return str(result)


def test_the_model_is_told_the_functions_of_a_server_and_may_call_them(
    make_desk: MakeDesk, story_of: StoryOf
) -> None:
    async def main() -> None:
        llm = ScriptedLLM()
        async with connected(llm, make_desk()) as events:
            find, _ = llm.get_available_functions()
            assert (find["name"], find["description"]) == ("find_room", "find_room at the desk.")
            assert find["parameters_schema"]["required"] == ["people"]
            assert await ask(llm) == "desk: find_room for 2"
            assert story_of(events) == [("desk", "find_room book_room")]

    run(main())


def test_names_that_are_taken_are_told_apart_by_their_server(make_desk: MakeDesk) -> None:
    async def main() -> None:
        llm = ScriptedLLM()
        llm.register_function(name="find_room")(lambda: "the agent's own")
        async with connected(
            llm, make_desk("west"), make_desk("east"), make_desk("east", "book_room", "wake.up!")
        ):
            assert offered(llm) == [
                *("find_room", "west_find_room", "book_room"),
                *("east_find_room", "east_book_room"),
                *("2_east_book_room", "wake_up_"),
            ]
            assert await ask(llm, "east_book_room", people=1) == "east: book_room for 1"
            assert await ask(llm, "find_room", x=1) != "the agent's own"
            llm.unregister_function("find_room")

    run(main())


def test_what_goes_wrong_at_the_server_is_told_to_the_model(make_desk: MakeDesk) -> None:
    async def main() -> None:
        async def closed() -> str:
            raise ToolError("the desk is closed")

        llm, desk = ScriptedLLM(), make_desk()
        desk.offer(closed)
        async with connected(llm, desk):
            assert "the desk is closed" in await ask(llm, "closed", x=1)
            assert (await ask(llm, people="many")).startswith("Error: ")

    run(main())


def test_what_is_neither_text_nor_data_is_named(make_desk: MakeDesk) -> None:
    async def main() -> None:
        async def picture() -> list[Any]:
            image = ImageContent(type="image", data="", mime_type="image/png")
            return [TextContent(type="text", text="Here it is."), image]

        llm, desk = ScriptedLLM(), make_desk()
        desk.offer(picture, structured_output=False)
        async with connected(llm, desk):
            (result,) = await llm._execute_tools([{"name": "picture", "arguments_json": ""}])
            assert str(result) == "Here it is.\n[image: image/png]"

    run(main())


def test_a_function_that_only_reads_is_cancelled_by_an_interruption_and_no_other(make_desk: MakeDesk) -> None:
    async def main() -> None:
        llm, desk = ScriptedLLM(), make_desk()
        desk.add("list_rooms", annotations=ToolAnnotations(read_only_hint=True))
        async with connected(llm, desk):
            assert llm.functions.find("list_rooms").on_interrupt == "cancel"
            assert llm.functions.find("book_room").on_interrupt == "finish"

    run(main())


# -- servers that go away ------------------------------------------------------------------------------------------


def test_a_server_that_dies_during_a_call_is_reported_and_its_functions_come_back(
    make_desk: MakeDesk, story_of: StoryOf
) -> None:
    async def main() -> None:
        llm, desk = ScriptedLLM(), make_desk()
        async with connected(llm, desk) as events:
            call = asyncio.ensure_future(ask(llm))
            await asyncio.sleep(1)
            await desk.die()
            assert await call == (
                "Error: the MCP server 'desk' went away; whether find_room was carried out is not known"
            )
            assert offered(llm) == []
            assert "there is no function 'find_room'" in await ask(llm)
            desk.up = True
            await asyncio.sleep(0.6)
            assert offered(llm) == ["find_room", "book_room"]
            assert await ask(llm) == "desk: find_room for 2"
            assert story_of(events) == [
                ("desk", "find_room book_room"),
                ("desk", "it closed the connection"),
                ("desk", "find_room book_room"),
            ]

    run(main())


def test_a_server_that_dies_between_calls_is_noticed_at_once(make_desk: MakeDesk) -> None:
    async def main() -> None:
        llm, desk = ScriptedLLM(), make_desk()
        async with connected(llm, desk):
            await desk.die()
            await asyncio.sleep(0.001)
            assert offered(llm) == []

    run(main())


def test_a_server_that_stays_away_is_tried_less_and_less_often(make_desk: MakeDesk) -> None:
    async def main() -> list[float]:
        llm, desk = ScriptedLLM(), make_desk()
        async with connected(llm, desk):
            await asyncio.sleep(10)
            await desk.die()
            await asyncio.sleep(120)
        return [round(at, 3) for at in desk.opened]

    assert run(main()) == [0.0, 10.5, 11.5, 13.5, 17.5, 25.5, 41.5, 71.5, 101.5]


def test_a_server_that_is_not_there_yet_does_not_keep_the_agent_from_joining(
    make_desk: MakeDesk, story_of: StoryOf
) -> None:
    async def main() -> None:
        llm, late, there = ScriptedLLM(), make_desk("late"), make_desk("there", "wake_up")
        late.up = False
        async with connected(llm, late, there) as events:
            assert offered(llm) == ["wake_up"]
            late.up = True
            await asyncio.sleep(1)
            assert offered(llm) == ["wake_up", "find_room", "book_room"]
            assert story_of(events) == [
                ("error", "ConnectionError: MCP server 'late': OSError: connection refused"),
                ("there", "wake_up"),
                ("late", "find_room book_room"),
            ]

    run(main())


def test_a_server_that_does_not_answer_is_waited_for_only_so_long(
    make_desk: MakeDesk, story_of: StoryOf
) -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        llm, desk = ScriptedLLM(), make_desk(connect_timeout_s=2.0)
        desk.hangs = True
        began = loop.time()
        async with connected(llm, desk) as events:
            took = loop.time() - began
            assert story_of(events) == [
                ("error", "ConnectionError: MCP server 'desk': it took longer than 2 s to tell its functions")
            ]
        return took

    assert run(main()) == pytest.approx(2.0)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1]),
            st.sampled_from(["die", "revive", "call"]),
            st.sampled_from([0.0, 0.3, 2.0, 40.0]),
        ),
        max_size=8,
    )
)
def test_whatever_servers_do_their_functions_are_there_when_they_are_and_keep_their_names(
    make_desk: MakeDesk, steps: list[tuple[int, str, float]]
) -> None:
    async def main() -> None:
        llm = ScriptedLLM()
        desks = [make_desk("west"), make_desk("east")]
        own = [{"find_room", "book_room"}, {"east_find_room", "east_book_room"}]
        async with connected(llm, *desks) as events:
            calls: list[asyncio.Task[str]] = []
            for which, what, pause in steps:
                if what == "die":
                    await desks[which].die()
                elif what == "revive":
                    desks[which].up = True
                else:
                    calls.append(asyncio.ensure_future(ask(llm, sorted(own[which])[1], people=which)))
                await asyncio.sleep(pause)
            await asyncio.sleep(40)
            expected = [names for desk, names in zip(desks, own, strict=True) if desk.up]
            assert set(offered(llm)) == set().union(*expected)
            for name in ("west", "east"):
                states = [e.type for e in events if getattr(e, "server", None) == name]
                assert states == ["mcp.connected", "mcp.disconnected"] * (len(states) // 2) + states[:1] * (
                    len(states) % 2
                )
            for answer in await asyncio.gather(*calls):
                assert answer.startswith("Error: ") or ": find_room for" in answer

    run(main())


# -- in a call -----------------------------------------------------------------------------------------------------


def test_a_caller_hears_what_a_server_answered(make_desk: MakeDesk) -> None:
    async def main() -> list[str]:
        llm = ScriptedLLM([Calls(("find_room", {"people": 2}), first="One moment.", then="I have {result}.")])

        def create_agent(*, edge: EdgeTransport) -> Agent:
            return Agent(
                edge=edge,
                agent_user=User(name="Desk", id="desk"),
                llm=llm,
                stt=ScriptedSTT(),
                tts=ScriptedTTS(),
                vad=ScriptedVAD(),
                mcp_servers=[make_desk()],
            )

        async with CallStage(agent=create_agent) as call:
            await (await call.join("alice")).says("do-something.wav")
            await call.agent.says("*I have desk: find_room for 2.", within=20)
        return [record.kind for record in call.trace.records if record.kind.startswith("mcp.")]

    assert run(main()) == ["mcp.connected"]


def test_when_the_agent_leaves_during_a_call_nothing_is_left(make_desk: MakeDesk) -> None:
    async def main() -> None:
        llm, desk = ScriptedLLM(), make_desk()
        desk.hangs = True
        async with connected(llm, make_desk(), make_desk("slow", "wake_up")):
            call = asyncio.ensure_future(ask(llm))
            await asyncio.sleep(0.5)
        await llm.tools.close()
        assert (await call).startswith("Error: ")

    run(main())


def test_servers_are_of_no_use_without_a_model(make_desk: MakeDesk) -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="mcp_servers offer functions to a model: give the agent llm="):
            Agent(edge=SimulatedEdge(), agent_user=User(name="Desk"), mcp_servers=[make_desk()])

    run(main())
