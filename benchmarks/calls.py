"""Simulated calls to measure: the whole pipeline, and the same call with one part after the other left out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.core.vad import VAD
from agentkit.plugins import silero
from benchmarks.conversation import TURNS, answers, converse
from benchmarks.idle import IdleSTT, IdleVAD
from simulator.clock import VirtualLoop, run
from simulator.edge.call import SimulatedCall
from simulator.providers import ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.trace import Metrics, Trace, compute

AgentFactory = Callable[..., Agent]
Conversation = Callable[[SimulatedCall], Awaitable[None]]


def whole_call(make_agent: AgentFactory, converse: Conversation = converse) -> SimulatedCall:
    """Run the conversation with an agent and do all that a run does: its trace, its digests and its metrics.

    Raises `RuntimeError` when the conversation did not go as written: then another amount of work was measured.
    """
    call = talk(make_agent, converse)
    _check(digest(call))
    return call


def talk(make_agent: AgentFactory, converse: Conversation = converse) -> SimulatedCall:
    """Run the conversation with an agent."""

    async def play() -> SimulatedCall:
        async with CallStage(agent=make_agent, name="benchmark") as stage:
            await converse(stage.simulated)
        return stage.simulated

    return run(play())


def digest(call: SimulatedCall) -> Metrics:
    """What is left to do when a call is over: the digest of its trace, and its metrics."""
    call.trace.digest()
    return compute(call.trace.records)


def microphone_only() -> None:
    """Run the conversation with nobody to talk to: ticks, the microphone, its meter and its recording."""

    async def play() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        start_ns = loop.time_ns()
        call = SimulatedCall(trace=Trace(lambda: loop.time_ns() - start_ns))
        await converse(call)
        await call.close()

    run(play())


def deaf_agent(*, edge: EdgeTransport) -> Agent:
    """Sound reaches its STT and its VAD, resampled, and they do nothing with it."""
    return Agent(edge=edge, agent_user=_USER, stt=IdleSTT(inline=True), vad=IdleVAD(inline=True))


def mute_agent(*, edge: EdgeTransport) -> Agent:
    """It understands and takes turns, but has nothing to say and no voice."""
    return Agent(edge=edge, agent_user=_USER, stt=ScriptedSTT(), vad=ScriptedVAD())


def scripted_agent(*, edge: EdgeTransport) -> Agent:
    """The whole pipeline, all of it scripted."""
    return _talking_agent(edge, ScriptedVAD())


def silero_agent(detector: silero.Detector) -> AgentFactory:
    """The whole pipeline with Silero on the waveform; ``detector`` is loaded already."""

    def client() -> silero.Detector:
        detector.reset()
        return detector

    return lambda *, edge: _talking_agent(edge, silero.VAD(client=client))


def _talking_agent(edge: EdgeTransport, vad: VAD) -> Agent:
    return Agent(edge=edge, agent_user=_USER, llm=answers(), stt=ScriptedSTT(), tts=ScriptedTTS(), vad=vad)


_USER = User(name="Agent", id="agent")


def _check(metrics: Metrics) -> None:
    as_written = metrics.agent_turns == len(TURNS) and metrics.heard_ratio == 1.0
    if not as_written or metrics.interruptions or metrics.errors:
        raise RuntimeError(
            f"the measured call did not go as written: expected {len(TURNS)} answers heard in full, without "
            f"interruptions or errors, found {metrics.agent_turns} of which {metrics.heard_ratio} was heard, "
            f"{metrics.interruptions} interruptions and {metrics.errors} errors. "
            "Look at benchmarks/conversation.py and at what changed in turn-taking"
        )
