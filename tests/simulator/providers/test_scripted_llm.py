from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core.llm import LLMResponseChunkEvent
from simulator.clock import run
from simulator.providers import Hang, ScriptedLLM, Then


def ask(llm_of: Callable[[], ScriptedLLM], *texts: str) -> list[str]:
    """The answers to ``texts``, asked one after the other."""

    async def main() -> list[str]:
        llm = llm_of()
        return ["".join([piece async for piece in llm.stream_response(text)]) for text in texts]

    return run(main())


def test_the_answer_comes_token_by_token_with_the_delays_of_a_model() -> None:
    async def main() -> list[tuple[int, str]]:
        llm = ScriptedLLM(["We open at seven."], first_token=0.3, per_token=0.05)
        began = asyncio.get_running_loop().time()
        return [
            (round(1000 * (asyncio.get_running_loop().time() - began)), piece)
            async for piece in llm.stream_response("When do you open?")
        ]

    assert run(main()) == [(300, "We "), (350, "open "), (400, "at "), (450, "seven.")]


def test_the_whole_answer_is_the_response() -> None:
    async def main() -> tuple[str, float]:
        llm = ScriptedLLM(["We open at seven."], first_token=0.25)
        stream = llm.stream_response("When?")
        async for _ in stream:
            pass
        assert stream.response is not None
        return stream.response.text, stream.response.first_token_ms

    text, first_token_ms = run(main())
    assert text == "We open at seven."
    assert first_token_ms == pytest.approx(250)


def test_answers_are_given_in_order_and_then_the_default() -> None:
    assert ask(lambda: ScriptedLLM(["One.", "Two."], default="More?"), "a", "b", "c", "d") == [
        "One.",
        "Two.",
        "More?",
        "More?",
    ]


def test_the_first_rule_that_matches_answers() -> None:
    def concierge() -> ScriptedLLM:
        rules = {
            "*breakfast*": "From seven.",
            re.compile(r"\b(room|suite)s?\b", re.IGNORECASE): "We have two.",
            "*have*": "We do.",
        }
        return ScriptedLLM(rules=rules, default="Pardon?")

    asked = ["When is BREAKFAST?", "do you have a Room", "do you have towels", "mushrooms"]
    assert ask(concierge, *asked) == ["From seven.", "We have two.", "We do.", "Pardon?"]


def test_a_glob_has_to_match_the_whole_input() -> None:
    assert ask(lambda: ScriptedLLM(rules={"stop": "Yes?"}, default="Go on."), "Stop", "don't stop") == [
        "Yes?",
        "Go on.",
    ]


def test_a_question_without_a_rule_is_refused_with_the_rules_there_are() -> None:
    with pytest.raises(LookupError, match=r"no rule matches 'hello'; there are '\*breakfast\*', 'rooms\?'"):
        ask(lambda: ScriptedLLM(rules={"*breakfast*": "From seven.", re.compile("rooms?"): "Two."}), "hello")


def test_an_exhausted_script_is_refused_with_what_was_asked() -> None:
    with pytest.raises(LookupError, match=r"asked 'and then\?' after all 1 answers"):
        ask(lambda: ScriptedLLM(["One."]), "first", "and then?")


def test_an_exception_in_the_script_is_raised_when_the_first_token_was_due() -> None:
    async def main() -> float:
        llm = ScriptedLLM([ConnectionError("overloaded")], first_token=0.4)
        began = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionError, match="overloaded"):
            await llm.simple_response("hello")
        return asyncio.get_running_loop().time() - began

    assert run(main()) == pytest.approx(0.4)


def test_an_answer_may_fail_in_the_middle() -> None:
    async def main() -> list[str]:
        llm, pieces = ScriptedLLM([Then("We open", ConnectionError("lost"))]), []
        with pytest.raises(ConnectionError, match="lost"):
            async for piece in llm.stream_response("When?"):
                pieces.append(piece)  # noqa: PERF401 - what came before the error counts
        return pieces

    assert run(main()) == ["We ", "open"]


def test_an_answer_that_hangs_is_ended_by_cancelling_it() -> None:
    async def main() -> None:
        llm = ScriptedLLM([Hang()])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await llm.simple_response("hello")

    run(main())


def test_an_interrupted_answer_stops_at_once() -> None:
    async def main() -> tuple[list[str], float]:
        llm = ScriptedLLM(["one two three four"], first_token=0.1, per_token=0.1)
        said: list[str] = []
        llm.events.tap(lambda event: said.append(event.delta), LLMResponseChunkEvent)
        stream = llm.stream_response("count")
        await asyncio.sleep(0.25)
        before = asyncio.get_running_loop().time()
        await stream.aclose()
        took = asyncio.get_running_loop().time() - before
        await asyncio.sleep(5)
        return said, took

    assert run(main()) == (["one ", "two "], 0.0)


def test_what_was_asked_is_kept_with_the_messages_a_provider_would_get() -> None:
    async def main() -> ScriptedLLM:
        llm = ScriptedLLM(["Hello."])
        llm.set_instructions("Be brief.")
        await llm.simple_response("hi")
        return llm

    request = run(main()).requests[0]
    assert request.text == "hi"
    assert request.messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"answers": ["a"], "rules": {"*": "b"}}, ValueError, "expected answers or rules, got both"),
        ({"answers": "a text"}, TypeError, "expected a list of answers, got the text 'a text'"),
        ({"answers": [42]}, TypeError, "expected an answer to be a text"),
        ({"default": Hang}, TypeError, "expected an answer to be a text"),
        ({"first_token": -1}, ValueError, "expected 0 or more seconds"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ScriptedLLM(**options)


@settings(deadline=None)
@given(st.text(alphabet="ab .,!\n\t", max_size=40))
def test_the_tokens_of_an_answer_are_the_answer(answer: str) -> None:
    expected = answer if answer.strip() else ""
    assert ask(lambda: ScriptedLLM([answer]), "hello") in ([expected], [answer])


def test_errors_carry_no_trace_of_earlier_calls() -> None:
    async def main() -> list[int]:
        llm, depths = ScriptedLLM(default=ValueError("no")), []
        for _ in range(2):
            try:
                await llm.simple_response("hello")
            except ValueError as error:
                depths.append(_depth(error))
        return depths

    first, second = run(main())
    assert first == second


def _depth(error: BaseException) -> int:
    trace, depth = error.__traceback__, 0
    while trace is not None:
        trace, depth = trace.tb_next, depth + 1
    return depth
