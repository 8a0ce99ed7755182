"""How soon an interrupted agent is silent when its voice takes 5 s to stop."""

from __future__ import annotations

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from benchmarks.result import Result
from simulator.clock import run
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.trace import Metrics

STOP_LATENCY_S = 5.0

INTERRUPTIONS = (
    "are-they-suing",
    "do-something",
    "go-forward",
    "made-amiable-himself",
    "queen-of-clubs",
    "seven-of-clubs",
    "superlative-degree",
    "who-wants-to-take-notes",
)
"""Recordings whose first words differ in length, so that the decisions fall anywhere between two frames."""

LONG_ANSWER = (
    "Let me tell you about the lighthouse. It was built of stone from the quarry behind the church, and it took "
    "eleven years, because every winter the sea took back a part of what the summer had put up."
)


def measure() -> Result:
    """The longest time from a decision to yield to the first silent sample, in one call full of interruptions."""
    latency = run(_interrupt_again_and_again()).decision_to_silence_ms
    if latency.count != len(INTERRUPTIONS) or latency.max is None:
        raise RuntimeError(
            f"expected the agent to yield {len(INTERRUPTIONS)} times, found {latency.count}; look at "
            "benchmarks/yielding.py and at what changed in turn-taking"
        )
    return Result("yield_slow_tts", latency.max, "virtual ms", latency.count)


async def _interrupt_again_and_again() -> Metrics:
    async with CallStage(agent=_slow_to_stop, name="benchmark") as stage:
        caller = await stage.join("caller")
        await caller.says("do-something")
        for clip in INTERRUPTIONS:
            await stage.agent.speaks()
            await stage.wait(1.0)
            await caller.says(clip)
    return stage.metrics()


def _slow_to_stop(*, edge: EdgeTransport) -> Agent:
    return Agent(
        edge=edge,
        agent_user=User(name="Agent", id="agent"),
        llm=ScriptedLLM(default=LONG_ANSWER),
        stt=ScriptedSTT(),
        tts=ScriptedTTS(stop_latency=STOP_LATENCY_S),
        vad=ScriptedVAD(),
    )
