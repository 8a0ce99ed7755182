"""Functions that only pretend."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.llm import ToolError
from agentkit.core.llm.functions import Functions, python_function
from agentkit.core.testing import TextSession
from agentkit.core.testing.mocks import NOT_GIVEN, Mocks
from simulator.clock import run
from simulator.providers import Calls, ScriptedLLM

SEARCH = Calls(("find_room", {"people": 2}), then="{result}")


def desk(*answers: Any) -> ScriptedLLM:
    llm = ScriptedLLM(list(answers))

    @llm.register_function(on_interrupt="cancel", timeout_s=2.0)
    async def find_room(people: int, view: str = "sea") -> str:
        """Find a free room."""
        return f"a real room for {people}"

    @llm.register_function()
    async def book_room(number: int) -> str:
        """Book a room."""
        return "really booked"

    return llm


@pytest.mark.virtual
async def test_a_mock_returns_raises_or_does_as_it_is_told_and_keeps_the_calls() -> None:
    async def slowly(people: int, view: str = "") -> list[int]:
        await asyncio.sleep(1)
        return [people, people]

    async with TextSession(desk(*[SEARCH] * 6)) as session:

        async def answer() -> str:
            return (await session.user_says("A room, please.")).text

        nothing = session.mock_tool("find_room", returns=None)
        assert await answer() == "done"
        assert await answer() == "done"
        assert nothing.calls == [{"people": 2}, {"people": 2}]

        session.mock_tool("find_room", raises=ToolError("We are full."))
        assert await answer() == "Error: We are full."
        session.mock_tool("find_room", raises=KeyError)
        assert await answer() == "Error: KeyError: "
        session.mock_tool("find_room", calls=lambda people, **_: people + 1)
        assert await answer() == "3"
        last = session.mock_tool("find_room", calls=slowly)
        assert await answer() == "[2,2]"
        assert (len(nothing.calls), last.calls) == (2, [{"people": 2}])


@pytest.mark.virtual
async def test_only_how_the_function_behaves_is_mocked() -> None:
    llm = desk(SEARCH)
    async with TextSession(llm) as session:
        before = llm.get_available_functions()
        session.mock_tool("find_room", calls=lambda **_: asyncio.sleep(60))
        assert llm.get_available_functions() == before
        turn = await session.user_says("A room, please.")
    turn.expects.message(containing="took longer than 2 s")


@pytest.mark.virtual
async def test_arguments_that_the_function_does_not_have_do_not_reach_the_mock() -> None:
    wrong = Calls(("find_room", {"poeple": 2}), then="{result}")
    async with TextSession(desk(wrong)) as session:
        mock = session.mock_tool("find_room", returns=None)
        turn = await session.user_says("A room, please.")
    turn.expects.message(
        containing="people: required, but missing; poeple: there is no such parameter"
    ).function_called("find_room")
    assert mock.calls == []


@pytest.mark.virtual
async def test_after_the_session_the_real_functions_are_back() -> None:
    llm = desk()
    before = [llm.functions.find(name) for name in ("find_room", "book_room")]
    with pytest.raises(ZeroDivisionError):
        async with TextSession(llm) as session:
            session.mock_tool("find_room", returns=1)
            session.mock_tool("find_room", returns=2)
            session.mock_tool("book_room", returns=3)
            llm.unregister_function("book_room")
            raise ZeroDivisionError
    assert llm.functions.find("find_room") is before[0]
    assert "book_room" not in llm.functions


@pytest.mark.virtual
async def test_a_mock_that_cannot_be_is_refused() -> None:
    async with TextSession(desk()) as session:
        for options, told in (
            ({}, r"expected one of returns=, raises= and calls=, found none"),
            ({"returns": 1, "calls": print}, r"found returns= and calls="),
            ({"raises": "full"}, r"raises: expected an exception, found 'full'"),
            ({"calls": 7}, r"calls: expected a function, found 7"),
            ({"calls": lambda people: 1}, r"can be called with people=\.\.\., view=\.\.\., found one"),
        ):
            with pytest.raises(TypeError, match=told):
                session.mock_tool("find_room", **options)
        with pytest.raises(LookupError, match="no function 'find_rom'; did you mean find_room"):
            session.mock_tool("find_rom", returns=1)


NAMES = ["a", "b", "c", "d"]


@given(st.lists(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_mocks_come_and_go_without_a_trace(mocked: list[str], removed: set[str]) -> None:
    functions = Functions()
    for name in NAMES:
        functions.add(python_function(lambda: "real", name=name))
    order, originals = functions.schemas(), {name: functions.find(name) for name in NAMES}

    mocks = Mocks(functions)
    for number, name in enumerate(mocked):
        mocks.add(name, returns=number, raises=NOT_GIVEN, calls=NOT_GIVEN)
        assert functions.schemas() == order
        assert run(_returned(functions, name)) == number
    for name in removed:
        functions.remove(name)
    mocks.restore()

    assert [tool["name"] for tool in functions.schemas()] == [name for name in NAMES if name not in removed]
    assert all(functions.find(name) is originals[name] for name in NAMES if name not in removed)


async def _returned(functions: Functions, name: str) -> Any:
    return await functions.find(name).run("{}")
