"""The snippets of "Edge networks", in its order. What the page says of an agent is tried in simulated calls."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Optional

import numpy as np
import pytest
from aiortc import MediaStreamTrack
from getstream.video.rtc.track_util import PcmData

from agentkit.core import Agent
from agentkit.core.edge import Connection as ExportedConnection
from agentkit.core.edge import EdgeTransport
from agentkit.core.edge.call import Call
from agentkit.core.edge.events import (
    AudioReceivedEvent,
    CallEndedEvent,
    TrackAddedEvent,
    TrackRemovedEvent,
)
from agentkit.core.edge.types import Connection, Participant, TrackType, User
from agentkit.core.events import EventManager
from agentkit.core.processors import VideoPublisher
from agentkit.edge import getstream
from agentkit.plugins import getstream as plugin
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedRealtime, ScriptedSTT, ScriptedTTS, ScriptedVLM

pytestmark = pytest.mark.virtual

logger = logging.getLogger(__name__)

CLIP = "queen-of-clubs.wav"


@pytest.fixture
async def elapsed() -> Callable[[], float]:
    """Seconds since the test began."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: loop.time() - began


# -- EdgeTransport Interface ----------------------------------------------------------------------------------------


class CustomEdge(EdgeTransport):
    async def authenticate(self, user: User) -> None:
        """Authenticate agent user with the transport."""

    async def create_call(self, call_id: str, **kwargs) -> Call:
        """Create or retrieve a call."""

    async def join(self, agent: Agent, call: Call, **kwargs) -> Connection:
        """Join a call and establish connection."""

    async def publish_tracks(
        self,
        audio_track: Optional[MediaStreamTrack],  # noqa: UP045 - as on the page
        video_track: Optional[MediaStreamTrack],  # noqa: UP045
    ):
        """Publish audio/video tracks to the call."""

    async def close(self):
        """Clean up all resources."""


def test_these_five_methods_make_an_edge() -> None:
    assert EdgeTransport.__abstractmethods__ == {name for name in vars(CustomEdge) if name[0] != "_"}
    assert CustomEdge().events.registered


# -- Required Events ------------------------------------------------------------------------------------------------


def test_every_edge_knows_the_required_events() -> None:
    edge = CustomEdge()
    assert isinstance(edge.events, EventManager)
    required = {
        AudioReceivedEvent,  # Audio received from participant
        TrackAddedEvent,  # Media track added to call
        TrackRemovedEvent,  # Media track removed
        CallEndedEvent,  # Call ended
    }
    assert required <= set(edge.events.registered.values())


# -- Core Types -----------------------------------------------------------------------------------------------------


def test_a_user_has_an_id_a_name_and_perhaps_a_picture() -> None:
    agent_user = User(
        id="agent-123",
        name="AI Assistant",
        image="https://example.com/avatar.png",  # Optional
    )
    assert (agent_user.id, agent_user.name) == ("agent-123", "AI Assistant")
    assert User(id="agent-1", name="Voice Assistant").image == ""


def test_a_participant_is_one_of_possibly_several_of_a_user() -> None:
    assert [field.name for field in dataclasses.fields(Participant)] == ["original", "user_id", "id"]
    laptop, phone = Participant(object(), "alice", "session-1"), Participant(object(), "alice", "session-2")
    assert laptop != phone


def test_a_connection_is_closed_waits_for_people_and_tells_since_when_nobody_is_there() -> None:
    assert Connection is ExportedConnection
    assert Connection.__abstractmethods__ == {"close", "wait_for_participant", "idle_since"}


def test_the_types_of_tracks_are_numbered_as_on_the_page() -> None:
    assert [(kind.name, kind.value) for kind in TrackType] == [
        ("UNSPECIFIED", 0),
        ("AUDIO", 1),
        ("VIDEO", 2),
        ("SCREEN_SHARE", 3),
        ("SCREEN_SHARE_AUDIO", 4),
    ]


# -- Using GetStream Edge -------------------------------------------------------------------------------------------


async def test_an_agent_is_made_with_an_edge_by_either_of_its_paths() -> None:
    # Initialize edge
    edge = getstream.Edge()

    # Create agent user
    agent_user = User(
        id="agent-1",
        name="Voice Assistant",
    )

    # Create agent with edge
    agent = Agent(
        edge=edge,
        agent_user=agent_user,
        # ... other config
    )

    assert agent.edge is edge
    assert getstream is plugin
    with pytest.raises(ImportError, match="carrier_pigeon"):
        importlib.import_module("agentkit.edge.carrier_pigeon")
    with pytest.raises(AttributeError, match=r"agentkit\.plugins\.carrier_pigeon; is it installed"):
        _ = importlib.import_module("agentkit.edge").carrier_pigeon


def test_the_namespace_itself_exports_nothing() -> None:
    """`from agentkit import Agent` cannot work: agentkit has no __init__, so that plugins can be added to it."""
    assert not hasattr(importlib.import_module("agentkit"), "Agent")


# -- Call Management ------------------------------------------------------------------------------------------------


async def test_creating_a_call_authenticates_the_agent_once() -> None:
    asked: list[str] = []

    class Edge(SimulatedEdge):
        async def authenticate(self, user: User) -> None:
            asked.append(user.id)

    agent = Agent(edge=Edge(), agent_user=User(id="agent-1"))

    # Agent handles authentication automatically
    call = await agent.create_call(
        call_type="audio_room",
        call_id="support-session-123",
    )

    assert (call.call_type, call.id) == ("audio_room", "support-session-123")
    async with agent.join(call, participant_wait_timeout=0):
        pass
    assert asked == ["agent-1"]


class Visit:
    """An agent on an edge with a call of its own."""

    def __init__(self, **parts: Any) -> None:
        self.edge = getstream.Edge()
        self.agent = Agent(edge=self.edge, agent_user=User(id="agent-1"), **parts)

    async def __aenter__(self) -> Visit:
        self.call = await self.agent.create_call("default", "abc")
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.agent.close()

    def later(self, after_s: float, what: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(after_s, what)


async def test_joining_waits_for_people_and_being_there_lasts_until_the_call_ends(elapsed: Any) -> None:
    async with Visit() as visit:
        agent, call = visit.agent, visit.call
        alice = visit.edge.call.person("alice")
        visit.later(2, alice.join)
        visit.later(20, visit.edge.call.end)
        async with agent.join(call, participant_wait_timeout=10.0):
            # Agent is now connected to the call
            assert elapsed() == 2
            await agent.finish()
        assert elapsed() == pytest.approx(20, abs=0.1)


async def test_an_agent_goes_on_alone_when_nobody_comes_in_time(elapsed: Any) -> None:
    async with Visit() as visit:
        agent, call = visit.agent, visit.call
        visit.later(31, visit.edge.call.end)
        async with agent.join(call, participant_wait_timeout=30.0):
            # Waits up to 30 seconds for a participant
            # Proceeds after timeout even if no one joins
            assert elapsed() == 30
            await agent.finish()


async def test_an_agent_can_wait_for_people_itself(elapsed: Any) -> None:
    async with Visit() as visit:
        agent = visit.agent
        async with agent.join(visit.call, participant_wait_timeout=0):
            visit.later(40, visit.edge.call.person("alice").join)

            # Or wait manually
            await agent.wait_for_participant(timeout=60.0)

            assert elapsed() == 40


# -- Connection Lifecycle -------------------------------------------------------------------------------------------


async def test_an_agent_knows_how_long_it_has_been_alone_and_in_the_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with Visit() as visit:
        agent = visit.agent
        alice = visit.edge.call.person("alice")
        assert agent.on_call_for() == agent.idle_for() == 0
        async with agent.join(visit.call, participant_wait_timeout=0):
            alice.join()
            await asyncio.sleep(100)
            assert agent.idle_for() == 0
            alice.leave()
            await asyncio.sleep(301)

            idle_duration = agent.idle_for()

            duration = agent.on_call_for()
            print(f"Agent has been on call for {duration:.1f} seconds")

            if idle_duration > 300:  # 5 minutes
                print("No participants for 5 minutes, closing call")
                await agent.close()

            assert idle_duration == pytest.approx(301)
            await agent.finish()
    assert capsys.readouterr().out == (
        "Agent has been on call for 401.0 seconds\nNo participants for 5 minutes, closing call\n"
    )


# -- Media Track Management -----------------------------------------------------------------------------------------


class Sign(VideoPublisher):
    """Shows something."""

    def publish_video_track(self) -> MediaStreamTrack:
        from agentkit.core.media.video_tracks import QueuedVideoTrack

        return QueuedVideoTrack()

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("parts", "audio", "video"),
    [
        ({}, False, False),
        ({"tts": ScriptedTTS}, True, False),
        ({"llm": lambda: ScriptedRealtime(default="Yes.")}, True, False),
        ({"processors": lambda: [Sign()]}, False, True),
        ({"tts": ScriptedTTS, "processors": lambda: [Sign()]}, True, True),
    ],
)
async def test_an_agent_publishes_what_it_has(
    parts: dict[str, Callable[[], Any]], audio: bool, video: bool
) -> None:
    published: list[tuple[bool, bool]] = []

    class Edge(SimulatedEdge):
        async def publish_tracks(self, audio_track: Any, video_track: Any) -> None:
            published.append((audio_track is not None, video_track is not None))
            await super().publish_tracks(audio_track, video_track)

    agent = Agent(edge=Edge(), agent_user=User(id="a"), **{name: make() for name, make in parts.items()})
    assert (agent.publish_audio, agent.publish_video) == (audio, video)
    async with agent.join(await agent.create_call(), participant_wait_timeout=0):
        assert published == ([(audio, video)] if audio or video else [])


async def test_a_track_that_is_added_can_be_subscribed_to(calling: Any, make_video: Any) -> None:
    tracks: list[Any] = []
    async with calling(llm=ScriptedVLM(default="Yes."), tts=ScriptedTTS()) as call:
        edge = call.edge

        @edge.events.subscribe
        async def on_video_track_added(event: TrackAddedEvent):
            if event.track_type in (TrackType.VIDEO, TrackType.SCREEN_SHARE):
                # Subscribe to video track
                track = edge.add_track_subscriber(event.track_id)
                # Process with video processors or LLM
                tracks.append(track)

        call.simulated.person("alice", camera=make_video(["red"] * 20)).join()
        await call.wait(1)
        (track,) = tracks
        frame = await track.recv()
        assert frame.to_ndarray(format="rgb24")[0, 0, 0] > 200


async def test_a_screen_that_is_shared_matters_more_than_a_camera(calling: Any, make_video: Any) -> None:
    eyes = ScriptedVLM(default="Yes.")
    async with calling(llm=eyes, tts=ScriptedTTS()) as call:
        alice = call.simulated.person("alice", camera=make_video(["red"] * 50))
        alice.join()
        await call.wait(1)
        assert eyes.watching == "alice:video"
        alice.share_screen(make_video(["blue"] * 30))
        await call.wait(1)
        assert eyes.watching == "alice:screen"


# -- Audio Processing -----------------------------------------------------------------------------------------------


async def test_sound_comes_for_each_participant_in_pieces_of_20_ms(calling: Any) -> None:
    heard: dict[str, list[PcmData]] = {"alice": [], "bob": []}
    async with calling(stt=ScriptedSTT()) as call:
        edge = call.edge

        async def process_audio_chunk(pcm: PcmData) -> None:
            heard[pcm.participant.id].append(pcm)

        @edge.events.subscribe
        async def on_audio_received(event: AudioReceivedEvent):
            if event.pcm_data and event.participant:
                # Audio is buffered per-participant
                # Agent processes audio in 20ms chunks
                await process_audio_chunk(event.pcm_data)

        await call.join("alice")
        await call.join("bob")
        await call.wait(1)
    for pieces in heard.values():
        assert len(pieces) == pytest.approx(50, abs=2)
        assert {piece.duration_ms for piece in pieces} == {20}


async def test_people_who_speak_at_once_are_each_understood(calling: Any) -> None:
    async with calling(stt=ScriptedSTT()) as call:
        alice, bob = await call.join("alice"), await call.join("bob")
        alice.starts_saying(CLIP)
        bob.starts_saying("ten-of-clubs.wav")
        await call.wait(3)
        understood = [record.data for record in call.trace.select(kind="stt.transcript")]
    assert sorted((data["participant"], data["text"]) for data in understood) == [
        ("alice", "Queen of clubs."),
        ("bob", "Ten of clubs."),
    ]


# -- Custom Events --------------------------------------------------------------------------------------------------


async def test_custom_events_are_small_json(calling: Any) -> None:
    async with calling() as call:
        edge = call.edge

        await edge.send_custom_event(
            {
                "type": "agent_metric",
                "latency_ms": 120,
                "confidence": 0.95,
            }
        )

        assert edge.custom_events == [{"type": "agent_metric", "latency_ms": 120, "confidence": 0.95}]
        with pytest.raises(ValueError, match="5120 bytes"):
            await edge.send_custom_event({"text": "x" * 5120})
        with pytest.raises(ValueError, match="JSON-serialisable"):
            await edge.send_custom_event({"what": object()})


# -- Conversation Integration ---------------------------------------------------------------------------------------


async def test_the_model_answers_in_the_conversation_of_the_call(calling: Any) -> None:
    model = ScriptedLLM(default="Yes.")
    async with calling(llm=model, tts=ScriptedTTS(), instructions="Be brief.") as call:
        agent = call.the_agent
        assert agent.conversation is not None
        assert model.conversation is agent.conversation
        assert agent.conversation.instructions == agent.instructions.full_reference == "Be brief."


async def test_an_edge_may_keep_the_conversation_itself() -> None:
    from agentkit.core.agents.conversation import InMemoryConversation

    class Edge(SimulatedEdge):
        async def create_conversation(
            self, call: Call, user: User, instructions: str
        ) -> InMemoryConversation:
            self.kept = InMemoryConversation(f"{call.id} {user.id} {instructions}")
            return self.kept

    agent = Agent(edge=Edge(), agent_user=User(id="agent"), instructions="Be brief.")
    async with agent.join(await agent.create_call("default", "abc"), participant_wait_timeout=0):
        assert agent.conversation is agent.edge.kept
        assert agent.conversation.instructions == "abc agent Be brief."


# -- Opening Demo UI ------------------------------------------------------------------------------------------------


async def test_a_demo_is_for_edges_that_have_one() -> None:
    opened: list[dict[str, Any]] = []

    class DemoEdge(CustomEdge):
        async def open_demo(self, *args: Any, **kwargs: Any) -> None:
            opened.append(kwargs)

    edge = DemoEdge()
    await edge.open_demo(
        call_id="my-call-123",
        token="user-token",
    )
    assert opened == [{"call_id": "my-call-123", "token": "user-token"}]
    with pytest.raises(NotImplementedError, match="CustomEdge has no demo page"):
        await CustomEdge().open_demo()


# -- Error Handling -------------------------------------------------------------------------------------------------


async def join_or_give_up(agent: Agent, call: Call) -> None:
    try:
        async with agent.join(call):
            await agent.finish()
    except ConnectionError as e:
        logger.error(f"Failed to connect: {e}")
        # Retry logic or fallback
    except asyncio.TimeoutError:  # noqa: UP041 - as on the page
        logger.error("Connection timeout")


@pytest.mark.parametrize("problem", [ConnectionError("no route"), TimeoutError()])
async def test_a_call_that_cannot_be_joined_is_told_to_who_joins(problem: Exception) -> None:
    class Unreachable(SimulatedEdge):
        async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Any:
            raise problem

    voice = ScriptedTTS()
    agent = Agent(edge=Unreachable(), agent_user=User(id="agent"), tts=voice)
    await join_or_give_up(agent, await agent.create_call())
    assert voice.closed


async def test_an_agent_may_be_closed_from_the_handler_of_the_end_of_the_call(elapsed: Any) -> None:
    async with Visit(tts=ScriptedTTS()) as visit:
        agent, edge = visit.agent, visit.edge
        closed_at: list[float] = []

        @edge.events.subscribe
        async def on_call_ended(event: CallEndedEvent):
            logger.info("Call ended, cleaning up")
            await agent.close()
            closed_at.append(elapsed())

        visit.later(5, edge.call.end)
        async with agent.join(visit.call, participant_wait_timeout=0):
            await agent.finish()
        await edge.events.wait()
        assert closed_at[0] < 6
        assert agent.tts.closed


# -- Best Practices -------------------------------------------------------------------------------------------------


async def test_an_edge_serves_one_agent_after_the_other() -> None:
    edge = getstream.Edge()
    for name in ("first", "second"):
        agent = Agent(edge=edge, agent_user=User(id=name), tts=ScriptedTTS())
        async with agent.join(await agent.create_call("default", name), participant_wait_timeout=0):
            spoken = await agent.say("Hello.")
            assert spoken.heard_text == "Hello."


# -- Implementation Guide -------------------------------------------------------------------------------------------


class Service:
    """What stands for a WebRTC provider here: a room with one person, who says something at once."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.joined: list[str] = []
        self.left = False
        self.audio: MediaStreamTrack | None = None

    async def authenticate(self, user: User) -> str:
        self.user = user
        return f"token of {user.id}"

    async def create_call(self, call_id: str) -> Any:
        return SimpleNamespace(id=call_id, region="oslo")

    async def join(self, call_id: str, token: str) -> str:
        self.joined.append(f"{call_id} with {token}")
        return self.joined[-1]

    async def publish(self, audio_track: Any, video_track: Any) -> None:
        self.audio = audio_track

    async def disconnect(self) -> None:
        self.left = True


my_service = Service()

ALICE = Participant(None, "alice", "alice")
SECOND = PcmData(48000, "s16", np.full(48000, 4000, np.int16))


class MyConnection(Connection):
    def __init__(self, connection: str) -> None:
        self.connection = connection

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        pass

    def idle_since(self) -> float:
        return 0.0

    async def close(self) -> None:
        pass


class MyCustomEdge(EdgeTransport):
    async def authenticate(self, user: User) -> None:
        # Authenticate with your service
        self.token = await my_service.authenticate(user)

    async def create_call(self, call_id: str, **kwargs) -> Call:
        # Create call via your API
        response = await my_service.create_call(call_id)
        return Call(id=call_id, response=response)

    async def join(self, agent, call, **kwargs) -> Connection:
        # Establish WebRTC connection
        connection = await my_service.join(call.id, self.token)

        # Emit events as audio arrives
        self.events.send(AudioReceivedEvent(pcm_data=SECOND, participant=ALICE))

        return MyConnection(connection)

    async def publish_tracks(self, audio_track, video_track):
        # Publish tracks to the call
        await my_service.publish(audio_track, video_track)

    async def close(self):
        # Clean up resources
        await my_service.disconnect()


async def test_an_edge_of_ones_own_carries_sound_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_service, "joined", [])
    monkeypatch.setattr(my_service, "left", False)
    heard: list[float] = []

    class Meter(ScriptedSTT):
        listens_inline = False

        async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
            heard.append(pcm.duration)

    agent = Agent(edge=MyCustomEdge(), agent_user=User(id="agent"), stt=Meter(), tts=ScriptedTTS())
    call = await agent.create_call("default", "abc")
    assert call.response.region == "oslo"
    async with agent.join(call):
        saying = asyncio.ensure_future(agent.say("Hello there."))
        assert my_service.audio is not None
        frames = [await my_service.audio.recv() for _ in range(100)]
        assert (await saying).heard_text == "Hello there."
    loudest = max(int(np.abs(frame.to_ndarray().astype(np.int32)).max()) for frame in frames)
    assert loudest > 3000
    assert sum(heard) == pytest.approx(1, abs=0.05)
    assert my_service.joined == ["abc with token of agent"]
    assert my_service.left


async def test_a_call_ends_on_an_edge_of_ones_own(elapsed: Any) -> None:
    edge = MyCustomEdge()
    agent = Agent(edge=edge, agent_user=User(id="agent"))
    async with agent.join(await agent.create_call("default", "abc")):
        asyncio.get_running_loop().call_later(3, edge.events.send, CallEndedEvent(reason="the host left"))
        await agent.finish()
    assert elapsed() == pytest.approx(3, abs=0.1)
