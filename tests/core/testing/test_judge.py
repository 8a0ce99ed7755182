"""A model as a judge, and verdicts in whatever it wraps them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.testing import (
    AgentMessage,
    Failure,
    FunctionCall,
    FunctionResult,
    Judge,
    JudgeError,
    TextSession,
    Turn,
    Verdict,
)
from agentkit.core.testing.judge import INSTRUCTIONS
from agentkit.core.testing.verdict import parse
from simulator.providers import Hang, ScriptedLLM

YES = '{"reason": "It offers the table by the window.", "passed": true}'
NO = '{"reason": "It is curt.", "passed": false}'
CALL = FunctionCall("find_table", {"people": 2})
EVENTS = (CALL, FunctionResult(CALL, "by the window"), AgentMessage("By the window, at eight."))
TURN = Turn("A table, please.", "user", "By the window, at eight.", EVENTS, duration=1.5)


def judge(*answers: Any) -> Judge:
    return Judge(ScriptedLLM(list(answers)))


@pytest.mark.virtual
async def test_a_turn_is_judged() -> None:
    strict = judge(YES, NO)
    assert await strict.judge(TURN, "offers the table") == Verdict(True, "It offers the table by the window.")
    assert await strict.judge(TURN, "is warm") == Verdict(False, "It is curt.")


async def test_a_judge_works_on_an_ordinary_loop() -> None:
    quick = Judge(ScriptedLLM([YES], first_token=0.0, per_token=0.0))
    assert (await quick.judge(TURN, "offers the table")).passed


@pytest.mark.virtual
async def test_an_expectation_of_the_judge_accounts_for_what_was_said() -> None:
    chain = await TURN.expects.judged(judge(YES), "offers the table")
    chain.function_called("find_table").nothing_else()
    with pytest.raises(AssertionError) as failed:
        await TURN.expects.judged(judge(NO), "is warm")
    assert str(failed.value).splitlines()[:3] == [
        "expected a turn that is warm; the judge disagrees: It is curt.",
        "what happened, in 1.50 s:",
        '  user    "A table, please."',
    ]


@pytest.mark.virtual
async def test_an_answer_that_failed_is_not_judged() -> None:
    error = OSError("gone")
    turn = Turn("Hello?", "user", "", (Failure(error, "answering"),), 0.1, failure=error)
    with pytest.raises(AssertionError, match="expected a turn that is warm, but the answer failed: OSError"):
        await turn.expects.judged(judge(YES), "is warm")


@pytest.mark.virtual
async def test_the_judge_is_told_the_form_and_everything_that_happened() -> None:
    strict = judge(YES, YES)
    async with TextSession(ScriptedLLM(["Good evening.", "At eight."]), "Be kind.") as session:
        await session.simple_response("Greet the guest.")
        turn = await session.user_says("When?", who="ann")
    await strict.judge(turn, "names an hour")
    await strict.judge(TURN, "is polite")

    (system, first), second = (request.messages for request in strict.llm.requests)  # type: ignore[attr-defined]
    assert system == {"role": "system", "content": INSTRUCTIONS}
    assert json.loads(first["content"]) == {
        "criterion": "names an hour",
        "before": [{"agent says": "Good evening."}],
        "turn": [{"user": "ann", "says": "When?"}, {"agent says": "At eight."}],
    }
    assert json.loads(second[1]["content"])["turn"][1:3] == [
        {"function": "find_table", "called with": {"people": 2}},
        {"function": "find_table", "returned": "by the window"},
    ]


@pytest.mark.virtual
async def test_whatever_a_function_returns_can_be_judged() -> None:
    call = FunctionCall("look", {})
    odd = (FunctionResult(call, {1: {2}}), FunctionResult(call, error="it is dark"), Failure(None))
    assert (await judge(YES).judge(Turn("?", "", "", odd, 0.0), "is odd")).passed


@pytest.mark.virtual
async def test_a_judge_that_fails_or_hangs_gives_no_verdict() -> None:
    broken = judge(ConnectionError("the line is dead"), Hang())
    with pytest.raises(JudgeError, match="the judge's model failed: ConnectionError: the line is dead"):
        await broken.judge(TURN, "is polite")
    with pytest.raises(JudgeError, match="TimeoutError: no answer for 60 s"):
        await broken.judge(TURN, "is polite")


@pytest.mark.virtual
async def test_the_judge_needs_a_model_of_its_own() -> None:
    llm = ScriptedLLM([YES])
    async with TextSession(llm, "Be kind."):
        with pytest.raises(ValueError, match="needs a model of its own, but this one has a conversation"):
            await Judge(llm).judge(TURN, "is polite")
        assert llm.instructions == "Be kind."
    able = ScriptedLLM([YES])
    able.register_function()(test_a_judge_needs_a_criterion)
    with pytest.raises(ValueError, match="this one has functions"):
        await Judge(able).judge(TURN, "is polite")


@pytest.mark.virtual
async def test_a_judge_needs_a_criterion() -> None:
    with pytest.raises(ValueError, match="expected a criterion, such as 'is polite'"):
        await judge(YES).judge(TURN, " ")


@pytest.mark.virtual
async def test_a_model_is_started_once() -> None:
    class Counting(ScriptedLLM):
        started = 0

        async def start(self) -> None:
            self.started += 1

    llm = Counting([YES, NO])
    strict = Judge(llm)
    await strict.judge(TURN, "is polite")
    await strict.judge(TURN, "is warm")
    assert llm.started == 1


# -- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", "no JSON object"),
        ("It is fine, I think.", "no JSON object"),
        ('["passed", true]', "no JSON object"),
        ('{"passed": true, "reason": "cut', "no JSON object"),
        ('{"passed": true}', "an object without 'reason'"),
        ('{"reason": "fine"}', "an object without 'passed'"),
        ('{"passed": "yes", "reason": "fine"}', "'yes' for 'passed'"),
        ('{"passed": 1, "reason": "fine"}', "1 for 'passed'"),
        ('{"passed": true, "reason": " "}', "' ' for 'reason'"),
        (f"{YES} But then again: {NO}", "verdicts that contradict each other"),
    ],
)
def test_an_answer_that_is_no_verdict_is_shown(said: str, problem: str) -> None:
    with pytest.raises(JudgeError) as error:
        parse(said)
    assert f"found {problem}; " in str(error.value)
    assert str(error.value).endswith(f"It said: {said or '(nothing)'}")


@pytest.mark.parametrize(
    "said",
    [
        f"```json\n{YES}\n```",
        f"Let me see {{thinking}}.\n{YES}",
        f'The form is {{"passed": ..., "reason": ...}}. {YES}',
        f"{YES} I repeat: {YES}",
    ],
)
def test_a_verdict_is_found_in_what_models_put_around_it(said: str) -> None:
    assert parse(said) == Verdict(True, "It offers the table by the window.")


def test_a_verdict_may_break_its_lines() -> None:
    assert parse('{"reason": "One.\nTwo.", "passed": false}') == Verdict(False, "One.\nTwo.")


AROUND = st.text(st.characters(exclude_characters="{"), max_size=40)


@given(st.booleans(), st.text(min_size=1).filter(str.strip), AROUND, AROUND, st.booleans())
def test_every_verdict_is_read_as_it_was_given(
    passed: bool, reason: str, before: str, after: str, escaped: bool
) -> None:
    given_ = json.dumps({"reason": reason, "passed": passed}, ensure_ascii=escaped)
    assert parse(f"{before}{given_}{after}") == Verdict(passed, reason.strip())


PIECES = st.sampled_from(["{", "}", '"passed"', '"reason"', ":", ",", "true", "false", '"x"', "[", "]", " "])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join), st.just('{"a":' * 5000)))
def test_whatever_a_model_says_is_a_verdict_or_shown(said: str) -> None:
    try:
        assert parse(said).reason.strip()
    except JudgeError as error:
        shown = str(error)
        assert said[:500] in shown
