"""How an answer goes on after functions were called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from agentkit.core.conversation import InMemoryConversation
from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLM, LLMErrorEvent, LLMResponseEvent, ToolResult, ToolStartEvent
from agentkit.core.processors import Processor
from simulator.clock import run
from simulator.providers import Calls, ScriptedLLM


def play(script: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(script())


def concierge(*answers: Any, **options: Any) -> ScriptedLLM:
    """A model that can look up rooms, each free on the floor with its number."""
    llm = ScriptedLLM(list(answers), **options)

    @llm.register_function(description="Finds a free room.")
    async def find_room(people: int) -> str:
        await asyncio.sleep(1)
        return f"room {people}0{people}"

    return llm


async def said(llm: LLM, text: str = "A room, please.") -> tuple[str, LLMResponseEvent]:
    stream = llm.stream_response(text)
    spoken = "".join([piece async for piece in stream])
    assert stream.response is not None
    return spoken, stream.response


def test_the_model_is_asked_again_with_what_the_function_returned() -> None:
    async def main() -> tuple[str, ScriptedLLM]:
        llm = concierge(Calls(("find_room", {"people": 2}), then="It is {result}."))
        return (await said(llm))[0], llm

    text, llm = play(main)
    assert text == "It is room 202."
    first, second = llm.requests
    assert [tool["name"] for tool in first.tools] == ["find_room"]
    assert second.messages[: len(first.messages)] == first.messages
    (result,) = second.messages[len(first.messages) :]
    assert (result["role"], result["content"]) == ("tool", "room 202")


def test_what_is_said_before_a_call_is_heard_at_once_and_is_part_of_the_answer() -> None:
    async def main() -> tuple[list[tuple[float, str]], str]:
        loop = asyncio.get_running_loop()
        llm = concierge(
            Calls(("find_room", {"people": 2}), first="One moment.", then="Done."),
            first_token=0.5,
            per_token=0.0,
        )
        stream, began = llm.stream_response("A room, please."), loop.time()
        pieces = [(round(loop.time() - began, 3), piece) async for piece in stream]
        assert stream.response is not None
        return pieces, stream.response.text

    assert play(main) == (
        [(0.5, "One "), (0.5, "moment."), (0.5, "\n"), (2.0, "Done.")],
        "One moment.\nDone.",
    )


def test_a_model_may_call_functions_in_several_rounds() -> None:
    async def main() -> tuple[str, list[str]]:
        called: list[str] = []
        llm = concierge(
            Calls(
                ("find_room", {"people": 1}),
                ("find_room", {"people": 2}),
                then=lambda found: Calls(("find_room", {"people": 3}), then=f"{found} and {{result}}"),
            )
        )
        llm.events.tap(lambda event: called.append(str(event.arguments["people"])), ToolStartEvent)
        return (await said(llm))[0], called

    assert play(main) == ("['room 101', 'room 202'] and room 303", ["1", "2", "3"])


def test_after_the_last_round_no_functions_are_offered() -> None:
    async def main() -> tuple[str, list[list[str]], list[str]]:
        llm = concierge(
            Calls(
                ("find_room", {"people": 1}),
                then=Calls(
                    ("find_room", {"people": 2}), then=Calls(("find_room", {"people": 3}), first="Hm.")
                ),
            )
        )
        llm.max_tool_rounds = 2
        errors: list[str] = []
        llm.events.tap(lambda event: errors.append(event.error_message), LLMErrorEvent)
        text, _ = await said(llm)
        return text, [[tool["name"] for tool in request.tools] for request in llm.requests], errors

    assert play(main) == (
        "Hm.",
        [["find_room"], ["find_room"], []],
        ["RuntimeError: the model still calls functions after 2 rounds of it: find_room"],
    )


def test_an_equal_call_in_a_later_round_gets_the_first_result_also_without_a_stream() -> None:
    async def main() -> list[Any]:
        made = []
        again = Calls(("find_room", {"people": 1}), then="{result}")
        llm = concierge(Calls(("find_room", {"people": 1}), then=again), Calls(("find_room", {"people": 1})))
        llm.events.tap(made.append, ToolStartEvent)
        assert (await llm.simple_response("A room, please.")).text == "room 101"
        once = len(made)
        assert (await llm.simple_response("And another.")).text == "room 101"
        return [once, len(made)]

    assert play(main) == [1, 2]


def test_what_a_function_asks_another_model_is_no_part_of_the_answer() -> None:
    async def main() -> tuple[str, list[str]]:
        expert = ScriptedLLM([Calls(("recall", {}), then="The expert says {result}.")])
        expert.register_function(name="recall")(lambda: "seven")
        llm = ScriptedLLM([Calls(("ask_expert", {}), then="Answered.")])
        known: list[str] = []

        @llm.register_function()
        async def ask_expert() -> str:
            known.append((await expert.simple_response("How many?")).text)
            return "ok"

        return (await said(llm))[0], known

    assert play(main) == ("Answered.", ["The expert says seven."])


def test_a_script_that_calls_nothing_or_goes_on_with_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected functions to call, such as Calls"):
        Calls(then="Done.")
    with pytest.raises(TypeError, match="expected an answer to be a text"):
        Calls(("find_room", {}), then=42)  # type: ignore[arg-type]


# -- a plugin as one would write it --------------------------------------------------------------------------------


class AcmeClient:
    """A provider that does not stream: it asks for the weather once, and then tells it."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def chat(self, messages: list[Any], tools: list[Any]) -> Any:
        self.sent.append((messages, tools))
        if messages[-1]["role"] == "tool":
            return SimpleNamespace(text=f"It is {messages[-1]['content']}.", tool_calls=[])
        call = SimpleNamespace(function_name="weather", arguments='{"city": "Oslo"}', id="a1")
        return SimpleNamespace(text="Let me look.", tool_calls=[call])


class AcmeLLM(LLM):
    def __init__(self, client: AcmeClient) -> None:
        super().__init__()
        self.client = client

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        response = await self._ask_with_tools(self.client.chat, self._build_messages(text))
        return self._create_response_event(response)

    def _convert_tools_to_provider_format(self, tools: Any) -> list[dict[str, Any]]:
        return [
            {"type": "function", "function": {"name": t["name"], "schema": t["parameters_schema"]}}
            for t in tools
        ]

    def _extract_tool_calls_from_response(self, response: Any) -> list[dict[str, Any]]:
        return [
            {
                "type": "tool_call",
                "name": call.function_name,
                "arguments_json": call.arguments,
                "id": call.id,
            }
            for call in response.tool_calls
        ]

    def _create_tool_result_message(
        self, tool_calls: Any, results: Sequence[ToolResult]
    ) -> list[dict[str, Any]]:
        asked = {"role": "assistant", "tool_calls": [call["id"] for call in tool_calls]}
        return [asked, *super()._create_tool_result_message(tool_calls, results)]


def test_a_plugin_whose_provider_does_not_stream_says_both_before_and_after_the_call() -> None:
    async def main() -> tuple[str, str, AcmeClient]:
        client = AcmeClient()
        llm = AcmeLLM(client)

        @llm.register_function()
        def weather(city: str) -> str:
            """Tell the weather."""
            return f"sunny in {city}"

        llm.set_conversation(InMemoryConversation())
        spoken, response = await said(llm, "Weather?")
        return spoken, response.text, client

    spoken, text, client = play(main)
    assert spoken == text == "Let me look.\nIt is sunny in Oslo."
    (first, tools), (second, _) = client.sent
    assert first == [{"role": "user", "content": "Weather?"}]
    assert tools[0]["function"]["name"] == "weather"
    assert second[1:] == [
        {"role": "assistant", "tool_calls": ["a1"]},
        {"role": "tool", "tool_call_id": "a1", "content": "sunny in Oslo"},
    ]
