"""A model that says anything at any time, over people and prompts: the agent must come through it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
from getstream.video.rtc.track_util import PcmData
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.agents.events import AgentTurnEnded, AgentTurnStarted
from agentkit.core.edge import EdgeTransport, Participant
from agentkit.core.events import ExceptionEvent
from agentkit.core.llm import LLMResponseEvent, Realtime
from agentkit.core.vad import VAD
from simulator.clock import run
from simulator.scenario.playing.call_stage import CallStage

WORDS = {"alice": Participant(None, "alice", "alice"), "bob": Participant(None, "bob", "bob")}


class Puppet(Realtime):
    """Does nothing by itself, except that it answers prompts."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0

    async def connect(self) -> None:
        self._emit_connected_event()

    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Deaf."""

    async def simple_response(
        self, text: str, processors: Any = None, participant: Participant | None = None
    ) -> LLMResponseEvent:
        self.answers += 1
        name = f"answer-{self.answers}"
        self.sound(300, name)
        self._emit_agent_speech_transcription(text)
        self._emit_audio_output_done_event(name)
        return LLMResponseEvent(text=text)

    async def close(self) -> None:
        self._emit_disconnected_event()

    def sound(self, ms: int, name: str | None) -> None:
        self._emit_audio_output_event(PcmData(24000, "s16", np.full(24 * ms, 5000, np.int16)), name)


class PuppetVAD(VAD):
    """Does nothing by itself."""

    end_delay_s = 0.1

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Deaf."""


who = st.sampled_from([*WORDS.values(), None])
names = st.sampled_from([None, "a", "b", "c"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("sound"), names, st.sampled_from([0, 20, 500, 3000])),
        st.tuples(st.just("text"), st.sampled_from(["well ", "so "])),
        st.tuples(st.just("done"), names),
        st.tuples(st.just("lost"), st.booleans()),
        st.tuples(st.just("understood"), st.just("hello")),
        st.tuples(st.sampled_from(["turn begins", "turn ends", "voice", "silence"]), who),
        st.tuples(st.just("interrupt")),
        st.tuples(st.just("prompt"), st.sampled_from(["p", "q"]), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 0.02, 0.3, 0.9, 2.5])),
    ),
    max_size=40,
)


async def play(script: Sequence[tuple[Any, ...]]) -> list[Any]:
    model, vad = Puppet(), PuppetVAD()
    events: list[Any] = []

    def create_agent(*, edge: EdgeTransport) -> Agent:
        return Agent(edge=edge, agent_user=User(id="agent"), llm=model, vad=vad)

    async with CallStage(agent=create_agent) as call:
        agent = call.the_agent
        agent.events.tap(events.append)
        await call.join("alice")
        await call.join("bob")
        prompts = []
        for what, *about in script:
            match what:
                case "sound":
                    model.sound(about[1], about[0])
                case "text":
                    model._emit_agent_speech_transcription(about[0])
                case "done":
                    model._emit_audio_output_done_event(about[0])
                case "lost":
                    model._emit_disconnected_event("lost", was_clean=about[0])
                case "understood":
                    model._emit_user_speech_transcription(about[0])
                case "turn begins":
                    model._emit_turn_started_event(about[0])
                case "turn ends":
                    model._emit_turn_ended_event(about[0])
                case "voice":
                    vad._emit_speech_started_event(about[0], speech_ms=64)
                case "silence":
                    vad._emit_speech_ended_event(about[0], silence_ms=100)
                case "interrupt":
                    agent.interrupt()
                case "prompt":
                    request = agent.simple_response(about[0], interruptible=about[1])
                    prompts.append(asyncio.ensure_future(request))
                case "wait":
                    await call.wait(about[0])
        for person in WORDS.values():
            vad._emit_speech_ended_event(person)
        await asyncio.gather(*prompts)
        await call.wait(1.0)
        spoken = await asyncio.wait_for(agent.simple_response("at last"), 150)
        assert not spoken.interrupted
        assert spoken.heard_text.endswith("at last")
    return events


@settings(max_examples=40, deadline=None)
@given(steps)
def test_whatever_a_model_sends_the_agent_stays_answerable(script: list[tuple[Any, ...]]) -> None:
    events = run(play(script))
    started = [e.epoch for e in events if isinstance(e, AgentTurnStarted)]
    ended = [e.epoch for e in events if isinstance(e, AgentTurnEnded)]
    assert started == ended
    assert len(set(started)) == len(started)
    assert not [e.error for e in events if isinstance(e, ExceptionEvent)]
