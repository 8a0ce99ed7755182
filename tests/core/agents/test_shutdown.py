"""Closing an agent at any instant of a call, whichever of its parts hangs: over within a second, nothing left running.

Set ``AGENTKIT_SHUTDOWN_EXAMPLES=500`` to try more instants than a quick run has time for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from getstream.video.rtc.track_util import PcmData
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.agents.closing import CLOSE_LIMIT_S
from agentkit.core.conversation import InMemoryConversation
from agentkit.core.edge import Call, Connection, Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm import LLMResponseEvent
from agentkit.core.processors import AudioProcessor, Processor
from agentkit.core.tts import Speech
from examples.concierge import ANSWERS, DEFAULT
from simulator.clock import run
from simulator.clock.tasks import tasks_of
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedRealtime, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.trace import Trace

EXAMPLES = int(os.environ.get("AGENTKIT_SHUTDOWN_EXAMPLES", "40"))
LONGEST_S = 14.0


async def hang() -> Any:
    """Never return."""
    await asyncio.get_running_loop().create_future()


class HangingSTT(ScriptedSTT):
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        await hang()


class STTThatNeverCloses(ScriptedSTT):
    async def close(self) -> None:
        await super().close()
        await hang()


class STTThatNeverStarts(ScriptedSTT):
    async def start(self) -> None:
        await hang()


class VADThatHangs(ScriptedVAD):
    listens_inline = False

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        await hang()

    async def close(self) -> None:
        await super().close()
        await hang()


class TTSThatNeverStops(ScriptedTTS):
    async def stop_audio(self) -> None:
        await hang()

    async def close(self) -> None:
        await super().close()
        await hang()


class TTSWithoutEnd(ScriptedTTS):
    """Its stream hangs at its end, and again while it is being closed."""

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[Speech]:
        async with contextlib.aclosing(super().stream_audio(text, **kwargs)) as pieces:
            async for piece in pieces:
                yield piece
        try:
            await hang()
        finally:
            await asyncio.sleep(0.5)


class HangingLLM(ScriptedLLM):
    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        self._emit_response_chunk("Let me see. ")
        result: LLMResponseEvent = await hang()
        return result

    async def close(self) -> None:
        await hang()


class HangingRealtime(ScriptedRealtime):
    async def interrupt(self) -> None:
        await super().interrupt()
        await hang()

    async def close(self) -> None:
        await super().close()
        await hang()


class RealtimeThatNeverConnects(ScriptedRealtime):
    async def connect(self) -> None:
        await hang()


class HangingProcessor(AudioProcessor):
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        await hang()

    async def close(self) -> None:
        await hang()


class HangingConnection(Connection):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def close(self) -> None:
        await self._connection.close()
        await hang()

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        await hang()

    def idle_since(self) -> float:
        return 0.0


class EdgeThatHangsIn(SimulatedEdge):
    """Hangs in one of its methods."""

    def __init__(self, call: SimulatedCall, method: str) -> None:
        super().__init__(call)
        self._method = method

    async def _perhaps_hang(self, method: str) -> None:
        if method == self._method:
            await hang()

    async def authenticate(self, user: User) -> None:
        await self._perhaps_hang("authenticate")

    async def create_conversation(self, call: Call, user: User, instructions: str) -> InMemoryConversation:
        await self._perhaps_hang("create_conversation")
        return HangingConversation() if self._method == "conversation" else InMemoryConversation()

    async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Any:
        await self._perhaps_hang("join")
        connection = await super().join(agent, call)
        return HangingConnection(connection) if self._method == "connection" else connection

    async def publish_tracks(self, audio_track: Any, video_track: Any) -> None:
        await super().publish_tracks(audio_track, video_track)
        await self._perhaps_hang("publish_tracks")

    async def close(self) -> None:
        await super().close()
        await self._perhaps_hang("close")


class HangingConversation(InMemoryConversation):
    async def close(self) -> None:
        await hang()


async def handler_that_hangs(event: BaseEvent) -> None:
    await hang()


def scripted() -> dict[str, Any]:
    return {
        "llm": ScriptedLLM(rules=ANSWERS, default=DEFAULT),
        "stt": ScriptedSTT(),
        "tts": ScriptedTTS(),
        "vad": ScriptedVAD(),
    }


def realtime(model: type[ScriptedRealtime] = ScriptedRealtime, **options: Any) -> dict[str, Any]:
    return {"llm": model(rules=ANSWERS, default=DEFAULT, **options), "vad": ScriptedVAD()}


HANGS: dict[str, Callable[[], dict[str, Any]]] = {
    "nothing": scripted,
    "STT, while listening": lambda: scripted() | {"stt": HangingSTT()},
    "STT, while closing": lambda: scripted() | {"stt": STTThatNeverCloses()},
    "STT, while starting": lambda: scripted() | {"stt": STTThatNeverStarts()},
    "VAD": lambda: scripted() | {"vad": VADThatHangs()},
    "TTS, in the middle": lambda: scripted() | {"tts": ScriptedTTS(stalls_after_s=1.0)},
    "TTS, while stopping": lambda: scripted() | {"tts": TTSThatNeverStops()},
    "TTS, at the end": lambda: scripted() | {"tts": TTSWithoutEnd()},
    "LLM": lambda: scripted() | {"llm": HangingLLM(default="")},
    "processor": lambda: scripted() | {"processors": [HangingProcessor()]},
    "realtime, nowhere": realtime,
    "realtime, while stopping": lambda: realtime(HangingRealtime),
    "realtime, while connecting": lambda: realtime(RealtimeThatNeverConnects),
    "realtime, after the connection was lost": lambda: realtime(disconnects_after_s=0.5),
    **{
        f"edge, in {method}": lambda method=method: scripted() | {"edge": method}
        for method in (
            "authenticate",
            "create_conversation",
            "conversation",
            "join",
            "connection",
            "publish_tracks",
            "close",
        )
    },
    "an event handler": lambda: scripted() | {"handler": handler_that_hangs},
}


async def visit(call: SimulatedCall) -> None:
    """Alice asks something, and then interrupts the answer."""
    alice = call.person("alice")
    alice.join()
    await alice.start_saying("do-something.wav").done()
    await asyncio.sleep(3)
    await alice.start_saying("queen-of-clubs.wav").done()
    await asyncio.sleep(20)


async def attend(agent: Agent) -> None:
    call = await agent.create_call("default", "call")
    async with agent.join(call):
        greeting = asyncio.ensure_future(agent.simple_response("hello"))
        await agent.finish()
        await greeting


async def close_at(instant_s: float, parts: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    call = SimulatedCall(trace=Trace(lambda: round(1e9 * (loop.time() - began))))
    edge = EdgeThatHangsIn(call, parts.pop("edge", ""))
    handler = parts.pop("handler", None)
    agent = Agent(edge=edge, agent_user=User(id="agent"), **parts)
    if handler is not None:
        agent.events.subscribe(handler)
    visiting = asyncio.ensure_future(visit(call))
    attending = asyncio.ensure_future(attend(agent))
    ours = {visiting, asyncio.current_task()}
    await asyncio.sleep(instant_s)

    closing_began = loop.time()
    await agent.close()
    assert loop.time() - closing_began <= CLOSE_LIMIT_S
    await asyncio.wait([attending], timeout=0.001)
    assert attending.done(), "whoever used the agent was left waiting"
    assert attending.cancelled() or isinstance(attending.exception(), ConnectionError | None)
    left = [task for task in tasks_of(loop) if task not in ours]
    assert not left, f"left running: {left}"
    assert not agent.output.pull(960).any()

    visiting.cancel()
    await call.close()


@pytest.mark.parametrize("hangs", HANGS)
@pytest.mark.parametrize("instant_s", [0.0, 0.01, 3.0, 6.0])
def test_closing_ends_within_a_second_whatever_hangs(hangs: str, instant_s: float) -> None:
    run(close_at(instant_s, HANGS[hangs]()))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    hangs=st.sampled_from(list(HANGS)),
    instant_s=st.floats(0, LONGEST_S) | st.integers(0, round(LONGEST_S / 0.02)).map(lambda n: n * 0.02),
)
def test_closing_ends_within_a_second_at_any_instant(hangs: str, instant_s: float) -> None:
    run(close_at(instant_s, HANGS[hangs]()))
