"""What the framework itself takes, in microseconds of the processor: for an event, for a frame, for a second of a call.

Every function gives its figures by the names of their rows in `benchmarks.costs`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import soxr

from agentkit.core import Agent, User
from agentkit.core.edge import Call
from agentkit.core.events import EventManager, PluginBaseEvent
from agentkit.core.media.output import Samples
from agentkit.core.vad import VAD
from benchmarks import floor, live
from benchmarks.costs import Took
from benchmarks.idle import IdleEdge, IdleSTT, IdleTTS, IdleVAD
from benchmarks.sounds import Sounds
from benchmarks.stopwatch import Act, per_call_us, per_turn_us
from simulator.media.frames import SAMPLE_RATE
from simulator.providers import ScriptedLLM

TIMES = 3_000


@dataclass(kw_only=True)
class Said(PluginBaseEvent):
    """An event like most: what happened, to whom, and one more thing."""

    type: str = "benchmarks.said"
    text: str = ""


def events() -> Took:
    """One event: to make it, and what sending it adds, by who listens."""
    return asyncio.run(_events())


def frames(sounds: Sounds) -> Took:
    """20 ms of one person: from the edge to a VAD and an STT that do nothing, and the resampling alone."""
    return asyncio.run(_frames(sounds))


def calls(sounds: Sounds) -> Took:
    """A frame heard, and a second of talk, in calls in real time; and the same without a framework."""
    return asyncio.run(_calls(sounds))


async def _events() -> Took:
    return {
        "event_made": per_call_us(lambda: Said(text="hello"), TIMES),
        "event_nobody": per_call_us(_sending(EventManager()), TIMES),
        "event_tap": per_call_us(_sending(_tapped()), TIMES),
        "event_sync": await per_turn_us(_sending(_subscribed_by(_on_said)), TIMES),
        "event_async": await per_turn_us(_sending(_subscribed_by(_on_said_async)), TIMES),
    }


def _sending(events: EventManager) -> Act:
    event = Said(text="hello")
    return lambda: events.send(event)


def _tapped() -> EventManager:
    events = EventManager()
    events.tap(_on_said, Said)
    return events


def _subscribed_by(handler: Callable[[Said], object]) -> EventManager:
    events = EventManager()
    events.subscribe(handler)
    return events


def _on_said(event: Said) -> None:
    pass


async def _on_said_async(event: Said) -> None:
    pass


async def _frames(sounds: Sounds) -> Took:
    down = soxr.ResampleStream(SAMPLE_RATE, floor.LISTENING_RATE, 1, "float32", "HQ")
    endless = itertools.cycle(sounds.frames)
    took = {"frame_floor": per_call_us(lambda: floor.resample(down, next(endless)), TIMES)}
    async with _line(sounds, IdleVAD(inline=True), inline=True) as line:
        took["frame_inline"] = per_call_us(_hearing(line, sounds.frames), TIMES)
    async with _line(sounds, IdleVAD(inline=False), inline=False) as line:
        took["frame_queued"] = await per_turn_us(_hearing(line, sounds.frames), TIMES)
    return took


def _hearing(line: AgentLine, frames: list[Samples]) -> Act:
    numbered = zip(itertools.cycle(frames), itertools.count(0, live.FRAME_SAMPLES), strict=False)
    return lambda: line.hear(*next(numbered))


async def _calls(sounds: Sounds) -> Took:
    bare = [floor.BareLine(sounds.pieces) for _ in range(live.CALLS)]
    bare_hearing, bare_talking = await live.per_second_us(bare, sounds.frames)
    async with AsyncExitStack() as stack:
        agents = [
            await stack.enter_async_context(_line(sounds, None, inline=False)) for _ in range(live.CALLS)
        ]
        hearing, talking = await live.per_second_us(agents, sounds.frames)
    return {
        "hearing_floor": bare_hearing / live.FRAMES_A_SECOND,
        "live_hearing": hearing / live.FRAMES_A_SECOND,
        "talking_floor": bare_talking,
        "live_calls": talking,
    }


class AgentLine:
    """A call of an agent on an idle edge."""

    def __init__(self, agent: Agent, edge: IdleEdge) -> None:
        self.track = edge.track
        self.hear = edge.hear
        self._agent = agent

    async def talk(self) -> None:
        await self._agent.say("Whatever is written here, the same sound is heard")


@asynccontextmanager
async def _line(sounds: Sounds, vad: VAD | None, *, inline: bool) -> AsyncIterator[AgentLine]:
    edge = IdleEdge()
    agent = Agent(
        edge=edge,
        agent_user=User(name="Agent", id="agent"),
        llm=ScriptedLLM(),
        stt=IdleSTT(inline=inline),
        tts=IdleTTS(sounds.pieces, floor.SPEAKING_RATE),
        vad=vad,
    )
    async with agent.join(Call(id="benchmark"), participant_wait_timeout=0):
        yield AgentLine(agent, edge)
