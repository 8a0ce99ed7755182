"""Functions in a simulated call: what the caller hears, and what becomes of a function when they interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentkit.core.agents import Agent
from agentkit.core.edge import EdgeTransport, User
from agentkit.core.llm.functions import OnInterrupt
from simulator.clock import run
from simulator.providers import Calls, ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage
from simulator.trace import Record

QUESTION, BARGE_IN = "do-something.wav", "seven-of-clubs.wav"
"""Recordings of people: an offer to talk, and "the seven of clubs"."""

BOOK = Calls(
    ("book", {"room": "queen"}),
    first="One moment please, I am booking the Queen of Clubs for you, which may take a little while.",
    then="I have booked it: {result}.",
)


@dataclass
class Desk:
    """Books rooms, slowly. ``log`` is what really happened, in seconds of the call."""

    takes_s: float = 8.0
    log: list[tuple[str, float]] = field(default_factory=list)
    llm: ScriptedLLM = field(default_factory=lambda: ScriptedLLM([BOOK], default="Very well."))

    async def book(self, room: str) -> str:
        """Book a room."""
        self.note("began")
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.note("cancelled")
            raise
        self.note("booked")
        return f"number 7, {room}"

    def note(self, what: str) -> None:
        self.log.append((what, asyncio.get_running_loop().time()))

    @property
    def happened(self) -> list[str]:
        return [what for what, _ in self.log]

    def agent(self, *, edge: EdgeTransport) -> Agent:
        return Agent(
            edge=edge,
            agent_user=User(name="Desk", id="desk"),
            instructions="Be kind.",
            llm=self.llm,
            stt=ScriptedSTT(),
            tts=ScriptedTTS(),
            vad=ScriptedVAD(),
        )


def play(desk: Desk, script: Callable[[Stage], Awaitable[None]]) -> list[Record]:
    async def main() -> list[Record]:
        async with CallStage(agent=desk.agent) as call:
            await script(call)
        return list(call.trace.records)

    return run(main())


async def ask_and_interrupt(call: Stage) -> None:
    """Alice asks, and speaks again while the agent says that it will take a while."""
    alice = await call.join("alice")
    await alice.says(QUESTION)
    await call.wait_for("llm.tool_start", within=5)
    await call.agent.speaks(within=5)
    await call.wait(1.0)
    barge_in = alice.starts_saying(BARGE_IN)
    await call.agent.falls_silent(within=1.0, of=barge_in)
    await call.agent.speaks(within=30)
    await call.agent.falls_silent(within=30)
    await call.wait(10.0)


def times(records: list[Record], kind: str) -> list[float]:
    return [record.t_ns / 1e9 for record in records if record.kind == kind]


def only(records: list[Record], kind: str) -> dict[str, Any]:
    (record,) = [record for record in records if record.kind == kind]
    return record.data


def next_request(desk: Desk) -> list[tuple[str, str]]:
    """What the model was asked after the interruption."""
    return [(message["role"], message["content"]) for message in desk.llm.requests[-1].messages]


def test_the_caller_hears_that_it_takes_a_moment_and_then_what_came_of_it() -> None:
    async def script(call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says(QUESTION)
        await call.agent.speaks(within=5)
        await call.wait_for("llm.tool_end", within=20)
        await call.agent.says("*I have booked it: number 7, queen.", within=20)

    desk = Desk()
    desk.llm.register_function()(desk.book)
    records = play(desk, script)

    end = only(records, "llm.tool_end")
    assert (end["tool_name"], end["success"], end["result"]) == ("book", True, "number 7, queen")
    assert end["participant"] == "alice"
    (called,), (spoke, *_) = times(records, "llm.tool_start"), times(records, "agent.turn_started")
    assert spoke - called < 1.0, "the agent has to speak while the function runs"
    assert len(times(records, "agent.turn_ended")) == 1


@pytest.mark.parametrize("on_interrupt", ["cancel", "finish", "wait"])
def test_silence_waits_for_no_function(on_interrupt: OnInterrupt) -> None:
    desk = Desk()
    desk.llm.register_function(on_interrupt=on_interrupt)(desk.book)
    records = play(desk, ask_and_interrupt)
    (yielded, *_), (ended, *_) = times(records, "agent.yielded"), times(records, "agent.turn_ended")
    silent = next(
        record.data["at_ns"] / 1e9
        for record in records
        if (record.source, record.kind) == ("agent", "voice.stopped") and record.t_ns / 1e9 > yielded
    )
    assert silent - yielded <= 0.02
    assert ended - yielded < 1.0
    assert not [record for record in records if record.kind.endswith("error")]


def test_a_function_to_cancel_is_cancelled_and_forgotten() -> None:
    desk = Desk()
    desk.llm.register_function(on_interrupt="cancel")(desk.book)
    records = play(desk, ask_and_interrupt)
    assert desk.happened == ["began", "cancelled"]
    end = only(records, "llm.tool_end")
    assert (end["success"], end["error"]) == (False, "the user interrupted")
    assert not [text for _, text in next_request(desk) if "book" in text and "booking" not in text]


def test_a_function_to_finish_finishes_while_the_next_answer_is_given_and_is_told_later() -> None:
    async def script(call: Stage) -> None:
        await ask_and_interrupt(call)
        await call.person("alice").says(QUESTION)
        await call.agent.speaks(within=5)

    desk = Desk()
    desk.llm.register_function()(desk.book)
    records = play(desk, script)
    assert desk.happened == ["began", "booked"]
    answered = times(records, "llm.request_started")[1]
    assert answered < times(records, "llm.tool_end")[0], "the next answer does not wait for it"
    assert not any("number 7" in message["content"] for message in desk.llm.requests[1].messages)
    assert next_request(desk)[-2] == (
        "system",
        'book({"room": "queen"}) was called for an answer that the user interrupted. It returned: number 7, queen',
    )
    assert next_request(desk)[-1][0] == "user"


def test_a_function_to_wait_for_holds_back_the_next_answer_which_knows_the_result() -> None:
    desk = Desk()
    desk.llm.register_function(on_interrupt="wait")(desk.book)
    records = play(desk, ask_and_interrupt)
    assert desk.happened == ["began", "booked"]
    assert times(records, "llm.request_started")[1] == times(records, "llm.tool_end")[0]
    roles, texts = zip(*next_request(desk), strict=True)
    assert roles[-2:] == ("system", "user")
    assert texts[-2].endswith("It returned: number 7, queen")


def test_what_was_done_for_an_answer_that_nobody_heard_is_told_before_the_next() -> None:
    """The function had returned when the answer about it was cut."""

    async def script(call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says(QUESTION)
        await call.agent.speaks(within=5)
        await call.wait(1.0)
        barge_in = alice.starts_saying(BARGE_IN)
        await call.agent.falls_silent(within=1.0, of=barge_in)
        await call.agent.says("Very well.", within=10)

    desk = Desk(takes_s=0.0)
    desk.llm.register_function(on_interrupt="cancel")(desk.book)
    play(desk, script)
    assert desk.happened == ["began", "booked"]
    assert any(text.endswith("It returned: number 7, queen") for _, text in next_request(desk))


def test_a_call_that_is_still_under_way_is_not_made_twice() -> None:
    """After the interruption the model asks for the same thing again."""
    desk = Desk()
    desk.llm = ScriptedLLM([BOOK, BOOK], default="Very well.")
    desk.llm.register_function()(desk.book)
    records = play(desk, ask_and_interrupt)
    assert desk.happened == ["began", "booked"]
    assert len(times(records, "llm.tool_start")) == len(times(records, "llm.tool_end")) == 1
    assert any("I have booked it" in r.data["heard_text"] for r in records if r.kind == "agent.turn_ended")


def test_the_caller_hears_of_a_function_that_fails() -> None:
    async def script(call: Stage) -> None:
        await (await call.join("alice")).says(QUESTION)
        await call.agent.says("*Error: RuntimeError: the desk is closed.", within=20)

    desk = Desk()

    @desk.llm.register_function()
    async def book(room: str) -> str:
        raise RuntimeError("the desk is closed")

    records = play(desk, script)
    assert only(records, "llm.error")["error"] == "RuntimeError: the desk is closed"
    assert only(records, "llm.tool_end")["success"] is False


def test_the_caller_hears_of_a_function_that_takes_too_long() -> None:
    async def script(call: Stage) -> None:
        await (await call.join("alice")).says(QUESTION)
        await call.agent.says("*Error: book took longer than 5 s*", within=20)

    desk = Desk(takes_s=100.0)
    desk.llm.tool_timeout_s = 5.0
    desk.llm.register_function()(desk.book)
    records = play(desk, script)
    assert desk.happened == ["began", "cancelled"]
    assert times(records, "llm.tool_end")[0] - times(records, "llm.tool_start")[0] == pytest.approx(5.0)


@pytest.mark.parametrize("on_interrupt", ["cancel", "finish", "wait"])
@pytest.mark.parametrize("stubborn", [False, True])
def test_when_the_call_ends_no_function_keeps_the_agent(on_interrupt: OnInterrupt, stubborn: bool) -> None:
    async def script(call: Stage) -> None:
        await (await call.join("alice")).says(QUESTION)
        await call.wait_for("llm.tool_start", within=5)
        await call.wait(0.1)
        call.end()
        await call.wait_for("agent.finished", within=1.0)

    desk = Desk()

    @desk.llm.register_function(on_interrupt=on_interrupt)
    async def book(room: str) -> str:
        try:
            return await desk.book(room)
        finally:
            if stubborn:
                await asyncio.sleep(0.35)

    records = play(desk, script)
    assert desk.happened == ["began", "cancelled"]
    assert only(records, "llm.tool_end")["success"] is False


def test_what_is_nearly_done_when_the_caller_hangs_up_is_done() -> None:
    async def script(call: Stage) -> None:
        await (await call.join("alice")).says(QUESTION)
        await call.wait_for("llm.tool_start", within=5)
        call.end()

    desk = Desk(takes_s=0.2)
    desk.llm.register_function()(desk.book)
    play(desk, script)
    assert desk.happened == ["began", "booked"]
