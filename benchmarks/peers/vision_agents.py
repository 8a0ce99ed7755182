"""Vision Agents measured with its own public classes. Run by the interpreter of an environment that has it.

Its agent joins a call of an edge without a network. Its STT does what those of its plugins do with each piece of sound,
which is to resample it to 16 kHz, and no more; its TTS gives sound that is ready.
"""

# mypy: disable-error-code="import-not-found, misc, no-untyped-def, no-any-return, unused-ignore"

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from getstream.video.rtc import AudioStreamTrack
from getstream.video.rtc.track_util import PcmData
from vision_agents.core import Agent, User
from vision_agents.core.agents.conversation import InMemoryConversation
from vision_agents.core.edge import EdgeTransport
from vision_agents.core.edge.events import AudioReceivedEvent
from vision_agents.core.edge.types import Connection, Participant
from vision_agents.core.events import PluginBaseEvent
from vision_agents.core.events.manager import EventManager
from vision_agents.core.llm import LLM
from vision_agents.core.stt import STT
from vision_agents.core.tts import TTS

from benchmarks import live
from benchmarks.stopwatch import per_call_us, per_turn_us

TIMES = 3_000
SAMPLE_RATE, SPEAKING_RATE, LISTENING_RATE = 48_000, 24_000, 16_000
Sound = Any
PERSON = Participant(original=None, user_id="caller", id="caller")


@dataclass
class SaidEvent(PluginBaseEvent):
    """The event that is sent on the other side, too."""

    type: str = field(default="benchmarks.said", init=False)
    text: str = ""


async def events() -> dict[str, float]:
    """One event: to make it, and what sending it adds. There are no taps and no plain handlers to compare."""
    nobody, somebody = EventManager(), EventManager()
    for manager in (nobody, somebody):
        manager.register(SaidEvent)

    async def on_said(event: SaidEvent) -> None:
        pass

    on_said.__annotations__["event"] = SaidEvent
    somebody.subscribe(on_said)
    event = SaidEvent(text="hello")
    return {
        "event_made": per_call_us(lambda: SaidEvent(text="hello"), TIMES),
        "event_nobody": per_call_us(lambda: nobody.send(event), TIMES),
        "event_async": await per_turn_us(lambda: somebody.send(event), TIMES),
    }


async def calls(frames: Sound, pieces: Sound) -> dict[str, float]:
    """A frame heard, and a second of talk, in calls in real time."""
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(line(pieces)) for _ in range(live.CALLS)]
        hearing, talking = await live.per_second_us(lines, list(frames))
    return {"live_hearing": hearing / live.FRAMES_A_SECOND, "live_calls": talking}


class AgentLine:
    """A call of an agent on an edge without a network."""

    def __init__(self, agent: Agent, edge: IdleEdge) -> None:
        self.track = edge.track
        self.hear = edge.hear
        self._agent = agent

    async def talk(self) -> None:
        """Return when the sentence has been handed on to the voice."""
        await self._agent.say("Whatever is written here, the same sound is heard.")


@asynccontextmanager
async def line(pieces: Sound) -> AsyncIterator[AgentLine]:
    """An agent in a call."""
    edge = IdleEdge()
    agent = Agent(
        edge=edge,
        agent_user=User(name="Agent", id="agent"),
        llm=IdleLLM(),
        stt=IdleSTT(),
        tts=IdleTTS(pieces),
    )
    call = await agent.create_call("default", "benchmark")
    async with agent.join(call, participant_wait_timeout=0):
        yield AgentLine(agent, edge)


@dataclass
class IdleCall:
    """All that a call must have."""

    id: str


class IdleConnection(Connection):
    """The person is always there."""

    async def close(self) -> None:
        pass

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        pass

    def idle_since(self) -> float:
        return 0.0


class IdleEdge(EdgeTransport):
    """A call with one person, whose sound is handed over with `hear`; ``track`` is what the agent publishes."""

    async def authenticate(self, user: User) -> None:
        pass

    async def create_call(self, call_id: str, **kwargs: Any) -> IdleCall:
        return IdleCall(call_id)

    def create_audio_track(self) -> AudioStreamTrack:
        self.track = AudioStreamTrack()
        return self.track

    def open_demo(self, *args: Any, **kwargs: Any) -> None:
        pass

    async def join(self, agent: Agent, call: IdleCall, **kwargs: Any) -> Connection:
        return IdleConnection()

    async def publish_tracks(self, audio_track: Any, video_track: Any) -> None:
        pass

    async def create_conversation(
        self, call: IdleCall, user: User, instructions: str
    ) -> InMemoryConversation:
        return InMemoryConversation(instructions, [])

    def add_track_subscriber(self, track_id: str) -> None:
        return None

    async def send_custom_event(self, data: dict[str, Any]) -> None:
        pass

    def hear(self, samples: Sound, position: int) -> None:
        """The person's next sound, as an edge brings it."""
        pcm = PcmData(
            samples=samples,
            sample_rate=SAMPLE_RATE,
            format="s16",
            channels=1,
            pts=position,
            time_base=1 / SAMPLE_RATE,
            participant=PERSON,
        )
        self.events.send(AudioReceivedEvent(pcm_data=pcm, participant=PERSON))


class IdleSTT(STT):
    """Understands nothing."""

    async def process_audio(self, pcm_data: PcmData, participant: Participant) -> None:
        pcm_data.resample(LISTENING_RATE, 1)


class IdleLLM(LLM):
    """Is never asked."""

    async def simple_response(self, text: str, participant: Participant | None = None) -> AsyncIterator[Any]:
        return
        yield


class IdleTTS(TTS):
    """Whatever it is given to say, it says the same sound."""

    def __init__(self, pieces: Sound) -> None:
        super().__init__()
        self._pieces = [
            PcmData(samples=piece, sample_rate=SPEAKING_RATE, format="s16", channels=1) for piece in pieces
        ]

    async def stream_audio(self, text: str, *args: Any, **kwargs: Any) -> AsyncIterator[PcmData]:
        async def stream() -> AsyncIterator[PcmData]:
            for piece in self._pieces:
                yield piece

        return stream()

    async def stop_audio(self) -> None:
        pass


def main(folder: Path) -> None:
    """Measure one round for every line of the standard input."""
    frames, pieces = np.load(folder / "frames.npy"), np.load(folder / "pieces.npy")
    for _ in sys.stdin:
        with contextlib.redirect_stdout(sys.stderr):
            figures = asyncio.run(events()) | asyncio.run(calls(frames, pieces))
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
