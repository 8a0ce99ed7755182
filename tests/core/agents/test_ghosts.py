"""What a slow provider says of someone who has left does not bring them back."""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent, Participant
from examples.concierge import create_agent
from simulator.clock import run
from simulator.providers import ScriptedSTT
from simulator.scenario.playing.call_stage import CallStage


class SlowSTT(ScriptedSTT):
    """Transcribes two seconds late, and does not hear that somebody has left."""

    def __init__(self) -> None:
        super().__init__(final_latency=2.0, interim=False)

    def forget(self, participant: Participant) -> None:
        """Goes on with what it has."""


async def create_slow_agent(**parts: Any) -> Agent:
    return await create_agent(**parts, stt=SlowSTT())


def test_words_of_someone_who_left_are_not_answered() -> None:
    async def main() -> None:
        async with CallStage(agent=create_slow_agent) as call:
            alice = await call.join("alice")
            await alice.says("go-forward.wav")
            alice.leaves()
            await call.wait_for("stt.transcript", within=5)
            await call.agent.stays_silent(5)
            assert call.metrics().agent_turns == 0

    run(main())


def test_someone_who_comes_back_is_answered() -> None:
    async def main() -> None:
        async with CallStage(agent=create_slow_agent) as call:
            alice = await call.join("alice")
            await alice.says("go-forward.wav")
            alice.leaves()
            await call.wait(5)
            alice.joins()
            await alice.says("queen-of-clubs.wav")
            await call.agent.says("The Queen of Clubs *", within=15)

    run(main())
