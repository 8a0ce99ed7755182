"""Whatever a model says and calls, its turn is told in the order in which it happened."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core.testing import AgentMessage, Failure, FunctionCall, TextSession, Turn, TurnEvent
from simulator.clock import run
from simulator.providers import Calls, ScriptedLLM, Then
from simulator.providers.llm import Answer

ROUNDS = 4
TEXTS = st.text("ab \n", max_size=8)
CALLS = st.lists(
    st.fixed_dictionaries({"takes_s": st.sampled_from([0.0, 0.5, 1.0]), "fails": st.booleans()}),
    min_size=1,
    max_size=4,
)
ENDS = st.one_of(TEXTS, st.builds(Then, TEXTS, st.just(OSError("gone"))))
"""How an answer ends: with a text, or in the middle of it."""


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, CALLS), max_size=ROUNDS), ENDS)
def test_a_turn_is_told_in_the_order_it_happened(
    rounds: list[tuple[str, list[dict[str, Any]]]], end: Answer
) -> None:
    numbers = count()
    for _, calls in rounds:
        for call in calls:
            call["number"] = next(numbers)

    turn = run(_play(_script(rounds, end)))

    assert [_told(event) for event in turn.events] == list(_expected(rounds, end))
    messages = [event.text for event in turn.events if isinstance(event, AgentMessage)]
    assert " ".join(messages).split() == turn.text.split()
    assert (turn.failure is not None) == isinstance(end, Then)


def _script(rounds: list[tuple[str, list[dict[str, Any]]]], end: Answer) -> Answer:
    answer = end
    for text, calls in reversed(rounds):
        answer = Calls(*(("work", call) for call in calls), first=text, then=answer)
    return answer


async def _play(script: Answer) -> Turn:
    llm = ScriptedLLM([script])
    llm.max_tool_rounds = ROUNDS

    @llm.register_function()
    async def work(number: int, takes_s: float, fails: bool) -> int:
        await asyncio.sleep(takes_s)
        return 1 // (not fails) * number

    async with TextSession(llm) as session:
        return await session.user_says("Go on.")


def _expected(rounds: list[tuple[str, list[dict[str, Any]]]], end: Answer) -> Iterator[tuple[str, Any]]:
    for text, calls in rounds:
        yield from [("said", text.strip())] if text.strip() else []
        yield from (("called", call["number"]) for call in calls)
        for call in sorted(calls, key=lambda call: call["takes_s"]):
            yield ("failed" if call["fails"] else "returned", call["number"])
    text = end.text if isinstance(end, Then) else str(end)
    yield from [("said", text.strip())] if text.strip() else []
    yield from [("failure", "OSError: gone")] if isinstance(end, Then) else []


def _told(event: TurnEvent) -> tuple[str, Any]:
    if isinstance(event, AgentMessage):
        return "said", event.text
    if isinstance(event, FunctionCall):
        return "called", event.arguments["number"]
    if isinstance(event, Failure):
        return "failure", event.message
    return "failed" if event.error else "returned", event.call.arguments["number"]
