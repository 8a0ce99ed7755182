"""An edge that records keeps the contract of the edge it records: nobody can tell the two apart.

Each test does something to the simulated edge and to one that is recorded, each in a call of its own, and compares all
that can be noticed: what is returned and raised, the events in their order, and the digest of the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.edge import Call, EdgeTransport
from agentkit.core.edge.events import AudioReceivedEvent
from agentkit.core.events import BaseEvent
from agentkit.core.media.output import AudioOutput
from agentkit.core.media.track import OutputTrack
from agentkit.core.media.video_tracks import QueuedVideoTrack
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.recorder import RecordingEdge
from simulator.trace import Trace, event_data

VIDEOS = Path(__file__).parents[3] / "scenarios" / "video"


class Room:
    """A call with two people who may come, and an edge to it."""

    def __init__(self, folder: Path | None) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.trace = Trace(lambda: round(1e9 * (loop.time() - began)))
        self.call = SimulatedCall(trace=self.trace, folders=[VIDEOS], trace_frames=True)
        self.alice = self.call.person("alice", camera="face.mp4")
        self.bob = self.call.person("bob")
        inner = SimulatedEdge(self.call)
        self.edge: EdgeTransport = RecordingEdge(inner, folder) if folder is not None else inner
        self.noticed: list[Any] = []
        self.edge.events.tap(self._told)

    async def enter(self) -> Any:
        agent = Agent(edge=self.edge, agent_user=User(id="agent"))
        connection = await self.edge.join(agent, Call("call"))
        await asyncio.sleep(
            0.001
        )  # a folder is made by a thread: joining is not over in the instant it began
        return connection

    async def tries(self, action: Callable[[], Awaitable[Any]]) -> None:
        """Note what comes of it."""
        try:
            outcome = await action()
        except Exception as error:
            self.note(type(error), str(error))
        else:
            self.note("returned", outcome if isinstance(outcome, str | bool | None) else type(outcome))

    def note(self, *what: Any) -> None:
        self.noticed.append((self.call.now_ns, *what))

    def _told(self, event: BaseEvent) -> None:
        if isinstance(event, AudioReceivedEvent):
            self.note("sound", event.participant.id, event.track_type, event.pcm_data.samples.tobytes())
        else:
            self.note(event.type, event_data(event))


Act = Callable[[Room], Awaitable[Any]]


def noticed(act: Act, folder: Path | None) -> tuple[list[Any], str]:
    """All that can be noticed of an act, and the digest of the call."""

    async def perform() -> tuple[list[Any], str]:
        room = Room(folder)
        await act(room)
        await room.edge.close()
        await room.call.close()
        return room.noticed, room.trace.digest()

    return run(perform())


def assert_the_same(act: Act, folder: Path) -> None:
    plain, recorded = noticed(act, None), noticed(act, folder / "call")
    assert plain[0], "an act of which nothing can be noticed shows nothing"
    assert recorded == plain


async def people_come_speak_and_go(room: Room) -> None:
    room.alice.join()
    await room.enter()
    room.bob.join()
    await room.alice.start_saying("okay").done()
    room.bob.mute()
    room.bob.send_custom_event({"kind": "poke"})
    await asyncio.sleep(0.7)
    room.bob.unmute()
    await asyncio.sleep(0.1)
    room.bob.drop(lost_after_s=0.5)
    await asyncio.sleep(1)
    room.bob.reconnect()
    room.alice.leave()
    room.call.end("enough")


async def it_sends_what_is_too_large_or_no_json(room: Room) -> None:
    events: list[Any] = [{"kind": "receipt"}, {"text": "x" * 6000}, {"what": object()}, ["no mapping"]]
    for data in events:
        await room.tries(partial(room.edge.send_custom_event, data))
    room.note(room.edge.custom_events)  # type: ignore[attr-defined]


async def it_joins_twice(room: Room) -> None:
    await room.enter()
    await room.tries(room.enter)
    room.alice.join()
    await asyncio.sleep(0.1)


async def it_is_closed_twice_and_used_again(room: Room) -> None:
    connection = await room.enter()
    await connection.close()
    await connection.close()
    await room.tries(room.enter)
    await room.tries(room.edge.close)
    await room.tries(room.edge.close)
    await room.tries(room.enter)
    room.alice.join()
    await asyncio.sleep(0.1)


async def it_is_closed_before_it_joined(room: Room) -> None:
    await room.tries(room.edge.close)


async def it_joins_what_is_over(room: Room) -> None:
    await room.call.close()
    await room.tries(room.enter)


async def it_waits_for_people(room: Room) -> None:
    connection = await room.enter()
    await room.tries(lambda: connection.wait_for_participant(timeout=0.5))
    room.alice.join()
    await room.tries(lambda: connection.wait_for_participant(timeout=0.5))
    room.note(connection.idle_since())
    room.alice.leave()
    room.note(connection.idle_since())


async def it_watches(room: Room) -> None:
    room.alice.join()
    room.note(room.edge.add_track_subscriber("alice:video"))
    await room.enter()
    room.note(room.edge.add_track_subscriber("nobody:video"))
    track = room.edge.add_track_subscriber("alice:video")
    assert track is not None
    room.note(track.kind, track.readyState)
    for _ in range(5):
        frame = await track.recv()
        assert isinstance(frame, VideoFrame)
        room.note(frame.pts, frame.time_base, frame.to_ndarray().tobytes())
    room.alice.stop_camera()
    await room.tries(track.recv)
    room.note(track.readyState)


async def it_speaks(room: Room) -> None:
    room.alice.join()
    await room.enter()
    output = AudioOutput()
    share = output.begin(
        1, on_started=lambda: room.note("started"), on_finished=lambda: room.note("finished")
    )
    share.write(np.full(24_000, 3000, np.int16))
    share.finish()
    await room.edge.publish_tracks(OutputTrack(output), QueuedVideoTrack())
    await asyncio.sleep(0.2)
    room.edge.discard_playout()
    await asyncio.sleep(0.6)
    await room.edge.publish_tracks(None, None)


async def it_asks_for_everything_else(room: Room) -> None:
    await room.tries(lambda: room.edge.authenticate(User(id="agent")))
    await room.tries(lambda: room.edge.create_call("call", call_type="support"))
    await room.tries(lambda: room.edge.create_conversation(Call("call"), User(), "be kind"))
    await room.tries(room.edge.open_demo)
    room.note(room.edge.join_link(Call("call")))  # type: ignore[attr-defined]


ACTS = [
    people_come_speak_and_go, it_sends_what_is_too_large_or_no_json, it_joins_twice, it_waits_for_people,
    it_is_closed_twice_and_used_again, it_is_closed_before_it_joined, it_joins_what_is_over, it_watches, it_speaks,
    it_asks_for_everything_else,
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_recorded_edge_does_the_same(act: Act, tmp_path: Path) -> None:
    assert_the_same(act, tmp_path)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_edge_whose_recording_cannot_be_written_does_the_same_but_for_one_error(
    act: Act, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    plain, recorded = noticed(act, None), noticed(act, tmp_path / "file" / "call")
    assert [each for each in recorded[0] if each[1] != "error"] == plain[0]
    assert recorded[1] == plain[1]


STEPS = ["join", "leave", "mute", "unmute", "say", "send", "drop", "reconnect"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["alice", "bob"]), st.sampled_from(STEPS)), max_size=12))
def test_whatever_people_do_it_is_told_alike(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    async def act(room: Room) -> None:
        await room.enter()
        for name, step in steps:
            person = getattr(room, name)
            does: dict[str, Callable[[], Any]] = {
                "say": partial(person.start_saying, "okay"),
                "send": partial(person.send_custom_event, {"kind": "poke"}),
            }
            try:
                (does.get(step) or getattr(person, step))()
            except Exception as error:
                room.note(type(error), str(error))
            await asyncio.sleep(0.25)

    plain = noticed(act, None)
    assert noticed(act, tmp_path_factory.mktemp("any") / "call") == plain
