"""One process holds call after call, and each leaves it as it was: a server runs for months.

``AGENTKIT_MANY_CALLS=1000 pytest tests/test_many_calls.py`` holds a thousand; sixty are held otherwise.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.core.events import EventManager
from simulator.clock import run
from simulator.providers import Hang, ScriptedLLM, ScriptedRealtime, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.factory import AgentFactory
from simulator.scenario.playing.stage import Stage
from simulator.trace import Trace, compute

CALLS = int(os.environ.get("AGENTKIT_MANY_CALLS", "60"))
WARM_UP = 20
"""Calls after which everything that is made once, imported or cached is there."""

ROOM_MB = 16.0
"""What memory may grow by from then on, however many calls follow. The sound of one call alone is half a megabyte."""

MEMORY, DESCRIPTORS = Path("/proc/self/statm"), Path("/proc/self/fd")
ANSWER = "There are thirteen of them in a pack, as there are of every suit."

Scene = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Held:
    """What the process holds at an instant. ``memory_mb`` is resident, without what malloc keeps for later."""

    memory_mb: float
    descriptors: int
    threads: frozenset[str]
    tasks: int
    managers: int
    objects: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
        if trim is not None:
            trim(0)
        things = gc.get_objects()
        return cls(
            memory_mb=int(MEMORY.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
            descriptors=len(os.listdir(DESCRIPTORS)),
            threads=frozenset(thread.name for thread in threading.enumerate()),
            tasks=sum(issubclass(type(thing), asyncio.Task) for thing in things),
            managers=sum(type(thing) is EventManager for thing in things),
            objects=len(things),
        )


def transcribing(*, edge: EdgeTransport) -> Agent:
    return agent_with(edge, ScriptedLLM(default=ANSWER), ScriptedTTS())


def with_a_failing_voice(*, edge: EdgeTransport) -> Agent:
    return agent_with(edge, ScriptedLLM(default=ANSWER), ScriptedTTS(fails_after_s=0.3))


def with_a_model_that_hangs(*, edge: EdgeTransport) -> Agent:
    return agent_with(edge, ScriptedLLM(default=Hang()), ScriptedTTS())


def realtime(*, edge: EdgeTransport) -> Agent:
    return Agent(edge=edge, agent_user=User(name="Agent"), llm=ScriptedRealtime(default=ANSWER))


def agent_with(edge: EdgeTransport, llm: ScriptedLLM, tts: ScriptedTTS) -> Agent:
    return Agent(
        edge=edge, agent_user=User(name="Agent"), llm=llm, stt=ScriptedSTT(), tts=tts, vad=ScriptedVAD()
    )


async def interrupted(call: Stage) -> None:
    alice = await call.join("alice")
    await alice.says("okay")
    await call.agent.speaks()
    await alice.says("seven-of-clubs")
    await call.agent.falls_silent()


async def hung_up_on(call: Stage) -> None:
    alice = await call.join("alice")
    await alice.says("okay")
    await call.agent.speaks()
    call.end("alice hung up")


async def left_alone(call: Stage) -> None:
    alice, bob = await call.join("alice"), await call.join("bob")
    alice.starts_saying("okay")
    await bob.says("queen-of-clubs")
    alice.leaves()
    bob.leaves()


SCENES: list[tuple[AgentFactory, Scene]] = [
    (transcribing, interrupted),
    (with_a_failing_voice, hung_up_on),
    (with_a_model_that_hangs, left_alone),
    (realtime, hung_up_on),
    (transcribing, left_alone),
]


def hold(number: int, parts: weakref.WeakSet[object]) -> None:
    """Hold a call, one of each kind in turn, and measure it; its ``parts`` should be gone by then."""
    factory, scene = SCENES[number % len(SCENES)]

    async def play() -> Trace:
        async with CallStage(agent=factory, name=scene.__name__) as call:
            parts.update((call.the_agent, call.simulated, call.edge, call.trace))
            await scene(call)
        return call.trace

    trace = run(play(), seed=number)
    trace.digest()
    compute(trace.records)


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux tells a process what it holds")
def test_call_after_call_leaves_no_task_thread_file_or_memory_behind() -> None:
    parts: weakref.WeakSet[object] = weakref.WeakSet()
    for number in range(WARM_UP):
        hold(number, parts)
    before = Held.now()

    for number in range(WARM_UP, CALLS):
        hold(number, parts)

    after = Held.now()
    assert list(parts) == []
    assert after.tasks == before.tasks
    assert after.managers == before.managers
    assert after.threads == before.threads
    assert after.descriptors == before.descriptors
    assert after.objects - before.objects < CALLS - WARM_UP  # not even one for each call
    assert after.memory_mb - before.memory_mb < ROOM_MB
