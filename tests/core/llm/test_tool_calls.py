"""What happens when a model calls functions."""

from __future__ import annotations

import asyncio
import enum
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agentkit.core.llm import LLMResponseEvent, ToolError
from simulator.clock import run, virtual_time

Make = Callable[[], Any]


def play(script: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(script())


def test_functions_run_at_the_same_time_and_their_results_come_in_the_order_of_the_calls(
    make_model: Make,
) -> None:
    async def main() -> tuple[list[str], list[tuple[int, str, str]]]:
        model = make_model()

        @model.register_function()
        async def slow() -> str:
            await asyncio.sleep(2)
            return "slow"

        @model.register_function()
        async def quick() -> str:
            await asyncio.sleep(1)
            return "quick"

        return [str(result) for result in await model.call("slow; quick")], model.story

    assert play(main) == (
        ["slow", "quick"],
        [
            (0, "tool_start", "slow"),
            (0, "tool_start", "quick"),
            (1000, "tool_end", "quick"),
            (2000, "tool_end", "slow"),
        ],
    )


def test_events_tell_what_was_passed_what_came_back_and_how_long_it_took(make_model: Make) -> None:
    async def main() -> Any:
        model = make_model()

        @model.register_function(name="add-up", description="Adds.")
        async def add(a: int, b: int = 1) -> int:
            await asyncio.sleep(0.25)
            return a + b

        await model.call('add-up {"a": "2"}')
        return model

    model = play(main)
    (_, _, start), (_, _, end) = model.heard
    assert (start.tool_name, start.arguments, start.tool_call_id) == ("add-up", {"a": "2"}, "call-0")
    assert start.plugin_name == end.plugin_name == model.provider_name
    assert (end.tool_name, end.tool_call_id, end.success, end.result, end.error) == (
        "add-up",
        "call-0",
        True,
        3,
        "",
    )
    assert end.execution_time_ms == pytest.approx(250)


def test_a_plain_function_does_not_hold_up_the_others(make_model: Make) -> None:
    async def main() -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        model = make_model()

        @model.register_function()
        def blocking() -> str:
            time.sleep(3)
            return "done at last"

        @model.register_function()
        async def prompt() -> str:
            return f"{loop.time() - model.began:g}"

        with virtual_time(loop, prefixes=[__name__]):
            results = await model.call("blocking; prompt")
        return [str(result) for result in results], loop.time() - model.began

    assert play(main) == (["done at last", "0"], 3.0)


def test_equal_calls_of_a_reply_are_made_once_whatever_the_order_of_their_arguments(make_model: Make) -> None:
    async def main() -> tuple[int, list[Any]]:
        model, times = make_model(), 0

        @model.register_function()
        async def pay(amount: int, to: str) -> int:
            nonlocal times
            times += 1
            return times

        return times, await model.call(
            'pay {"amount": 1, "to": "a"}; pay {"to": "a", "amount": 1}; pay {"amount": 2, "to": "a"}'
        )

    _, results = play(main)
    assert [(result.value, result.call.id) for result in results] == [
        (1, "call-0"),
        (1, "call-1"),
        (2, "call-2"),
    ]


class Kind(enum.Enum):
    SUITE = "suite"


class Room(BaseModel):
    kind: Kind
    free: bool = True


@dataclass
class Price:
    euros: float


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("It is free.", "It is free."),
        (None, "done"),
        (42, "42"),
        (True, "true"),
        ({"rooms": [1, 2]}, '{"rooms":[1,2]}'),
        (Room(kind=Kind.SUITE), '{"kind":"suite","free":true}'),
        ([Price(80.5)], '[{"euros":80.5}]'),
        ("äöü", "äöü"),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_the_model_reads_text_as_it_is_and_everything_else_as_json(
    make_model: Make, value: Any, read: str
) -> None:
    async def main() -> str:
        model = make_model()
        model.register_function(name="f")(lambda: value)
        return str((await model.call("f"))[0])

    assert play(main) == read


# -- what goes wrong is told to the model, and to whoever listens --------------------------------------------------


def fails_with(make_model: Make, call: str, **options: Any) -> tuple[str, list[tuple[int, str, str]]]:
    async def main() -> tuple[str, list[tuple[int, str, str]]]:
        model = make_model()

        @model.register_function()
        async def book_table(people: int) -> str:
            raise ValueError(f"no table for {people}")

        @model.register_function()
        async def book_room() -> str:
            raise ToolError("All rooms are taken until Sunday.")

        @model.register_function()
        async def hang() -> str:
            return await asyncio.get_running_loop().create_future()

        @model.register_function()
        async def give_up() -> str:
            raise asyncio.CancelledError

        (result,) = await model.call(call, **options)
        (end,) = [event for _, kind, event in model.heard if kind == "llm.tool_end"]
        assert (end.success, result.success, end.result) == (False, False, None)
        assert str(result) == f"Error: {end.error}"
        return end.error, model.story

    return play(main)


def test_an_exception_of_a_function_is_its_result_and_an_event(make_model: Make) -> None:
    error, story = fails_with(make_model, 'book_table {"people": 9}')
    assert error == "ValueError: no table for 9"
    assert (0, "error", "ValueError: no table for 9") in story


def test_a_tool_error_is_an_answer_in_the_authors_own_words_and_no_fault(make_model: Make) -> None:
    error, story = fails_with(make_model, "book_room")
    assert error == "All rooms are taken until Sunday."
    assert [kind for _, kind, _ in story] == ["tool_start", "tool_end"]


def test_a_function_that_takes_too_long_is_given_up(make_model: Make) -> None:
    error, story = fails_with(make_model, "hang", timeout_s=2.5)
    assert error == "hang took longer than 2.5 s; whether it was carried out is not known"
    assert story[1:] == [
        (2500, "error", "TimeoutError: hang took longer than 2.5 s"),
        (2500, "tool_end", "hang"),
    ]


def test_a_name_that_is_nearly_right_is_answered_with_the_nearest(make_model: Make) -> None:
    error, _ = fails_with(make_model, "book_tabel {}")
    assert error == "there is no function 'book_tabel'; did you mean book_table?"


def test_a_name_that_is_all_wrong_is_answered_with_what_there_is(make_model: Make) -> None:
    error, _ = fails_with(make_model, "xyz {}")
    assert error == "there is no function 'xyz'; there are: book_table, book_room, hang, give_up."


def test_arguments_that_are_no_json_are_quoted_back(make_model: Make) -> None:
    error, _ = fails_with(make_model, 'book_table {"people":')
    assert error.startswith("expected the arguments to be a JSON object, found '{\"people\":': ")


def test_arguments_that_are_no_object_are_quoted_back(make_model: Make) -> None:
    error, _ = fails_with(make_model, "book_table [1, 2]")
    assert error == "expected the arguments to be a JSON object, found [1, 2]"


def test_arguments_that_do_not_fit_are_corrected_in_words(make_model: Make) -> None:
    error, story = fails_with(make_model, 'book_table {"people": "many"}')
    assert error.startswith("invalid arguments for book_table: people: Input should be a valid integer")
    assert error.endswith("found 'many'. Correct them and call it again.")
    assert [kind for _, kind, _ in story] == ["tool_start", "tool_end"]


def test_a_function_that_cancels_itself_does_not_cancel_the_reply(make_model: Make) -> None:
    assert fails_with(make_model, "give_up")[0] == "it was cancelled"


def test_what_comes_after_the_time_limit_is_ignored(make_model: Make) -> None:
    async def main() -> list[tuple[int, str, str]]:
        model = make_model()

        @model.register_function(timeout_s=1)
        async def stubborn() -> str:
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(5)
                raise ValueError("too late")

        await model.call("stubborn")
        await asyncio.sleep(60)
        return model.story

    assert [at for at, *_ in play(main)] == [0, 1000, 1000]


def test_a_name_is_given_once(make_model: Make) -> None:
    async def main() -> None:
        model = make_model()
        model.register_function(name="f")(lambda: 1)
        with pytest.raises(
            ValueError, match="there is a function 'f' already; give one of them another name"
        ):
            model.register_function(name="f")(lambda: 2)
        assert model.unregister_function("f") is not None
        assert model.unregister_function("f") is None
        model.register_function(name="f")(lambda: 2)
        assert [str(r) for r in await model.call("f")] == ["2"]

    play(main)


def test_the_decorator_needs_its_parentheses(make_model: Make) -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match=r"write @llm.register_function\(\)"):
            make_model().register_function(lambda: 1)

    play(main)


def test_a_registered_function_is_still_a_function(make_model: Make) -> None:
    async def main() -> int:
        @make_model().register_function()
        def double(a: int) -> int:
            return 2 * a

        return double(4)

    assert play(main) == 8


# -- any calls, in any order ---------------------------------------------------------------------------------------

CALLS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=6)
DURATIONS = st.fixed_dictionaries({name: st.sampled_from([0.0, 0.5, 1.0, 20.0]) for name in "abc"})


@settings(deadline=None)
@given(st.lists(CALLS, max_size=3), DURATIONS)
def test_results_are_those_of_calls_made_once_each_however_long_they_take(
    make_model: Make, rounds: list[list[tuple[str, int]]], durations: dict[str, float]
) -> None:
    made: list[tuple[str, int]] = []

    async def main() -> tuple[list[list[str]], float]:
        model = make_model()

        def register(name: str) -> None:
            @model.register_function(name=name)
            async def function(number: int) -> str:
                made.append((name, number))
                await asyncio.sleep(durations[name])
                return f"{name}{number}"

        for name in "abc":
            register(name)

        class Rounds(type(model)):  # type: ignore[misc]
            async def simple_response(self, *about: Any) -> LLMResponseEvent:
                said = []
                for calls in rounds:
                    asked = [
                        {"name": name, "arguments_json": json.dumps({"number": number}), "id": ""}
                        for name, number in calls
                    ]
                    said.append([str(result) for result in await self._execute_tools(asked)])
                return self._create_response_event(said, text="-")

        model.__class__ = Rounds
        stream = model.stream_response("go")
        async for _ in stream:
            pass
        return stream.response.original, asyncio.get_running_loop().time() - model.began

    results, took = play(main)
    limit = 10.0
    assert made == list(dict.fromkeys(call for calls in rounds for call in calls))
    assert results == [
        [
            f"{name}{number}"
            if durations[name] < limit
            else f"Error: {name} took longer than 10 s; whether it was carried out is not known"
            for name, number in calls
        ]
        for calls in rounds
    ]
    seen: set[tuple[str, int]] = set()
    expected = 0.0
    for calls in rounds:
        expected += max(
            (min(durations[name], limit) for name, number in calls if (name, number) not in seen), default=0
        )
        seen.update(calls)
    assert took == pytest.approx(expected)
