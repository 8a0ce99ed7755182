"""A transport for another network, written as the documentation of the base class shows it, with an agent on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiortc import MediaStreamTrack
from getstream.video.rtc.track_util import PcmData

from agentkit.core import Agent, User
from agentkit.core.agents.events import AgentTurnEnded
from agentkit.core.edge import Connection, EdgeTransport
from agentkit.core.edge.call import Call
from agentkit.core.edge.events import (
    AudioReceivedEvent,
    CallEndedEvent,
    TrackAddedEvent,
    TrackRemovedEvent,
)
from agentkit.core.edge.types import Participant, TrackType
from agentkit.core.media.track import FRAME_SAMPLES
from examples.concierge import ANSWERS
from simulator.edge.utterance import SaidWord
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD

pytestmark = pytest.mark.virtual

QUEEN = "The Queen of Clubs is our largest suite. It has a balcony, and it is free tonight."


class Caller:
    """Somebody whose words are known: what the network has for a participant."""

    def __init__(self, clip: str) -> None:
        found = find_clip(clip)
        self.samples = decode_audio(found.path).samples
        self.words = [SaidWord(word.text, word.start, word.end) for word in found.words]

    def transcript_at(self, start_s: float, end_s: float) -> list[SaidWord]:
        return [word for word in self.words if word.start_s < end_s and word.end_s > start_s]


class MyService:
    """Another network: it lets in who has a token, and has one caller, who asks one question."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.heard: list[Any] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def authenticate(self, user: User) -> str:
        self.log.append(f"authenticate {user.id}")
        return "token"

    async def create_call(self, call_id: str) -> dict[str, str]:
        self.log.append(f"create {call_id}")
        return {"id": call_id}

    async def join(self, call_id: str, token: str, audio: Callable[[PcmData], None]) -> MyService:
        self.log.append(f"join {call_id} {token}")
        self.tasks.append(asyncio.create_task(self._speak(audio)))
        return self

    async def publish(self, audio_track: Any, video_track: Any) -> None:
        self.log.append(f"publish {audio_track.kind}")
        self.tasks.append(asyncio.create_task(self._listen(audio_track)))

    async def disconnect(self) -> None:
        self.log.append("disconnect")
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _speak(self, audio: Callable[[PcmData], None]) -> None:
        clip = Caller("queen-of-clubs").samples
        for start in range(0, 60 * 48000, FRAME_SAMPLES):
            await asyncio.sleep(0.02)
            samples = clip[start : start + FRAME_SAMPLES]
            if len(samples) == FRAME_SAMPLES:
                audio(PcmData(48000, "s16", samples, pts=start, time_base=1 / 48000))

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            self.heard.append(frame.to_ndarray())


class MyConnection(Connection):
    def __init__(self, connection: MyService) -> None:
        self.connection = connection

    async def close(self) -> None:
        """Leave the call."""

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        """The caller is always there."""

    def idle_since(self) -> float:
        return 0.0


class MyCustomEdge(EdgeTransport):
    def __init__(self, service: MyService) -> None:
        super().__init__()
        self.service = service
        self.caller = Participant(original=Caller("queen-of-clubs"), user_id="u", id="session-1")

    async def authenticate(self, user: User) -> None:
        # Authenticate with your service
        self.token = await self.service.authenticate(user)

    async def create_call(self, call_id: str, **kwargs: Any) -> Call:
        # Create call via your API
        response = await self.service.create_call(call_id)
        return Call(id=call_id, response=response)

    async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Connection:
        # Emit events as audio arrives
        def audio(pcm: PcmData) -> None:
            self.events.send(AudioReceivedEvent(pcm_data=pcm, participant=self.caller))

        # Establish the connection
        connection = await self.service.join(call.id, self.token, audio)
        return MyConnection(connection)

    async def publish_tracks(self, audio_track: Any, video_track: Any) -> None:
        # Publish tracks to the call
        await self.service.publish(audio_track, video_track)

    async def close(self) -> None:
        # Clean up resources
        await self.service.disconnect()


def agent_on(edge: EdgeTransport, **parts: Any) -> Agent:
    ready = {
        "llm": ScriptedLLM(rules=ANSWERS),
        "stt": ScriptedSTT(),
        "tts": ScriptedTTS(),
        "vad": ScriptedVAD(),
    }
    return Agent(edge=edge, agent_user=User(id="agent-1", name="Assistant"), **(ready | parts))


async def test_an_agent_hears_and_is_heard_through_it() -> None:
    service = MyService()
    agent = agent_on(MyCustomEdge(service))
    ended: list[Any] = []
    agent.events.tap(ended.append, AgentTurnEnded)
    call = await agent.create_call(call_type="audio_room", call_id="support-session-123")
    async with agent.join(call, participant_wait_timeout=10.0):
        await asyncio.sleep(12)
        assert agent.idle_for() == 0
        assert agent.on_call_for() == 12
    assert [event.heard_text for event in ended] == [QUEEN]
    assert service.log == [
        "authenticate agent-1",
        "create support-session-123",
        "join support-session-123 token",
        "publish audio",
        "disconnect",
    ]
    loud = [abs(frame).max() > 1000 for frame in service.heard]
    assert 4 <= sum(loud) * 0.02 <= 7
    assert len(service.heard) == pytest.approx(12 / 0.02, abs=2)


async def test_its_end_of_the_call_is_the_agents() -> None:
    edge = MyCustomEdge(MyService())
    agent = agent_on(edge)
    call = await agent.create_call(call_id="c")
    asyncio.get_running_loop().call_later(3, lambda: edge.events.send(CallEndedEvent(reason="hung up")))
    async with agent.join(call):
        await agent.finish()
        assert agent.on_call_for() == 3


async def test_what_a_network_cannot_do_says_so() -> None:
    edge = MyCustomEdge(MyService())
    with pytest.raises(NotImplementedError, match="MyCustomEdge carries no custom events"):
        await edge.send_custom_event({"type": "agent_metric"})
    with pytest.raises(NotImplementedError, match="MyCustomEdge has no demo page"):
        await edge.open_demo()
    assert edge.add_track_subscriber("alice:video") is None
    edge.discard_playout()


async def test_all_events_that_an_edge_must_emit_are_declared() -> None:
    registered = MyCustomEdge(MyService()).events.registered.values()
    assert {AudioReceivedEvent, TrackAddedEvent, TrackRemovedEvent, CallEndedEvent} <= set(registered)


@pytest.mark.parametrize("event", [AudioReceivedEvent(), AudioReceivedEvent(pcm_data=b"x")])
async def test_sound_of_nobody_is_ignored(event: AudioReceivedEvent) -> None:
    edge = MyCustomEdge(MyService())
    agent = agent_on(edge)
    problems: list[Any] = []
    agent.events.tap(lambda e: problems.append(e) if hasattr(e, "error_message") else None)
    async with agent.join(await agent.create_call(call_id="c")):
        edge.events.send(event)
    assert problems == []


async def test_who_must_not_join_is_told_why() -> None:
    class Strict(MyCustomEdge):
        async def authenticate(self, user: User) -> None:
            raise PermissionError("unknown key")

    agent = agent_on(Strict(MyService()))
    with pytest.raises(PermissionError, match="unknown key"):
        await agent.create_call(call_id="c")


async def test_one_edge_serves_one_agent_after_the_other() -> None:
    service = MyService()
    edge = MyCustomEdge(service)
    for _ in range(2):
        agent = agent_on(edge)
        call = await agent.create_call(call_id="c")
        async with agent.join(call):
            await asyncio.sleep(10)
        assert agent.conversation is not None
        assert [m.content for m in agent.conversation.messages] == ["Queen of clubs.", QUEEN]


def test_types_are_what_the_documentation_says() -> None:
    assert [(kind.name, int(kind)) for kind in TrackType] == [
        ("UNSPECIFIED", 0),
        ("AUDIO", 1),
        ("VIDEO", 2),
        ("SCREEN_SHARE", 3),
        ("SCREEN_SHARE_AUDIO", 4),
    ]
    user = User(id="agent-123", name="AI Assistant", image="https://example.com/avatar.png")
    assert (user.id, user.name, user.image) == ("agent-123", "AI Assistant", "https://example.com/avatar.png")
    alice, again = Participant(object(), "alice", "1"), Participant(object(), "alice", "1")
    assert alice == again != Participant(object(), "alice", "2")
