"""One reader of a track, and everyone gets what they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.events import EventManager, ExceptionEvent
from agentkit.core.media import QueuedVideoTrack, VideoForwarder
from agentkit.core.media.cadence import Cadence
from simulator.clock import run

MS = Fraction(1, 1000)


def picture(ms: int | None) -> VideoFrame:
    frame = VideoFrame(16, 16, "yuv420p")
    if ms is not None:
        frame.pts, frame.time_base = ms, MS
    return frame


class Source(MediaStreamTrack):
    """A track that gives what it is told to: a frame after each pause (ms), None, or an error to raise."""

    kind = "video"

    def __init__(self, script: list[tuple[int, Any]]) -> None:
        super().__init__()
        self.script = script
        self.reads = 0

    async def recv(self) -> VideoFrame:
        if not self.script:
            raise MediaStreamError
        pause, given = self.script.pop(0)
        if pause:
            await asyncio.sleep(pause / 1000)
        self.reads += 1
        if isinstance(given, Exception):
            raise given
        return given


def steady(fps: int, seconds: float, *, pts: bool = True) -> Source:
    times = [round(1000 * n / fps) for n in range(round(fps * seconds))]
    pauses = [0, *(b - a for a, b in pairwise(times))]
    return Source([(pause, picture(ms if pts else None)) for pause, ms in zip(pauses, times, strict=True)])


@asynccontextmanager
async def forwarding(track: MediaStreamTrack, **options: Any) -> AsyncIterator[VideoForwarder]:
    forwarder = VideoForwarder(track, **options)
    await forwarder.start()
    try:
        yield forwarder
    finally:
        await forwarder.stop()


def noting(into: list[int | None]) -> Callable[[VideoFrame], None]:
    return lambda frame: into.append(frame.pts)


def test_each_handler_gets_frames_at_its_own_rate() -> None:
    async def watch() -> tuple[list[int], list[int], list[int]]:
        slow, quick, every = [], [], []
        async with forwarding(steady(30, 2)) as forwarder:
            forwarder.add_frame_handler(on_frame=noting(slow), fps=1, name="slow")
            forwarder.add_frame_handler(on_frame=noting(quick), fps=10, name="quick")
            forwarder.add_frame_handler(on_frame=noting(every))
            await asyncio.sleep(3)
        return slow, quick, every

    slow, quick, every = run(watch())
    assert slow == [0, 1000]
    assert quick == list(range(0, 2000, 100))
    assert len(every) == 60


def test_the_forwarders_own_rate_is_for_handlers_that_name_none() -> None:
    async def watch() -> tuple[list[int], list[int]]:
        default, own = [], []
        async with forwarding(steady(10, 2), fps=1) as forwarder:
            forwarder.add_frame_handler(noting(default))
            forwarder.add_frame_handler(noting(own), fps=5)
            await asyncio.sleep(3)
        return default, own

    default, own = run(watch())
    assert default == [0, 1000]
    assert len(own) == 10


def test_frames_without_a_time_are_thinned_out_by_the_clock() -> None:
    async def watch() -> int:
        seen: list[int | None] = []
        async with forwarding(steady(30, 2, pts=False)) as forwarder:
            forwarder.add_frame_handler(noting(seen), fps=5)
            await asyncio.sleep(3)
        return len(seen)

    assert run(watch()) == 10


def test_a_slow_handler_gets_the_latest_frame_and_never_an_old_one() -> None:
    async def watch() -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def slow(frame: VideoFrame) -> None:
            seen.append((round(1000 * (loop.time() - began)), frame.pts))
            await asyncio.sleep(0.35)

        async with forwarding(steady(10, 1)) as forwarder:
            forwarder.add_frame_handler(slow)
            await asyncio.sleep(2)
        return seen

    assert run(watch()) == [(0, 0), (350, 300), (700, 700), (1050, 900)]


def test_a_slow_handler_delays_nobody() -> None:
    async def watch() -> list[int]:
        seen: list[int] = []

        async def stuck(frame: VideoFrame) -> None:
            await asyncio.Event().wait()

        async with forwarding(steady(10, 1)) as forwarder:
            forwarder.add_frame_handler(stuck)
            forwarder.add_frame_handler(noting(seen))
            await asyncio.sleep(2)
        return seen

    assert len(run(watch())) == 10


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_handler_raises_is_told_once_a_second_and_the_others_see_on(is_async: bool) -> None:
    async def watch() -> tuple[list[ExceptionEvent], list[int]]:
        events, told, seen = EventManager(), [], []
        events.tap(told.append, ExceptionEvent)

        def fails(frame: VideoFrame) -> None:
            raise ZeroDivisionError(f"at {frame.pts}")

        async def fails_later(frame: VideoFrame) -> None:
            fails(frame)

        async with forwarding(steady(30, 2), events=events) as forwarder:
            forwarder.add_frame_handler(fails_later if is_async else fails, name="detector")
            forwarder.add_frame_handler(noting(seen))
            await asyncio.sleep(3)
        return told, seen

    told, seen = run(watch())
    assert len(seen) == 60
    assert [str(event.error) for event in told] == ["at 0", "at 1000"]
    assert told[0].where == "detector"


def test_a_handler_that_is_removed_sees_no_more() -> None:
    async def watch() -> list[int]:
        seen: list[int] = []
        async with forwarding(steady(10, 2)) as forwarder:
            number = forwarder.add_frame_handler(noting(seen))
            await asyncio.sleep(0.55)
            forwarder.remove_frame_handler(number)
            forwarder.remove_frame_handler(number)
            await asyncio.sleep(2)
        return seen

    assert run(watch()) == [0, 100, 200, 300, 400, 500]


def test_a_handler_that_is_removed_while_busy_does_not_get_the_frame_that_waited_for_it() -> None:
    async def watch() -> list[int]:
        seen: list[int] = []

        async def slow(frame: VideoFrame) -> None:
            seen.append(frame.pts)
            await asyncio.sleep(0.5)

        async with forwarding(steady(10, 2)) as forwarder:
            number = forwarder.add_frame_handler(slow)
            await asyncio.sleep(0.25)
            forwarder.remove_frame_handler(number)
            await asyncio.sleep(2)
        return seen

    assert run(watch()) == [0]


def test_a_handlers_id_is_true_because_plugins_ask_whether_they_have_one() -> None:
    forwarder = VideoForwarder(steady(1, 1))
    assert forwarder.add_frame_handler(noting([]))


def test_a_track_is_not_read_while_nobody_wants_its_frames() -> None:
    async def watch() -> list[int]:
        track = steady(10, 5)
        reads = []
        async with forwarding(track) as forwarder:
            await asyncio.sleep(1)
            reads.append(track.reads)
            number = forwarder.add_frame_handler(noting([]))
            await asyncio.sleep(1.05)
            reads.append(track.reads)
            forwarder.remove_frame_handler(number)
            await asyncio.sleep(1)
            reads.append(track.reads)
        return reads

    assert run(watch()) == [0, 11, 12]  # the frame that was being waited for is still taken


def test_the_end_of_the_track_is_told() -> None:
    async def watch() -> tuple[list[str], bool]:
        told: list[str] = []
        async with forwarding(steady(10, 0.5), ended=lambda: told.append("ended")) as forwarder:
            forwarder.add_frame_handler(noting([]))
            assert forwarder.running
            await asyncio.sleep(1)
            return told, forwarder.running

    assert run(watch()) == (["ended"], False)


def test_being_stopped_is_no_end_of_the_track() -> None:
    async def watch() -> list[str]:
        told: list[str] = []
        async with forwarding(steady(10, 5), ended=lambda: told.append("ended")) as forwarder:
            forwarder.add_frame_handler(noting([]))
            await asyncio.sleep(1)
        return told

    assert run(watch()) == []


@pytest.mark.parametrize("trouble", [RuntimeError("lost"), None])
def test_a_frame_that_cannot_be_had_is_told_and_the_next_one_waited_for(trouble: Exception | None) -> None:
    async def watch() -> tuple[list[int], list[ExceptionEvent]]:
        events, told, seen = EventManager(), [], []
        events.tap(told.append, ExceptionEvent)
        track = Source([(10, picture(0)), (10, trouble), (10, picture(20))])
        async with forwarding(track, events=events) as forwarder:
            forwarder.add_frame_handler(noting(seen))
            await asyncio.sleep(1)
        return seen, told

    seen, told = run(watch())
    assert seen == [0, 20]
    assert len(told) == 1


def test_a_track_that_only_fails_is_given_up() -> None:
    async def watch() -> tuple[list[str], int]:
        told: list[str] = []
        track = Source([(0, RuntimeError("broken"))] * 1000)
        async with forwarding(track, ended=lambda: told.append("ended")) as forwarder:
            forwarder.add_frame_handler(noting([]))
            await asyncio.sleep(4)
            assert told == []
            await asyncio.sleep(1)
        return told, track.reads

    assert run(watch()) == (["ended"], 10)


def test_a_track_that_never_waits_lets_others_run() -> None:
    async def watch() -> int:
        async with forwarding(Source([(0, picture(ms)) for ms in range(10_000)])) as forwarder:
            forwarder.add_frame_handler(noting([]))
            for _ in range(20):
                await asyncio.sleep(0)
            return forwarder.track.reads

    assert run(watch()) < 50


def test_a_handler_may_stop_the_forwarder_itself() -> None:
    async def watch() -> list[int]:
        seen: list[int] = []
        async with forwarding(steady(10, 5)) as forwarder:

            async def enough(frame: VideoFrame) -> None:
                seen.append(frame.pts)
                if frame.pts >= 300:
                    await forwarder.stop()
                    seen.append(-1)

            forwarder.add_frame_handler(enough)
            await asyncio.sleep(2)
            assert not forwarder.running
        return seen

    assert run(watch()) == [0, 100, 200, 300, -1]


def test_stopping_ends_handlers_that_are_at_work() -> None:
    async def watch() -> list[str]:
        told: list[str] = []

        async def long(frame: VideoFrame) -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

        async with forwarding(steady(10, 1)) as forwarder:
            forwarder.add_frame_handler(long)
            await asyncio.sleep(0.5)
        return told

    assert run(watch()) == ["cancelled"]


def test_a_forwarder_that_was_stopped_can_be_started_again() -> None:
    async def watch() -> list[int]:
        seen: list[int] = []
        track = QueuedVideoTrack()
        forwarder = VideoForwarder(track)
        forwarder.add_frame_handler(noting(seen))
        for ms in (0, 100):
            await forwarder.start()
            await forwarder.start()
            track.write(picture(ms))
            await asyncio.sleep(0.01)
            await forwarder.stop()
        return seen

    assert run(watch()) == [0, 100]


def test_a_plugin_can_tell_that_the_forwarder_is_not_its_own() -> None:
    assert VideoForwarder(steady(1, 1), shared=True)._shared
    assert not VideoForwarder(steady(1, 1))._shared


def test_a_rate_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="frames a second"):
        VideoForwarder(steady(1, 1), fps=0)
    with pytest.raises(ValueError, match="frames a second"):
        VideoForwarder(steady(1, 1)).add_frame_handler(noting([]), fps=-2)


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=40),
    rate=st.sampled_from([None, 0.5, 1, 4, 10, 30]),
    busy=st.lists(st.integers(0, 900), min_size=1, max_size=5),
)
def test_whoever_is_slow_sees_the_frames_of_their_rate_in_order_one_at_a_time_and_always_the_last(
    gaps: list[int], rate: float | None, busy: list[int]
) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    cadence = Cadence(rate)
    wanted = [ms for ms in times if cadence.takes(ms * MS)]

    async def watch() -> tuple[list[int], list[int]]:
        slow: list[int] = []
        prompt: list[int] = []
        at_work = 0

        async def handle(frame: VideoFrame) -> None:
            nonlocal at_work
            at_work += 1
            assert at_work == 1
            slow.append(frame.pts)
            await asyncio.sleep(busy[len(slow) % len(busy)] / 1000)
            at_work -= 1

        source = Source([(gap, picture(ms)) for gap, ms in zip(gaps, times, strict=True)])
        async with forwarding(source) as forwarder:
            forwarder.add_frame_handler(handle, fps=rate)
            forwarder.add_frame_handler(noting(prompt), fps=rate)
            await asyncio.sleep(sum(gaps) / 1000 + 2)
        return slow, prompt

    slow, prompt = run(watch())
    assert prompt == wanted
    assert slow == sorted(set(slow) & set(wanted))
    assert slow[-1] == wanted[-1]
