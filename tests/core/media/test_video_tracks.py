"""Tracks that are written to, and tracks that play a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.media import QueuedVideoTrack, VideoFileError, VideoFileTrack
from simulator.clock import run

MakeVideo = Callable[..., Path]


def picture(ms: int | None = None, size: tuple[int, int] = (16, 16)) -> VideoFrame:
    frame = VideoFrame(*size, "yuv420p")
    if ms is not None:
        frame.pts, frame.time_base = ms, Fraction(1, 1000)
    return frame


def in_a_call(test: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], None]:
    """Run the test in virtual time."""

    def wrapped() -> None:
        run(test())

    wrapped.__name__ = test.__name__
    return wrapped


# -- written to -------------------------------------------------------------------------------------------------


@in_a_call
async def test_frames_are_read_in_the_order_they_were_written() -> None:
    track = QueuedVideoTrack()
    track.write(picture(0))
    await track.add_frame(picture(40))
    assert [(await track.recv()).pts for _ in range(2)] == [0, 40]


@in_a_call
async def test_a_reader_waits_until_there_is_a_frame() -> None:
    track = QueuedVideoTrack()
    asyncio.get_running_loop().call_later(5, track.write, picture(0))
    assert isinstance(await track.recv(), VideoFrame)
    assert asyncio.get_running_loop().time() == 1005


@in_a_call
async def test_the_oldest_is_dropped_when_nobody_reads() -> None:
    track = QueuedVideoTrack(limit=3)
    for ms in range(0, 1000, 100):
        track.write(picture(ms))
    assert [(await track.recv()).pts for _ in range(3)] == [700, 800, 900]
    assert track.dropped == 7


@in_a_call
async def test_frames_without_a_time_are_stamped_when_they_are_written() -> None:
    track = QueuedVideoTrack()
    track.write(picture())
    await asyncio.sleep(0.5)
    track.write(picture())
    assert [float(f.pts * f.time_base) for f in (await track.recv(), await track.recv())] == [0, 0.5]


@in_a_call
async def test_every_frame_is_scaled_to_the_size_that_was_asked_for() -> None:
    track = QueuedVideoTrack(width=32, height=24)
    track.write(picture(100, size=(64, 64)))
    frame = await track.recv()
    assert (frame.width, frame.height, frame.pts) == (32, 24, 100)


@in_a_call
async def test_no_more_frames_come_out_than_the_rate_allows() -> None:
    track = QueuedVideoTrack(fps=5, limit=100)
    for ms in range(0, 1000, 50):
        track.write(picture(ms))
    track.write(picture(1000))
    assert [(await track.recv()).pts for _ in range(6)] == list(range(0, 1001, 200))


@in_a_call
async def test_a_stopped_track_ends_for_its_reader_and_ignores_what_is_written() -> None:
    track = QueuedVideoTrack()
    reading = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.stop()
    track.write(picture(0))
    with pytest.raises(MediaStreamError):
        await reading
    with pytest.raises(MediaStreamError):
        await track.recv()


@in_a_call
async def test_a_reader_who_gives_up_takes_no_frame_along() -> None:
    track = QueuedVideoTrack()
    reading = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.write(picture(0))
    reading.cancel()
    await asyncio.wait([reading])
    assert (await track.recv()).pts == 0


@pytest.mark.parametrize("options", [{"width": 0}, {"height": -1}, {"limit": 0}, {"fps": 0}])
def test_a_track_of_no_size_rate_or_room_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"expected at least 1|frames a second"):
        QueuedVideoTrack(**options)


@given(steps=st.lists(st.one_of(st.just("read"), st.integers(1, 5)), max_size=60), limit=st.integers(1, 4))
def test_what_is_read_is_always_the_latest_there_is_room_for(steps: list[str | int], limit: int) -> None:
    async def follow() -> None:
        track = QueuedVideoTrack(limit=limit)
        waiting: list[int] = []
        written = read = 0
        for step in steps:
            if isinstance(step, int):
                for _ in range(step):
                    track.write(picture(written))
                    waiting = [*waiting, written][-limit:]
                    written += 1
            elif waiting:
                assert (await track.recv()).pts == waiting.pop(0)
                read += 1
        assert track.dropped == written - read - len(waiting)

    run(follow())


# -- from a file ------------------------------------------------------------------------------------------------


async def played(track: MediaStreamTrack) -> list[tuple[int, float]]:
    """What the track gives until it ends: when it came (ms) and the frame's own time (s)."""
    loop, began, frames = asyncio.get_running_loop(), asyncio.get_running_loop().time(), []
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return frames
        frames.append((round(1000 * (loop.time() - began)), round(float(frame.pts * frame.time_base), 3)))


def test_each_frame_of_a_file_comes_when_its_time_has_come(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 5, fps=10)

    async def play() -> list[tuple[int, float]]:
        return await played(VideoFileTrack(path))

    assert run(play()) == [(0, 0), (100, 0.1), (200, 0.2), (300, 0.3), (400, 0.4)]


def test_a_file_without_regular_times_is_played_at_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=1000)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for ms in (0, 40, 500, 510):
            container.mux(stream.encode(picture(ms)))
        container.mux(stream.encode(None))

    async def play() -> list[tuple[int, float]]:
        return await played(VideoFileTrack(path))

    assert [at for at, _ in run(play())] == [0, 40, 500, 510]


def test_a_file_that_is_repeated_goes_on_without_a_break(make_video: MakeVideo) -> None:
    path = make_video(["red", "green", "blue"], fps=10)

    async def play() -> list[tuple[int, float]]:
        track = VideoFileTrack(path, loop=True)
        asyncio.get_running_loop().call_later(0.75, track.stop)
        return await played(track)

    assert run(play()) == [(ms, ms / 1000) for ms in range(0, 800, 100)]


def test_the_one_frame_of_a_picture_is_repeated_at_a_rate_a_viewer_can_live_with(
    make_video: MakeVideo,
) -> None:
    path = make_video(["red"], fps=10)

    async def play() -> list[tuple[int, float]]:
        track = VideoFileTrack(path, loop=True)
        asyncio.get_running_loop().call_later(0.1, track.stop)
        return await played(track)

    assert [at for at, _ in run(play())] == [0, 40, 80]


def test_whoever_reads_late_misses_what_is_over(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 20, fps=10)

    async def play() -> list[int]:
        track = VideoFileTrack(path)
        await track.recv()
        await asyncio.sleep(1.23)
        return [(await track.recv()).pts for _ in range(2)]

    first, second = run(play())
    step = second - first
    assert first == 12 * step


def test_a_read_that_is_cancelled_loses_no_frame(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 3, fps=10)

    async def play() -> list[tuple[int, float]]:
        track = VideoFileTrack(path)
        await track.recv()
        for pause in (0, 0, 0.01, 0.01):  # while it decodes, and while it waits for its time
            reading = asyncio.ensure_future(track.recv())
            await asyncio.sleep(pause)
            reading.cancel()
            await asyncio.wait([reading])
        return await played(track)

    assert [seconds for _, seconds in run(play())] == [0.1, 0.2]


def test_a_stopped_file_ends_for_its_reader(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 10, fps=10)

    async def play() -> list[tuple[int, float]]:
        track = VideoFileTrack(path)
        asyncio.get_running_loop().call_later(0.35, track.stop)
        return await played(track)

    assert len(run(play())) == 4


def test_a_file_plays_on_a_real_loop_with_its_decoding_on_a_thread(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 3, fps=100)
    assert len(asyncio.run(played(VideoFileTrack(path)))) == 3


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_no_video_is_refused_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(VideoFileError, match="no such file"):
        VideoFileTrack(tmp_path / "missing.mp4")
    with pytest.raises(VideoFileError, match="a folder"):
        VideoFileTrack(tmp_path)
    with pytest.raises(VideoFileError, match="cannot be decoded"):
        VideoFileTrack(write(tmp_path / "empty.mp4", b""))
    with pytest.raises(VideoFileError, match="cannot be decoded"):
        VideoFileTrack(write(tmp_path / "text.mp4", b"not a video at all" * 100))


def test_a_file_with_nothing_but_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mka"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(VideoFileError, match=r"expected pictures, found none in it \(only: pcm_s16le\)"):
        VideoFileTrack(path)


def test_a_file_that_was_cut_off_says_so_where_it_ends(make_video: MakeVideo, tmp_path: Path) -> None:
    whole = make_video(["red", "blue"] * 20, fps=10).read_bytes()
    with pytest.raises(VideoFileError, match="cannot be decoded"):
        VideoFileTrack(write(tmp_path / "cut.mp4", whole[: len(whole) // 2]))
