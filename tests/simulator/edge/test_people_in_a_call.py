"""People in a simulated call: they come, speak, mute and go, and what they send arrives to the sample."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.edge import Call, TrackType
from agentkit.core.edge.custom_events import LIMIT_BYTES
from agentkit.core.edge.events import AudioReceivedEvent
from agentkit.core.events import BaseEvent
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.errors import CallError
from simulator.edge.transport import SimulatedEdge
from simulator.media.decode import decode_audio
from simulator.media.errors import MediaError
from simulator.trace import Trace

CLIP = "okay"


def a_call() -> SimulatedCall:
    loop = asyncio.get_running_loop()
    began = loop.time()
    return SimulatedCall(trace=Trace(lambda: round(1e9 * (loop.time() - began))))


class Room:
    """A call, and an agent's edge in it that notes what it is told."""

    def __init__(self, call: SimulatedCall) -> None:
        self.call = call
        self.edge = SimulatedEdge(call)
        self.told: list[Any] = []
        self.sound: list[Any] = []
        self.edge.events.tap(self._note)

    async def enter(self) -> Any:
        agent = Agent(edge=self.edge, agent_user=User(id="agent"))
        return await self.edge.join(agent, Call("call"))

    def _note(self, event: BaseEvent) -> None:
        (self.sound if isinstance(event, AudioReceivedEvent) else self.told).append(event)

    @property
    def story(self) -> list[tuple[str, str]]:
        return [(e.type.split(".")[1], e.participant.id if e.participant else "") for e in self.told]

    def heard(self, who: str) -> list[Any]:
        return [e.pcm_data for e in self.sound if e.participant.id == who]


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    room = Room(a_call())
    yield room
    await room.call.close()


# -- coming and going ---------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_the_agent_is_told_who_comes_and_goes(room: Room) -> None:
    await room.enter()
    alice, bob = room.call.person("alice"), room.call.person("bob", microphone=False)
    alice.join()
    bob.join()
    alice.leave()
    assert room.story == [
        ("participant_joined", "alice"),
        ("track_added", "alice"),
        ("participant_joined", "bob"),
        ("track_removed", "alice"),
        ("participant_left", "alice"),
    ]
    tracks = [e for e in room.told if e.type.startswith("edge.track")]
    assert [(e.track_id, e.track_type) for e in tracks] == [("alice:audio", TrackType.AUDIO)] * 2


@pytest.mark.virtual
async def test_who_was_there_before_the_agent_is_told_when_it_joins(room: Room) -> None:
    room.call.person("alice").join()
    connection = await room.enter()
    assert room.story == [("participant_joined", "alice"), ("track_added", "alice")]
    await connection.wait_for_participant(timeout=0)


@pytest.mark.virtual
async def test_whoever_left_may_come_back(room: Room) -> None:
    connection = await room.enter()
    alice = room.call.person("alice")
    alice.join()
    alice.leave()
    left_at = asyncio.get_running_loop().time()
    await asyncio.sleep(1)
    assert connection.idle_since() == left_at
    alice.join()
    assert connection.idle_since() == 0.0
    assert [kind for kind, _ in room.story].count("participant_joined") == 2


@pytest.mark.virtual
async def test_what_cannot_happen_is_refused_with_advice(room: Room) -> None:
    alice, bob = room.call.person("alice"), room.call.person("bob", microphone=False)
    for act in (alice.leave, alice.mute, alice.unmute, lambda: alice.start_saying(CLIP)):
        with pytest.raises(CallError, match=r"alice cannot .* before joining the call"):
            act()
    with pytest.raises(CallError, match="before joining"):
        alice.send_custom_event({})
    alice.join()
    bob.join()
    with pytest.raises(CallError, match="has joined already"):
        alice.join()
    with pytest.raises(CallError, match="bob has no microphone"):
        bob.start_saying(CLIP)
    with pytest.raises(CallError, match="someone called 'alice' already"):
        room.call.person("alice")
    with pytest.raises(CallError, match="someone called 'agent' already"):
        room.call.person("agent")
    alice.start_saying(CLIP)
    with pytest.raises(CallError, match="still saying 'okay"):
        alice.start_saying(CLIP)
    with pytest.raises(MediaError, match="no-such-clip"):
        room.call.clip("no-such-clip.wav")


@pytest.mark.virtual
async def test_nobody_joins_a_call_that_has_ended(room: Room) -> None:
    alice = room.call.person("alice")
    room.call.end()
    with pytest.raises(CallError, match="the call has ended"):
        alice.join()
    with pytest.raises(ConnectionError, match="the call has ended"):
        await room.enter()


@pytest.mark.virtual
async def test_a_call_holds_one_agent_at_a_time(room: Room) -> None:
    connection = await room.enter()
    with pytest.raises(CallError, match="a simulated call holds one"):
        await SimulatedEdge(room.call).join(Agent(edge=room.edge, agent_user=User()), Call("call"))
    with pytest.raises(CallError, match="close its connection"):
        await room.enter()
    await connection.close()
    await connection.close()
    await room.enter()


@pytest.mark.virtual
async def test_a_call_ends_once_for_everyone(room: Room) -> None:
    await room.enter()
    room.call.end("the host hung up")
    room.call.end("again")
    assert [e.reason for e in room.told] == ["the host hung up"]
    assert len(room.call.trace.select(kind="call.ended")) == 1


@pytest.mark.virtual
async def test_an_agent_that_left_is_told_nothing(room: Room) -> None:
    connection = await room.enter()
    await connection.close()
    alice = room.call.person("alice")
    alice.join()
    alice.start_saying(CLIP)
    alice.send_custom_event({"kind": "poke"})
    await asyncio.sleep(1)
    alice.leave()
    room.call.end()
    assert (room.told, room.sound) == ([], [])


# -- sound --------------------------------------------------------------------------------------------------------


async def says(at_s: float, cut_after_s: float | None = None) -> tuple[list[Any], Any, Any]:
    """The frames that arrive of someone who speaks at an instant, her utterance, and the sound of the clip."""
    room = Room(a_call())
    await room.enter()
    alice = room.call.person("alice")
    alice.join()
    await asyncio.sleep(at_s)
    utterance = alice.start_saying(CLIP)
    if cut_after_s is not None:
        await asyncio.sleep(cut_after_s)
        alice.stop_saying()
    await utterance.done()
    await asyncio.sleep(0.1)
    await room.call.close()
    return room.heard("alice"), utterance, decode_audio(utterance.clip.path).samples


def joined_up(frames: list[Any]) -> np.ndarray[Any, Any]:
    """The frames as one sound from the beginning of the call, each at its place."""
    length = frames[-1].pts + frames[-1].samples.shape[-1]
    sound = np.zeros(length, np.int16)
    for frame in frames:
        assert frame.time_base == 1 / 48000
        sound[frame.pts : frame.pts + len(frame.samples)] = frame.samples
    return sound


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.2))
def test_a_clip_arrives_to_the_sample_from_the_next_20_ms_on(at_s: float) -> None:
    frames, utterance, clip = run(says(at_s))
    sound = joined_up(frames)
    starts = utterance.at_ns * 48 // 1_000_000
    assert starts % 960 == 0
    assert 0 <= utterance.at_ns - at_s * 1e9 < 20e6 + 1
    assert np.array_equal(sound[starts : starts + len(clip)], clip)
    assert not sound[:starts].any()
    assert not sound[starts + len(clip) :].any()
    assert utterance.ends_at_ns - utterance.at_ns == len(clip) * 1_000_000_000 // 48000


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.3))
def test_a_clip_that_is_broken_off_arrives_until_then(cut_after_s: float) -> None:
    frames, utterance, clip = run(says(0.05, cut_after_s))
    sound = joined_up(frames)
    starts = utterance.at_ns * 48 // 1_000_000
    rest = sound[starts:]
    heard = len(rest) if rest[-1:].any() else int(np.max(np.nonzero(rest), initial=-1)) + 1
    assert np.array_equal(rest[:heard], clip[:heard])
    assert heard <= round(48000 * cut_after_s) + 960
    assert utterance.words == () or utterance.words[-1].end_s <= 0.06 + cut_after_s + 0.02


@pytest.mark.virtual
async def test_frames_come_every_20_ms_when_their_sound_has_ended(room: Room) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    times: list[float] = []
    room.edge.events.tap(lambda event: times.append(round(loop.time() - began, 6)), AudioReceivedEvent)
    await room.enter()
    room.call.person("alice").join()
    await asyncio.sleep(0.105)
    assert times == [0.02, 0.04, 0.06, 0.08, 0.1]
    assert [pcm.pts for pcm in room.heard("alice")] == [0, 960, 1920, 2880, 3840]
    assert {pcm.participant.id for pcm in room.heard("alice")} == {"alice"}


@pytest.mark.virtual
async def test_a_muted_microphone_sends_nothing_though_she_goes_on_talking(room: Room) -> None:
    await room.enter()
    alice = room.call.person("alice")
    alice.join()
    utterance = alice.start_saying(CLIP)
    await asyncio.sleep(0.1)
    alice.mute()
    sent = len(room.sound)
    await asyncio.sleep(0.1)
    assert len(room.sound) == sent
    alice.unmute()
    await utterance.done()
    clip = decode_audio(utterance.clip.path).samples
    sound = joined_up(room.heard("alice"))
    assert np.array_equal(sound[: sent * 960], clip[: sent * 960])
    assert not sound[sent * 960 : (sent + 5) * 960].any()
    assert np.array_equal(sound[(sent + 5) * 960 : len(clip)], clip[(sent + 5) * 960 :])


@pytest.mark.virtual
async def test_leaving_breaks_a_sentence_off(room: Room) -> None:
    await room.enter()
    alice = room.call.person("alice")
    alice.join()
    utterance = alice.start_saying("queen-of-clubs")
    await asyncio.sleep(0.5)
    alice.leave()
    await utterance.done()
    assert not alice.speaking
    assert room.call.trace.select(kind="said")[0].data["cut"]
    sent = len(room.sound)
    await asyncio.sleep(1)
    assert len(room.sound) == sent


@pytest.mark.virtual
async def test_people_speak_at_the_same_time_each_on_their_own_track(room: Room) -> None:
    await room.enter()
    for name in ("alice", "bob"):
        room.call.person(name).join()
    alice, bob = room.call.people.values()
    first, second = alice.start_saying(CLIP), bob.start_saying("hmm")
    await asyncio.gather(first.done(), second.done())
    for name, utterance in (("alice", first), ("bob", second)):
        clip = decode_audio(utterance.clip.path).samples
        assert np.array_equal(joined_up(room.heard(name))[: len(clip)], clip)


# -- custom events ------------------------------------------------------------------------------------------------


@pytest.mark.virtual
async def test_custom_events_go_both_ways(room: Room) -> None:
    await room.enter()
    alice = room.call.person("alice")
    alice.join()
    alice.send_custom_event({"kind": "poke"})
    await room.edge.send_custom_event({"kind": "ouch"})
    assert [(e.custom, e.participant.id) for e in room.told[2:]] == [({"kind": "poke"}, "alice")]
    assert room.edge.custom_events == [{"kind": "ouch"}]
    sent = room.call.trace.select(kind="custom_event")
    assert [(record.source, record.data["data"]) for record in sent] == [
        ("alice", {"kind": "poke"}),
        ("agent", {"kind": "ouch"}),
    ]


@pytest.mark.virtual
@pytest.mark.parametrize(("filler", "size"), [("x", 1), ("ü", 2), ("\U0001f600", 4)])
async def test_a_custom_event_has_at_most_5_kb_of_utf8(room: Room, filler: str, size: int) -> None:
    await room.enter()
    overhead = len('{"text":""}')
    fits = {"text": filler * ((LIMIT_BYTES - overhead) // size)}
    await room.edge.send_custom_event(fits)
    with pytest.raises(ValueError, match="5120 bytes of JSON"):
        await room.edge.send_custom_event({"text": fits["text"] + filler * size})
    alice = room.call.person("alice")
    alice.join()
    alice.send_custom_event(fits)
    with pytest.raises(ValueError, match="5120 bytes of JSON"):
        alice.send_custom_event({"text": fits["text"] + filler * size})
    assert len(room.edge.custom_events) == 1


@pytest.mark.virtual
@pytest.mark.parametrize("data", [{"at": object()}, {"nan": float("nan")}, {1, 2}, "text", {"b": b"x"}])
async def test_what_is_no_json_object_is_refused(room: Room, data: Any) -> None:
    await room.enter()
    with pytest.raises(ValueError, match="custom event"):
        await room.edge.send_custom_event(data)
