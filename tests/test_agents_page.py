"""What docs/agents.md shows works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simulator.clock import run
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

PAGE = Path(__file__).parents[1] / "docs" / "agents.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
PARTS, ERRORS, REALTIME, PEOPLE, PICTURES, CHAT = BLOCKS


def shown(block: str) -> dict[str, Any]:
    """What a block of the page defines."""
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(block, str(PAGE), "exec"), names)
    return names


async def ask(call: Stage) -> list[str]:
    """What the agent answers somebody who asks for the Queen of Clubs."""
    alice = await call.join("alice")
    await call.wait(6)
    await alice.says("queen-of-clubs.wav")
    await call.agent.finishes_speaking(within=15)
    return [r.data["heard_text"] for r in call.trace.select(kind="agent.turn_ended")]


def answers(create_agent: Any) -> list[str]:
    async def main() -> list[str]:
        async with CallStage(agent=create_agent) as call:
            return await ask(call)

    return run(main())


@pytest.mark.parametrize("block", [PARTS, REALTIME], ids=["parts", "realtime"])
def test_an_agent_of_the_page_answers(block: str) -> None:
    assert answers(shown(block)["create_agent"]) == ["It is free tonight."]


def test_errors_reach_a_subscriber(capsys: pytest.CaptureFixture[str]) -> None:
    create, watch = shown(PARTS)["create_agent"], shown(ERRORS)["watch"]

    async def create_watched(**parts: Any) -> Any:
        agent = await create(**parts)
        watch(agent)
        agent.stt._emit_error_event(TimeoutError("no answer"), context="listening")
        return agent

    async def main() -> None:
        async with CallStage(agent=create_watched) as call:
            call.the_agent.stt._emit_error_event(TimeoutError("no answer"), context="listening")
            await call.wait(0.1)

    run(main())
    assert "stt.error TimeoutError: no answer listening" in capsys.readouterr().out


def test_a_filter_decides_who_is_heard() -> None:
    async def main() -> list[str]:
        async with CallStage(agent=shown(PEOPLE)["create_agent"]) as call:
            guest, staff = await call.join("guest"), await call.join("staff-bob")
            await staff.says("queen-of-clubs.wav")
            await guest.says("seven-of-clubs.wav")
            await call.agent.says("Of course.", within=10)
            return [r.data["participant"] for r in call.trace.select(kind="stt.transcript")]

    assert run(main()) == ["guest"]


def test_a_model_that_sees_is_an_agent_like_any_other() -> None:
    assert answers(shown(PICTURES)["create_agent"]) == ["I see."]


def test_a_chat_shows_the_conversation(capsys: pytest.CaptureFixture[str]) -> None:
    conversation = run(shown(CHAT)["make_conversation"]())
    assert [m.content for m in conversation.messages] == ["One moment.", "Take your time."]
    assert capsys.readouterr().out == "desk: One moment.\n"
