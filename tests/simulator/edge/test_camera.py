"""A simulated person's camera and screen, as an agent meets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import Agent, TrackType, User
from agentkit.core.edge.events import AudioReceivedEvent, TrackAddedEvent, TrackRemovedEvent
from agentkit.core.events import BaseEvent
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.errors import CallError
from simulator.edge.transport import SimulatedEdge
from simulator.media.errors import MediaError
from simulator.providers.vlm import colour_of
from simulator.trace import Trace

MakeVideo = Callable[..., Path]


class Frame(NamedTuple):
    """A frame as it came: after how many ms of the call, its own time in ms, what it shows."""

    at_ms: int
    pts_ms: int
    colour: str


class Guest:
    """An agent without eyes of its own, in whose place a test subscribes to what it wants."""

    def __init__(self, **options: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time_ns()  # type: ignore[attr-defined]
        self.call = SimulatedCall(
            trace=Trace(lambda: self.loop.time_ns() - self.began),  # type: ignore[attr-defined]
            **options,
        )
        self.edge = SimulatedEdge(self.call)
        self.agent = Agent(edge=self.edge, agent_user=User(id="agent"))
        self.events: list[BaseEvent] = []
        self.edge.events.tap(self.events.append, TrackAddedEvent, TrackRemovedEvent, AudioReceivedEvent)

    @property
    def now_ms(self) -> int:
        return round(self.call.now_ns / 1e6)

    async def watch(self, track_id: str = "alice:video") -> list[Frame]:
        """Everything a subscriber of this moment gets, until the track ends."""
        track = self.edge.add_track_subscriber(track_id)
        assert track is not None
        frames = []
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return frames
            frames.append(Frame(self.now_ms, round(1000 * frame.pts * frame.time_base), colour_of(frame)))

    def tracks(self) -> list[tuple[str, str]]:
        """The video tracks that came (+) and went (-)."""
        return [
            ("+" if isinstance(event, TrackAddedEvent) else "-", event.track_id)
            for event in self.events
            if isinstance(event, TrackAddedEvent | TrackRemovedEvent) and event.track_type.is_video
        ]


@asynccontextmanager
async def a_call(**options: Any) -> AsyncIterator[Guest]:
    guest = Guest(**options)
    call = await guest.agent.create_call()
    async with guest.agent.join(call, participant_wait_timeout=0):
        yield guest
    await guest.call.close()


def test_a_camera_is_on_from_the_moment_its_owner_joins(make_video: MakeVideo) -> None:
    async def watch() -> list[Frame]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red", "green", "blue"], fps=10))
            await asyncio.sleep(0.1)
            alice.join()
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(1)
            alice.leave()
            return await watching

    assert run(watch()) == [(100, 0, "red"), (200, 100, "green"), (300, 200, "blue")]


def test_frames_count_from_the_moment_the_camera_is_turned_on(make_video: MakeVideo) -> None:
    async def watch() -> list[Frame]:
        async with a_call() as guest:
            alice = guest.call.person("alice")
            alice.join()
            await asyncio.sleep(2.005)
            alice.start_camera(make_video(["red"] * 3, fps=25))
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(1)
            alice.stop_camera()
            return await watching

    # On the grid on which sound moves, so that sound and picture can begin together.
    assert [frame[:2] for frame in run(watch())] == [(2020, 0), (2060, 40), (2100, 80)]


def test_whoever_subscribes_late_gets_the_picture_of_that_moment_and_goes_on_from_there(
    make_video: MakeVideo,
) -> None:
    async def watch() -> list[Frame]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red", "green", "blue", "white"], fps=10))
            alice.join()
            await asyncio.sleep(0.15)
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(1)
            alice.leave()
            return await watching

    assert run(watch()) == [(150, 100, "green"), (200, 200, "blue"), (300, 300, "white")]


def test_after_its_last_picture_a_camera_shows_that_one(make_video: MakeVideo) -> None:
    async def watch() -> tuple[list[Frame], list[Frame]]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red", "blue"], fps=10))
            alice.join()
            first = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(5)
            second = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(5)
            alice.leave()
            return await first, await second

    first, second = run(watch())
    assert [frame.colour for frame in first] == ["red", "blue"]
    assert second == [(5000, 100, "blue")]


def test_what_is_not_read_in_time_is_left_out(make_video: MakeVideo) -> None:
    async def watch() -> list[int]:
        async with a_call() as guest:
            guest.call.person("alice", camera=make_video(["red"] * 20, fps=10)).join()
            track = guest.edge.add_track_subscriber("alice:video")
            assert track is not None
            await track.recv()
            await asyncio.sleep(1.05)
            frames = [await track.recv(), await track.recv()]
            return [round(1000 * frame.pts * frame.time_base) for frame in frames]

    assert run(watch()) == [1000, 1100]


def test_a_screen_is_shared_beside_the_camera(make_video: MakeVideo) -> None:
    async def watch() -> tuple[list[tuple[str, str]], list[TrackType], list[Frame]]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red"]), screen=make_video(["blue"]))
            alice.join()
            watching = asyncio.ensure_future(guest.watch("alice:screen"))
            await asyncio.sleep(1)
            alice.stop_sharing()
            alice.share_screen()
            alice.leave()
            types = [event.track_type for event in guest.events if isinstance(event, TrackAddedEvent)]
            return guest.tracks(), types, await watching

    tracks, types, frames = run(watch())
    assert tracks == [
        ("+", "alice:video"),
        ("+", "alice:screen"),
        ("-", "alice:screen"),
        ("+", "alice:screen"),
        ("-", "alice:video"),
        ("-", "alice:screen"),
    ]
    assert types == [TrackType.AUDIO, TrackType.VIDEO, TrackType.SCREEN_SHARE, TrackType.SCREEN_SHARE]
    assert frames == [(0, 0, "blue")]


def test_an_agent_that_comes_later_is_told_of_cameras_that_are_on(make_video: MakeVideo) -> None:
    async def join_late() -> list[tuple[str, str]]:
        guest = Guest()
        alice = guest.call.person("alice", camera=make_video(["red"]))
        bob = guest.call.person("bob", camera=make_video(["blue"]))
        alice.join()
        bob.join()
        bob.stop_camera()
        async with guest.agent.join(await guest.agent.create_call(), participant_wait_timeout=0):
            found = guest.tracks()
        await guest.call.close()
        return found

    assert run(join_late()) == [("+", "alice:video")]


def test_there_is_nothing_to_subscribe_to_before_a_camera_is_on_or_after(make_video: MakeVideo) -> None:
    async def subscribe() -> list[object]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red"]))
            found = [guest.edge.add_track_subscriber("alice:video")]
            alice.join()
            alice.stop_camera()
            return [
                *found,
                guest.edge.add_track_subscriber("alice:video"),
                guest.edge.add_track_subscriber("bob:video"),
            ]

    assert run(subscribe()) == [None, None, None]


def test_tracks_end_when_the_agent_leaves(make_video: MakeVideo) -> None:
    async def watch() -> list[Frame]:
        async with a_call() as guest:
            guest.call.person("alice", camera=make_video(["red"] * 50)).join()
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(1.05)
            await guest.agent.close()
            return await watching  # though alice is still there, with her camera on

    assert len(run(watch())) == 11


def test_a_subscriber_who_stops_their_track_is_sent_no_more(make_video: MakeVideo) -> None:
    async def watch() -> dict[str, Any]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red"] * 50))
            alice.join()
            track = guest.edge.add_track_subscriber("alice:video")
            assert track is not None
            await track.recv()
            await track.recv()
            track.stop()
            await asyncio.sleep(2)
        return guest.call.trace.select(kind="video.stopped")[0].data

    assert run(watch()) == {"track": "alice:video", "sent": 2, "read": 2}


def test_the_file_of_a_long_video_is_closed_when_it_is_shown_no_more(
    make_video: MakeVideo, long_video: Path, is_open: Callable[[Path], bool]
) -> None:
    short = make_video(["blue"] * 5, sound=np.zeros(24_000, np.int16))

    async def play() -> None:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=long_video, screen=long_video)
            alice.join()
            assert not is_open(long_video)
            watching = [asyncio.ensure_future(guest.watch(f"alice:{kind}")) for kind in ("video", "screen")]
            await asyncio.sleep(1)
            assert is_open(long_video)
            alice.start_playing(short)
            alice.stop_sharing()
            assert not is_open(long_video)
            alice.leave()
            await asyncio.gather(*watching)

    run(play())


@pytest.mark.parametrize("sound_at_s", [0.0, 0.4])
@pytest.mark.parametrize("fps", [10, 25, 30, 50])
def test_picture_and_sound_of_a_video_are_in_step(make_video: MakeVideo, fps: int, sound_at_s: float) -> None:
    """A flash and a beep that are together in the file are together in the call: to within a frame."""
    beep = np.zeros(48_000 * 2, np.int16)
    begins = round(48_000 * (1 - sound_at_s))
    beep[begins : begins + 9_600] = 20_000 * np.sin(np.arange(9_600) / 8)
    video = make_video(["black"] * fps + ["white"] * fps, fps=fps, sound=beep, sound_at_s=sound_at_s)

    async def play() -> tuple[float, float, float]:
        async with a_call() as guest:
            alice = guest.call.person("alice")
            alice.join()
            await asyncio.sleep(0.333)
            utterance = alice.start_playing(video)
            watching = asyncio.ensure_future(guest.watch())
            heard: list[tuple[int, AudioReceivedEvent]] = []
            guest.edge.events.tap(lambda event: heard.append((guest.now_ms, event)), AudioReceivedEvent)
            await utterance.done()
            alice.leave()
            flash = next(frame.at_ms for frame in await watching if frame.colour == "white")
            loud = next((at, e.pcm_data) for at, e in heard if np.abs(e.pcm_data.samples).max() > 5_000)
            at_ms, pcm = loud
            sample = pcm.pts + int(np.argmax(np.abs(pcm.samples) > 5_000))
            return flash, sample / 48, at_ms

    flash_ms, beep_ms, beep_came_ms = run(play())
    assert abs(flash_ms - beep_ms) <= 5
    assert abs(flash_ms - beep_came_ms) <= 20


def test_a_camera_that_is_on_shows_the_video_that_is_played_instead(make_video: MakeVideo) -> None:
    video = make_video(["blue"] * 5, sound=np.zeros(24_000, np.int16))

    async def play() -> list[Frame]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=make_video(["red"] * 100))
            alice.join()
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(0.25)
            alice.start_playing(video)
            await asyncio.sleep(1)
            alice.leave()
            assert guest.tracks() == [("+", "alice:video"), ("-", "alice:video")]
            return await watching

    assert run(play()) == [
        *[(ms, ms, "red") for ms in (0, 100, 200)],
        *[(ms, ms, "blue") for ms in range(260, 700, 100)],
    ]


def test_the_trace_says_how_many_frames_were_read(make_video: MakeVideo) -> None:
    async def watch(read: bool, **options: Any) -> tuple[SimulatedCall, int]:
        async with a_call(**options) as guest:
            alice = guest.call.person("alice", camera=make_video(["red"] * 8))
            alice.join()
            watching = asyncio.ensure_future(guest.watch()) if read else None
            await asyncio.sleep(2)
        return guest.call, len(await watching) if watching else 0

    call, seen = run(watch(True))
    assert seen == 8
    assert [record.data for record in call.trace.select(kind="video.stopped")] == [
        {"track": "alice:video", "sent": 8, "read": 8}
    ]
    assert not call.trace.select(kind="video.frame")

    call, _ = run(watch(False))
    assert call.trace.select(kind="video.stopped")[0].data["sent"] == 0

    call, _ = run(watch(True, trace_frames=True))
    assert [record.t_ns for record in call.trace.select(kind="video.frame")] == [
        n * 100_000_000 for n in range(8)
    ]


def test_a_call_with_video_comes_out_the_same_every_time(make_video: MakeVideo) -> None:
    video = make_video(["red", "green"] * 10, fps=30, suffix=".webm")

    async def play() -> str:
        async with a_call(trace_frames=True) as guest:
            alice = guest.call.person("alice", camera=video, screen=video)
            alice.join()
            watching = [
                asyncio.ensure_future(guest.watch(track)) for track in ("alice:video", "alice:screen")
            ]
            await asyncio.sleep(1)
            alice.leave()
            await asyncio.gather(*watching)
        return guest.call.trace.digest()

    assert run(play()) == run(play())


def test_a_file_that_turns_out_to_be_damaged_stands_still_and_the_trace_says_why(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    import av

    path = tmp_path / "damaged.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuvj420p"
        for number in range(60):
            frame = av.VideoFrame(1280, 720, "yuvj420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    starts = [n for n in range(len(content)) if content.startswith(b"\xff\xd8\xff", n)]
    damaged = bytearray(content)
    damaged[starts[55] : starts[56]] = bytes(starts[56] - starts[55])
    path.write_bytes(damaged)

    async def watch() -> tuple[list[Frame], SimulatedCall]:
        async with a_call() as guest:
            guest.call.person("alice", camera=path).join()
            watching = asyncio.ensure_future(guest.watch())
            await asyncio.sleep(7)
        return await watching, guest.call

    frames, call = run(watch())
    (failed,) = call.trace.select(kind="video.failed")
    assert "damaged" in failed.data["error"]
    assert 50 <= len(frames) <= 55


def test_what_makes_no_sense_is_refused_with_advice(make_video: MakeVideo, tmp_path: Path) -> None:
    async def play() -> None:
        async with a_call(folders=[tmp_path]) as guest:
            alice = guest.call.person("alice")
            with pytest.raises(CallError, match="cannot show video before joining"):
                alice.start_camera(make_video(["red"]))
            alice.join()
            with pytest.raises(CallError, match="nothing for 'alice:video' to show; name a file"):
                alice.start_camera()
            alice.start_camera(make_video(["red"]))
            with pytest.raises(CallError, match="'alice:video' is on already; stop it first"):
                alice.start_camera(make_video(["red"]))
            with pytest.raises(MediaError, match=r"no video called 'face\.mp4'"):
                guest.call.person("bob", camera="face.mp4")
            guest.call.person("bob").join()  # the name is still free

    run(play())


@given(
    joins_ms=st.integers(0, 500),
    subscribes_ms=st.lists(st.integers(0, 900), min_size=1, max_size=3),
    fps=st.sampled_from([7, 10, 24, 25, 30]),
)
def test_no_frame_comes_before_its_time_and_each_subscriber_gets_all_from_then_on(
    shared_videos: dict[int, Path], joins_ms: int, subscribes_ms: list[int], fps: int
) -> None:
    async def watch() -> tuple[int, list[list[Frame]]]:
        async with a_call() as guest:
            alice = guest.call.person("alice", camera=shared_videos[fps])
            await asyncio.sleep(joins_ms / 1000)
            alice.join()
            on_ms = -(-joins_ms // 20) * 20

            async def later(ms: int) -> list[Frame]:
                await asyncio.sleep(ms / 1000)
                return await guest.watch()

            watching = asyncio.gather(*(later(ms) for ms in subscribes_ms))
            await asyncio.sleep(1.5)
            alice.leave()
            return on_ms, await watching

    on_ms, subscribers = run(watch())
    for subscribed_ms, frames in zip(subscribes_ms, subscribers, strict=True):
        assert all(frame.at_ms - on_ms - frame.pts_ms >= 0 for frame in frames)
        assert all(abs(frame.at_ms - on_ms - frame.pts_ms) <= 1 for frame in frames[1:])
        due = [Fraction(1000 * n, fps) for n in range(fps)]
        first = max((ms for ms in due if ms <= joins_ms + subscribed_ms - on_ms), default=0)
        assert [frame.pts_ms for frame in frames] == [round(ms) for ms in due if ms >= first]


@pytest.fixture(scope="module")
def shared_videos(make_video: MakeVideo) -> dict[int, Path]:
    return {fps: make_video(["red"] * fps, fps=fps) for fps in (7, 10, 24, 25, 30)}
