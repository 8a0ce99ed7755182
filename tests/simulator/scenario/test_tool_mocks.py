"""Functions of the agent that do something else for the length of a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.core import Agent
from examples import booking
from simulator.scenario import load_scenario
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.playing.runner import Outcome, run_scenario
from simulator.scenario.playing.stage import Stage

ASKS = """\
people: {{alice: {{mic: true}}}}
tools: {tools}
script:
  - alice: joins
  - alice: says across-the-table.wav
  - agent: calls book_table
    within: 5s
  - agent: finishes speaking
expect: [{expect}]
"""


def play(tools: str, tmp_path: Path, expect: str = "") -> Outcome:
    file = tmp_path / "call.yaml"
    file.write_text(ASKS.format(tools=tools, expect=expect))
    return run_scenario(load_scenario(file), agent="examples.booking:create_agent")


def result(outcome: Outcome) -> dict[str, Any]:
    (ended,) = outcome.trace.select(kind="llm.tool_end")
    return ended.data


@pytest.mark.parametrize(
    ("written", "returned"),
    [
        ("table 4", "table 4"),
        ("{seats: [2, 3], free: true}", {"seats": [2, 3], "free": True}),
        ("null", None),
    ],
)
def test_a_function_returns_what_the_scenario_says(written: str, returned: Any, tmp_path: Path) -> None:
    outcome = play(f"{{book_table: {{returns: {written}}}}}", tmp_path)
    assert outcome.passed
    assert (result(outcome)["success"], result(outcome)["result"]) == (True, returned)


def test_a_function_raises_what_the_scenario_says_and_takes_its_time(tmp_path: Path) -> None:
    outcome = play("{book_table: {raises: no chairs, after: 1500ms}}", tmp_path)
    assert outcome.passed
    assert result(outcome)["error"] == "RuntimeError: no chairs"
    assert result(outcome)["execution_time_ms"] == pytest.approx(1500)


def test_a_function_that_the_agent_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    (failure,) = play("{book_tabel: {returns: 1}}", tmp_path).failures
    assert "there is no function 'book_tabel'; did you mean book_table?" in failure.message


def test_what_was_called_instead_is_told(tmp_path: Path) -> None:
    expect = "{tool called: book_table, where: {people: 3}}"
    (failure,) = play("{book_table: {returns: 1}}", tmp_path, expect).failures
    assert failure.message == (
        "tool called: book_table with people: 3: expected >= 1, found 0; "
        'the model called book_table({"people": 2, "time": "20:00"})'
    )


class TestInPython:
    """The same from a test."""

    @pytest.mark.agent("examples.booking:create_agent")
    async def test_a_function_is_replaced_and_waited_for(self, call: Stage) -> None:
        call.mock_tool("book_table", returns="table 9", after=0.5)
        alice = await call.join("alice")
        await alice.says("across-the-table.wav")
        await call.agent.calls("book_table", {"people": "2"}, within=4)
        await call.agent.says("*table 9.", within=10)

    @pytest.mark.agent("examples.booking:create_agent")
    async def test_what_was_called_in_place_of_what_was_expected_is_told(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("across-the-table.wav")
        with pytest.raises(StepFailed, match=r"to call is_free .*; there was book_table\({\"people\": 2"):
            await call.agent.calls("is_free", within=4)
        with pytest.raises(
            StepFailed, match=r"to send an event with kind: bill .*; there was {\"kind\": \"receipt\""
        ):
            await call.agent.sends({"kind": "bill"}, within=4)

    @pytest.mark.agent("examples.concierge:create_agent")
    async def test_an_agent_without_functions_says_so(self, call: Stage) -> None:
        with pytest.raises(UsageError, match="there are none"):
            call.mock_tool("book_table", returns=1)


def test_a_function_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text("tools:\n  book: {returns: 1}\nscript: [wait: 1s]\n")
    (failure,) = run_scenario(load_scenario(file), agent="examples.concierge:create_agent").failures
    assert failure.place == f"{file}:2"


def test_the_agent_has_its_own_function_again_after_the_call(tmp_path: Path) -> None:
    made: list[Agent] = []

    async def create_agent(**parts: Any) -> Agent:
        made.append(await booking.create_agent(**parts))
        return made[-1]

    file = tmp_path / "call.yaml"
    file.write_text(ASKS.format(tools="{book_table: {returns: 1}}", expect=""))
    assert run_scenario(load_scenario(file), agent=create_agent).passed
    llm = made[0].llm
    assert llm is not None
    assert "find" not in vars(llm.functions)
