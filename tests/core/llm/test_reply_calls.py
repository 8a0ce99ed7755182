"""A reply that is not confirmed yet, one that waits for functions, and one that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from agentkit.core.llm import ToolEndEvent, ToolStartEvent
from agentkit.core.llm.tools import ToolCall
from simulator.clock import run
from simulator.providers import Calls, ScriptedLLM


def play(script: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(script())


def concierge(*calls: str, then: Any = "Done.") -> tuple[ScriptedLLM, list[str]]:
    """A model that calls functions, and what they did."""
    llm = ScriptedLLM([Calls(*((name, {}) for name in calls), then=then)], default="Very well.")
    done: list[str] = []

    @llm.register_function(on_interrupt="cancel")
    async def look_up() -> str:
        await asyncio.sleep(1)
        done.append("looked up")
        return "it is free"

    @llm.register_function(timeout_s=60)
    async def book() -> str:
        done.append("booking")
        await asyncio.sleep(30)
        done.append("booked")
        return "booked"

    return llm, done


def test_what_has_effects_waits_until_the_reply_is_confirmed() -> None:
    async def main() -> tuple[list[str], list[str]]:
        llm, done = concierge("look_up", "book")
        stream = llm.stream_response("Book it, please.", confirmed=False)
        await asyncio.sleep(5)
        early = list(done)
        stream.confirm()
        assert [piece async for piece in stream] == ["Done."]
        return early, done

    assert play(main) == (["looked up"], ["looked up", "booking", "booked"])


def test_a_reply_that_is_never_confirmed_has_no_effects() -> None:
    async def main() -> tuple[list[str], list[str]]:
        llm, done = concierge("book")
        told: list[str] = []
        llm.events.tap(lambda event: told.append(event.type), ToolStartEvent, ToolEndEvent)
        stream = llm.stream_response("Book it, please.", confirmed=False)
        await asyncio.sleep(5)
        await stream.aclose()
        await asyncio.sleep(60)
        return done, told

    assert play(main) == ([], [])


def test_patience_with_the_model_does_not_run_out_while_functions_run() -> None:
    async def main() -> tuple[str | None, float]:
        loop = asyncio.get_running_loop()
        llm, _ = concierge("book")
        stream, began = llm.stream_response("Book it, please."), loop.time()
        async with asyncio.timeout(2) as patience:
            with stream.calls.suspending(patience):
                piece = await anext(stream, None)
        return piece, round(loop.time() - began, 3)

    assert play(main) == ("Done.", 30.6)


def test_patience_begins_anew_when_the_functions_are_done() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        llm, _ = concierge("book", then="Done.")
        llm.first_token = ScriptedLLM(first_token=10).first_token
        stream = llm.stream_response("Book it, please.")
        await asyncio.sleep(11)  # the model has called
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2) as patience:
                with stream.calls.suspending(patience):
                    await anext(stream)
        await stream.aclose()
        return loop.time()

    assert play(main) == 1000 + 10 + 30 + 2


def test_a_reply_that_was_cut_calls_nothing_more() -> None:
    async def main() -> tuple[list[str], list[str]]:
        llm, done = concierge("look_up", then=Calls(("book", {})))
        stream = llm.stream_response("Book it, please.")
        await asyncio.sleep(0.5)
        stream.cancel()
        results = await stream.calls.run([ToolCall.read({"name": "book"})], 1.0)
        await asyncio.sleep(60)
        return done, [str(result) for result in results]

    assert play(main) == ([], ["Error: the user interrupted"])


def test_only_so_many_results_are_kept_in_mind() -> None:
    async def main() -> list[str]:
        answers = [Calls(("count", {"n": n}), then="One two three.") for n in range(30)]
        llm = ScriptedLLM(answers, default="Very well.", first_token=0.1, per_token=0.1)
        llm.register_function(name="count")(lambda n: n)
        for _ in answers:
            stream = llm.stream_response("Go on.")
            await asyncio.sleep(0.3)
            await stream.aclose()
        await llm.simple_response("And now?")
        return [m["content"] for m in llm.requests[-1].messages if m["role"] == "system"]

    notes = play(main)
    assert len(notes) == 20
    assert notes[-1] == (
        'count({"n": 29}) was called for an answer that the user interrupted. It returned: 29'
    )
