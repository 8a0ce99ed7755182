"""Which video the agent watches, and that nothing about it can hurt the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiortc import MediaStreamTrack
from av import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, Participant, User
from agentkit.core.agents.watching import AgentWatching, Choice, Offer, Rank, choose
from agentkit.core.events import ErrorEvent, ExceptionEvent
from agentkit.core.llm import LLMErrorEvent
from agentkit.core.media import QueuedVideoTrack, VideoFileError, VideoForwarder
from agentkit.core.processors import Processor, ProcessorPublisher, VideoProcessor, VideoPublisher
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.person import Person
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedTTS, ScriptedVLM
from simulator.providers.vlm import colour_of
from simulator.trace import Trace, attach

MakeVideo = Callable[..., Path]

# -- the decision -----------------------------------------------------------------------------------------------

CAMERA = Offer("camera", Rank.CAMERA)
SECOND_CAMERA = Offer("second camera", Rank.CAMERA)
SCREEN = Offer("screen", Rank.SCREEN_SHARE)
SECOND_SCREEN = Offer("second screen", Rank.SCREEN_SHARE)
PROCESSED = Offer("processed", Rank.PROCESSED)


@pytest.mark.parametrize(
    ("offers", "source", "shown"),
    [
        ([], None, None),
        ([CAMERA], CAMERA, CAMERA),
        ([CAMERA, SECOND_CAMERA], CAMERA, CAMERA),
        ([CAMERA, SCREEN], SCREEN, SCREEN),
        ([SCREEN, SECOND_SCREEN, CAMERA], SCREEN, SCREEN),
        ([PROCESSED], None, None),
        ([PROCESSED, CAMERA], CAMERA, PROCESSED),
        ([PROCESSED, CAMERA, SCREEN], SCREEN, PROCESSED),
    ],
)
def test_the_highest_track_is_watched_and_the_first_of_equals(
    offers: list[Offer], source: Offer | None, shown: Offer | None
) -> None:
    assert choose(offers) == Choice(source, shown)


# -- in a call --------------------------------------------------------------------------------------------------


class Watcher(VideoProcessor):
    """Notes what it is given, like a plugin that only knows how to begin: it never removes a handler."""

    name = "watcher"

    def __init__(self) -> None:
        self.given: list[str] = []
        self.people: list[Participant | None] = []
        self.frames: list[tuple[str, str]] = []
        self.forwarders: list[VideoForwarder] = []
        self.stopped = 0

    async def process_video(
        self,
        track: MediaStreamTrack,
        participant: Participant | None = None,
        shared_forwarder: VideoForwarder | None = None,
    ) -> None:
        assert shared_forwarder is not None
        self.given.append(track.id)
        self.people.append(participant)
        self.forwarders.append(shared_forwarder)
        shared_forwarder.add_frame_handler(
            on_frame=lambda frame: self.saw(track.id, frame), fps=10, name=self.name
        )

    def saw(self, track_id: str, frame: VideoFrame) -> None:
        self.frames.append((track_id, colour_of(frame)))

    async def stop_processing(self) -> None:
        self.stopped += 1

    async def close(self) -> None:
        pass


class Painter(Watcher, ProcessorPublisher):
    """Paints every frame white and publishes it."""

    name = "painter"

    def __init__(self) -> None:
        super().__init__()
        self.track = QueuedVideoTrack()

    def saw(self, track_id: str, frame: VideoFrame) -> None:
        super().saw(track_id, frame)
        white = VideoFrame.from_ndarray(
            np.full((frame.height, frame.width, 3), 255, np.uint8), format="rgb24"
        )
        white.pts, white.time_base = frame.pts, frame.time_base
        self.track.write(white)

    def publish_video_track(self) -> MediaStreamTrack:
        return self.track


class Avatar(VideoPublisher):
    """The agent's face."""

    def __init__(self) -> None:
        self.track = QueuedVideoTrack()

    def publish_video_track(self) -> MediaStreamTrack:
        return self.track

    async def close(self) -> None:
        pass


class Scene:
    """An agent in a simulated call, and everything it said."""

    def __init__(self, llm: ScriptedVLM | None, processors: list[Processor], **options: Any) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.trace = Trace(lambda: round((loop.time() - began) * 1e9))
        self.call = SimulatedCall(trace=self.trace)
        self.edge = options.pop("edge", SimulatedEdge)(self.call)
        self.agent = Agent(
            edge=self.edge,
            agent_user=User(id="agent"),
            llm=llm,
            tts=ScriptedTTS(),
            processors=processors,
            **options,
        )
        attach(self.agent.events, self.trace)
        self.errors: list[ErrorEvent] = []
        self.turned_to: list[str] = []
        self.agent.events.tap(self.errors.append, ErrorEvent)
        self.agent.events.tap(lambda event: self.turned_to.append(event.track_id), AgentWatching)

    def person(self, name: str, **media: Path) -> Person:
        person = self.call.person(name, **media)
        person.join()
        return person


@asynccontextmanager
async def a_call(
    llm: ScriptedVLM | None = None, *processors: Processor, **options: Any
) -> AsyncIterator[Scene]:
    scene = Scene(llm, list(processors), **options)
    try:
        async with scene.agent.join(await scene.agent.create_call(), participant_wait_timeout=0):
            yield scene
    finally:
        await scene.call.close()


@pytest.fixture(scope="module")
def red(make_video: MakeVideo) -> Path:
    return make_video(["red"] * 600)


@pytest.fixture(scope="module")
def blue(make_video: MakeVideo) -> Path:
    return make_video(["blue"] * 600)


def test_a_screen_that_is_shared_takes_over_from_the_camera_until_it_is_gone(red: Path, blue: Path) -> None:
    async def talk() -> tuple[ScriptedVLM, Scene]:
        vlm = ScriptedVLM()
        async with a_call(vlm) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(2.05)
            alice.share_screen(blue)
            await asyncio.sleep(1.5)
            alice.stop_sharing()
            await asyncio.sleep(1.5)
            alice.leave()
            await asyncio.sleep(1)
            assert vlm.watching is None
            assert vlm.view == "nothing"
        return vlm, scene

    vlm, scene = run(talk())
    assert [sight.colour for sight in vlm.seen] == ["red"] * 3 + ["blue"] * 2 + ["red"] * 2
    assert scene.turned_to == ["alice:video", "alice:screen", "alice:video", ""]
    assert not scene.errors


def test_what_is_in_the_call_when_the_agent_joins_is_watched(red: Path) -> None:
    async def talk() -> ScriptedVLM:
        vlm = ScriptedVLM()
        scene = Scene(vlm, [])
        scene.person("alice", camera=red)
        await asyncio.sleep(1)
        async with scene.agent.join(await scene.agent.create_call()):
            await asyncio.sleep(1.5)
        await scene.call.close()
        return vlm

    assert len(run(talk()).seen) == 2


def test_the_next_best_is_watched_when_someone_leaves(red: Path, blue: Path) -> None:
    async def talk() -> list[str]:
        async with a_call(ScriptedVLM()) as scene:
            alice = scene.person("alice", camera=red)
            scene.person("bob", camera=blue)
            carol = scene.person("carol", camera=blue, screen=blue)
            await asyncio.sleep(1)
            carol.leave()
            await asyncio.sleep(1)
            alice.leave()
            await asyncio.sleep(1)
            return scene.turned_to

    assert run(talk()) == ["carol:screen", "alice:video", "bob:video"]


def test_everyone_who_watches_a_track_shares_one_forwarder_and_it_is_stopped_after(red: Path) -> None:
    async def talk() -> tuple[Watcher, Watcher, Scene]:
        first, second, vlm = Watcher(), Watcher(), ScriptedVLM()
        async with a_call(vlm, first, second) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(0.95)
            assert first.forwarders == second.forwarders
            assert first.forwarders[0].shared
            assert first.forwarders[0].running
            assert first.people[0] == alice.participant
            alice.stop_camera()
            await asyncio.sleep(0.1)
            assert not first.forwarders[0].running
            alice.start_camera()
            await asyncio.sleep(0.95)
        return first, second, scene

    first, second, scene = run(talk())
    assert len(first.frames) == len(second.frames) == 20  # none twice, though no handler was ever removed
    assert not any(forwarder.running for forwarder in first.forwarders)
    read = [record.data["read"] for record in scene.trace.select(kind="video.stopped", source="alice")]
    assert read == [10, 10]


def test_a_processor_gets_the_best_of_the_call_and_the_model_what_the_processor_made(
    red: Path, blue: Path
) -> None:
    async def talk() -> tuple[Painter, ScriptedVLM, Scene]:
        painter, vlm = Painter(), ScriptedVLM(fps=10)
        async with a_call(vlm, painter) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(1.05)
            alice.share_screen(blue)
            await asyncio.sleep(1)
            alice.leave()
            await asyncio.sleep(1)
            assert vlm.watching is None
        return painter, vlm, scene

    painter, vlm, scene = run(talk())
    assert painter.given == ["alice:video", "alice:screen"]
    assert painter.stopped == 2
    assert {colour for _, colour in painter.frames} == {"red", "blue"}
    assert {sight.colour for sight in vlm.seen} == {"white"}
    assert len(vlm.seen) == len(painter.frames) >= 20
    assert scene.turned_to == ["painter", "painter", ""]


def test_people_and_the_model_both_see_every_frame_a_processor_publishes(red: Path) -> None:
    async def talk() -> tuple[int, int, int]:
        painter, vlm = Painter(), ScriptedVLM(fps=10)
        async with a_call(vlm, painter) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(2.05)
            assert scene.edge.video is not None
            return len(painter.frames), len(vlm.seen), scene.edge.video.frames

    assert run(talk()) == (21, 21, 21)


def test_without_a_model_that_sees_a_processors_video_goes_to_people_alone(red: Path) -> None:
    async def talk() -> tuple[int, int]:
        painter = Painter()
        async with a_call(None, painter) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1.05)
            assert scene.edge.video is not None
            return len(painter.frames), scene.edge.video.frames

    assert run(talk()) == (11, 11)


def test_the_agents_own_face_is_published_and_not_watched(red: Path) -> None:
    async def talk() -> tuple[Scene, ScriptedVLM]:
        avatar, vlm = Avatar(), ScriptedVLM()
        async with a_call(vlm, avatar) as scene:
            scene.person("alice", camera=red)
            avatar.track.write(VideoFrame(16, 16, "yuv420p"))
            await asyncio.sleep(1.05)
            assert scene.edge.video is not None
            assert scene.edge.video.frames == 1
            await scene.agent.say("Hello.")
        return scene, vlm

    scene, vlm = run(talk())
    assert scene.turned_to == ["alice:video"]
    assert {sight.colour for sight in vlm.seen} == {"red"}
    assert scene.trace.select(source="agent", kind="voice.started")


def test_two_processors_of_one_name_are_told_apart(red: Path) -> None:
    class Closing(Painter):
        closed = 0

        async def close(self) -> None:
            Closing.closed += 1

    async def talk() -> tuple[list[str], list[ErrorEvent]]:
        async with a_call(ScriptedVLM(), Closing(), Closing()) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1)
            return scene.turned_to, scene.errors

    assert run(talk()) == (["painter"], [])
    assert Closing.closed == 2


def test_an_agent_without_eyes_subscribes_to_nothing(red: Path) -> None:
    async def talk() -> Scene:
        async with a_call(None, Avatar()) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1)
        return scene

    scene = run(talk())
    assert scene.turned_to == []
    assert scene.trace.select(kind="video.stopped", source="alice")[0].data["sent"] == 0


def test_the_model_is_told_what_processors_know(red: Path) -> None:
    class Counter(Watcher):
        def state(self) -> dict[str, int]:
            return {"frames": len(self.frames)}

    class Broken(Watcher):
        name = "broken"

        def state(self) -> Any:
            raise ZeroDivisionError

    async def talk() -> list[dict[str, Any]]:
        vlm = ScriptedVLM(default="Fine.")
        async with a_call(vlm, Counter(), Broken(), Avatar()) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1.05)
            await scene.agent.simple_response("How many?")
        return vlm.states

    assert run(talk()) == [{"watcher": {"frames": 11}}]


# -- a file in place of the call --------------------------------------------------------------------------------


def test_a_file_can_be_watched_in_place_of_what_is_in_the_call(
    make_video: MakeVideo, red: Path, blue: Path, is_open: Callable[[Path], bool]
) -> None:
    short = make_video(["green"] * 5)

    async def talk() -> tuple[ScriptedVLM, Watcher, Scene]:
        watcher, vlm = Watcher(), ScriptedVLM(fps=5)
        async with a_call(vlm, watcher, video_track_override=short) as scene:
            await asyncio.sleep(2)
            scene.person("alice", camera=red, screen=blue)
            await asyncio.sleep(1.05)
            assert is_open(short)
        return vlm, watcher, scene

    vlm, watcher, scene = run(talk())
    assert not is_open(short)
    assert {sight.colour for sight in vlm.seen} == {"green"}
    assert len(vlm.seen) == 16
    assert watcher.people == [None]
    assert scene.turned_to == ["override"]


def test_a_file_that_cannot_be_watched_keeps_the_agent_from_joining(tmp_path: Path) -> None:
    async def talk() -> None:
        with pytest.raises(VideoFileError, match="no such file"):
            async with a_call(ScriptedVLM(), video_track_override=tmp_path / "debug.mp4"):
                raise AssertionError("never joined")

    run(talk())


# -- failures ---------------------------------------------------------------------------------------------------


class Failing(Watcher):
    """Fails whatever it is asked."""

    name = "failing"

    async def process_video(self, *args: Any, **options: Any) -> None:
        raise ZeroDivisionError("cannot begin")

    async def stop_processing(self) -> None:
        raise ZeroDivisionError("cannot end")


class Stuck(Watcher):
    """Never returns, whatever it is asked."""

    name = "stuck"

    async def process_video(self, *args: Any, **options: Any) -> None:
        await asyncio.Event().wait()

    async def stop_processing(self) -> None:
        await asyncio.Event().wait()


class BlindVLM(ScriptedVLM):
    """Fails whenever it shall watch."""

    async def watch_video_track(self, *args: Any, **options: Any) -> None:
        raise ConnectionError("no video today")


class FailingPublisher(Watcher, ProcessorPublisher):
    def publish_video_track(self) -> MediaStreamTrack:
        raise ZeroDivisionError("nothing to show")


class EdgeWithoutVideo(SimulatedEdge):
    """Tells of tracks and has none to give."""

    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        return None


class EdgeWithEndlessTracks(SimulatedEdge):
    """Gives tracks that neither show anything nor end."""

    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        return QueuedVideoTrack()


class EdgeThatFails(SimulatedEdge):
    def add_track_subscriber(self, track_id: str) -> MediaStreamTrack | None:
        raise ConnectionError("no more subscriptions")


def test_a_processor_that_fails_is_told_of_and_the_others_watch_on(red: Path) -> None:
    async def talk() -> tuple[Watcher, ScriptedVLM, Scene]:
        watcher, vlm = Watcher(), ScriptedVLM(default="I see.")
        async with a_call(vlm, Failing(), watcher) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(1.05)
            spoken = await scene.agent.simple_response("What do you see?")
            assert spoken.heard_text == "I see."
            alice.leave()
            await asyncio.sleep(0.1)
        return watcher, vlm, scene

    watcher, vlm, scene = run(talk())
    assert len(watcher.frames) > 10
    assert len(vlm.seen) >= 2
    assert [str(event.error) for event in scene.errors] == ["cannot begin", "cannot end"]
    assert all(isinstance(event, ExceptionEvent) and event.where == "failing" for event in scene.errors)


def test_a_processor_that_hangs_holds_up_nobody_and_is_told_of(red: Path, blue: Path) -> None:
    async def talk() -> tuple[Watcher, Scene]:
        watcher = Watcher()
        async with a_call(ScriptedVLM(), Stuck(), watcher) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(1.05)
            alice.share_screen(blue)
            await asyncio.sleep(30)
            alice.leave()
            await asyncio.sleep(5)
        return watcher, scene

    watcher, scene = run(talk())
    assert watcher.given == ["alice:video", "alice:screen"]
    assert scene.errors
    assert all("took longer than" in str(event.error) for event in scene.errors)


def test_a_model_that_cannot_watch_says_so_and_still_answers(red: Path) -> None:
    async def talk() -> Scene:
        async with a_call(BlindVLM(default="Yes?")) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1)
            spoken = await scene.agent.simple_response("Do you see me?")
            assert spoken.heard_text == "Yes?"
        return scene

    (error,) = run(talk()).errors
    assert isinstance(error, LLMErrorEvent)
    assert (str(error.error), error.context) == ("no video today", "watching video")


def test_what_a_failed_processor_should_have_changed_is_not_shown_unchanged(red: Path) -> None:
    class FailingPainter(Failing, Painter):
        pass

    async def talk() -> ScriptedVLM:
        vlm = ScriptedVLM()
        async with a_call(vlm, FailingPainter()) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(2)
        return vlm

    assert run(talk()).seen == []


def test_when_a_processors_track_ends_the_model_is_not_shown_what_was_processed(red: Path) -> None:
    async def talk() -> tuple[Painter, ScriptedVLM]:
        painter, vlm = Painter(), ScriptedVLM(fps=10)
        async with a_call(vlm, painter) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1)
            painter.track.stop()
            await asyncio.sleep(1)
        return painter, vlm

    painter, vlm = run(talk())
    assert len(painter.frames) > 15
    assert {sight.colour for sight in vlm.seen} == {"white"}


def test_a_publisher_that_fails_leaves_the_agent_its_voice(red: Path) -> None:
    async def talk() -> Scene:
        async with a_call(ScriptedVLM(), FailingPublisher()) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(1)
            assert (await scene.agent.say("Hello.")).heard_text == "Hello."
        return scene

    scene = run(talk())
    assert [str(event.error) for event in scene.errors] == ["nothing to show"]
    assert scene.turned_to == ["alice:video"]


@pytest.mark.parametrize("edge", [EdgeWithoutVideo, EdgeThatFails])
def test_a_track_that_cannot_be_had_is_told_of_once(red: Path, edge: type[SimulatedEdge]) -> None:
    async def talk() -> Scene:
        async with a_call(ScriptedVLM(), edge=edge) as scene:
            scene.person("alice", camera=red)
            await asyncio.sleep(2)
        return scene

    scene = run(talk())
    assert [event.context for event in scene.errors] == ["subscribing to video track alice:video"]
    assert scene.turned_to == []


def test_a_track_that_ends_by_itself_makes_way_for_the_next(red: Path, blue: Path) -> None:
    async def talk() -> tuple[ScriptedVLM, Scene]:
        vlm = ScriptedVLM()
        async with a_call(vlm) as scene:
            alice = scene.person("alice", camera=red, screen=blue)
            await asyncio.sleep(1)
            alice.screen.unsubscribe()  # lost on the way, and the edge says nothing
            await asyncio.sleep(1)
            assert vlm.watching == "alice:video"
        return vlm, scene

    _, scene = run(talk())
    assert scene.turned_to[-1] == "alice:video"


def test_a_track_that_a_hanging_processor_still_holds_is_let_go_of_at_the_end(red: Path) -> None:
    async def talk() -> None:
        async with a_call(ScriptedVLM(), Stuck(), edge=EdgeWithEndlessTracks) as scene:
            alice = scene.person("alice", camera=red)
            await asyncio.sleep(1)
            alice.stop_camera()
            await asyncio.sleep(1)

    run(talk())  # warns of what is left over


@settings(max_examples=40)
@given(
    at_ms=st.integers(0, 3000),
    processors=st.lists(st.sampled_from([Watcher, Painter, Stuck, Failing]), max_size=2, unique=True),
)
def test_an_agent_that_is_closed_at_any_instant_leaves_nothing_running(
    red: Path, blue: Path, at_ms: int, processors: list[type[Watcher]]
) -> None:
    async def talk() -> float:
        loop = asyncio.get_running_loop()
        async with a_call(ScriptedVLM(default="I see."), *(make() for make in processors)) as scene:

            async def act() -> None:
                alice = scene.person("alice", camera=red)
                await asyncio.sleep(1)
                alice.share_screen(blue)
                await asyncio.sleep(1)
                alice.stop_sharing()

            acting = asyncio.ensure_future(act())
            await asyncio.sleep(at_ms / 1000)
            began = loop.time()
            await scene.agent.close()
            took = loop.time() - began
            await acting
            return took

    assert run(talk()) <= 1  # and run() warns of what is left over, which fails the test


# -- tracks come and go -----------------------------------------------------------------------------------------

PEOPLE = ("alice", "bob", "carol")
DEEDS = ("join", "leave", "camera", "screen", "vanish")


@settings(max_examples=60)
@given(
    deeds=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DEEDS)), max_size=25),
    pauses=st.lists(st.sampled_from([0, 0, 1, 50, 1000]), min_size=1, max_size=5),
    paints=st.booleans(),
)
def test_the_best_track_there_is_always_is_the_one_that_is_watched(
    red: Path, deeds: list[tuple[str, str]], pauses: list[int], paints: bool
) -> None:
    async def talk() -> Watcher:
        watcher = Painter() if paints else Watcher()
        vlm = ScriptedVLM()
        async with a_call(vlm, watcher) as scene:
            people = {name: scene.call.person(name) for name in PEOPLE}
            there: list[tuple[str, int]] = []  # track and rank, in the order in which they came

            def settle() -> None:
                best = max(there, key=lambda track: track[1], default=(None, 0))[0]
                assert (watcher.given or [None])[-1] == best or best is None
                assert sum(forwarder.running for forwarder in set(watcher.forwarders)) == (best is not None)
                assert vlm.watching == (watcher.track.id if paints and best else best)

            for number, (name, deed) in enumerate(deeds):
                perform(people[name], deed, red, there)
                pause = pauses[number % len(pauses)]
                if pause:
                    await asyncio.sleep(pause / 1000)
                    settle()
            await asyncio.sleep(0.1)
            settle()
            assert not scene.errors
        return watcher

    assert not any(forwarder.running for forwarder in run(talk()).forwarders)


def perform(person: Person, deed: str, video: Path, there: list[tuple[str, int]]) -> None:
    """Do it if it can be done, and keep account of the tracks that are there."""
    if deed == "join" and not person.joined:
        person.join()
    if not person.joined:
        return
    if deed in ("leave", "vanish"):
        there[:] = [track for track in there if not track[0].startswith(person.name)]
        if deed == "vanish":  # the edge says that they left, and nothing of their tracks, which never end
            person.camera.on = person.screen.on = False
        person.leave()
    elif deed == "camera":
        toggle(person.camera, person.start_camera, person.stop_camera, video, 0, there)
    elif deed == "screen":
        toggle(person.screen, person.share_screen, person.stop_sharing, video, 1, there)


def toggle(
    camera: Any,
    start: Callable[[Path], None],
    stop: Callable[[], None],
    video: Path,
    rank: int,
    there: list[tuple[str, int]],
) -> None:
    if camera.on:
        stop()
        there[:] = [track for track in there if track[0] != camera.track_id]
    else:
        start(video)
        there.append((camera.track_id, rank))
