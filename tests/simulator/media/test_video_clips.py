"""A video as a person's camera would send it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simulator.media.errors import MediaError
from simulator.media.video import find_video, read_video

MakeVideo = Callable[..., Path]


def test_every_picture_has_the_time_it_has_in_the_file(make_video: MakeVideo) -> None:
    clip = read_video(make_video(["red"] * 5, fps=25))
    assert [picture.seconds for picture in clip.pictures()] == [Fraction(n, 25) for n in range(5)]
    assert (clip.width, clip.height) == (64, 48)


def test_a_frame_is_what_webrtc_would_give_and_its_changes_stay_its_own(make_video: MakeVideo) -> None:
    clip = read_video(make_video(["red"] * 2))
    picture = next(clip.pictures())
    frame = picture.frame()
    assert frame.format.name == "yuv420p"
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    assert frame.to_ndarray().sum() < picture.frame().to_ndarray().sum()


def test_an_unchanged_file_is_decoded_once(make_video: MakeVideo) -> None:
    path = make_video(["red"] * 2)
    assert read_video(path) is read_video(str(path))


def test_a_long_video_is_not_kept_and_its_file_is_closed(
    long_video: Path, is_open: Callable[[Path], bool]
) -> None:
    clip = read_video(long_video)
    assert clip.kept is None
    assert not is_open(long_video)
    pictures = clip.pictures()
    next(pictures)
    assert is_open(long_video)
    pictures.close()
    assert not is_open(long_video)
    assert len([picture.seconds for picture in clip.pictures()]) == 60


def test_an_odd_size_loses_a_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 33, 17, "bgr0"
        frame = av.VideoFrame.from_ndarray(np.zeros((17, 33, 3), np.uint8), format="rgb24").reformat(
            format="bgr0"
        )
        frame.pts = 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    clip = read_video(path)
    assert (clip.width, clip.height) == (32, 16)
    assert next(clip.pictures()).frame().width == 32


def test_a_title_in_an_old_encoding_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "titled.avi"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Cafe"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
        container.mux([*stream.encode(frame), *stream.encode(None)])
    path.write_bytes(path.read_bytes().replace(b"Cafe", b"Caf\xe9"))
    clip = read_video(path)
    assert len(list(clip.pictures())) == 1
    assert not clip.has_sound


def test_it_is_known_when_the_sound_of_a_video_begins(make_video: MakeVideo) -> None:
    silent = read_video(make_video(["red"] * 5))
    assert silent.sound_starts_s == silent.starts_s == 0
    voiced = read_video(make_video(["red"] * 10, sound=np.zeros(48_000, np.int16)))
    assert voiced.sound_starts_s == 0


def test_a_video_is_found_by_name_beside_the_scenario_and_in_its_fixtures(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    (tmp_path / "fixtures").mkdir()
    for place in (tmp_path / "greeting.mp4", tmp_path / "fixtures" / "slides.mp4"):
        place.write_bytes(make_video(["red"]).read_bytes())
    assert find_video("greeting.mp4", folders=[tmp_path]) == tmp_path / "greeting.mp4"
    assert find_video("slides.mp4", folders=[tmp_path]) == tmp_path / "fixtures" / "slides.mp4"
    with pytest.raises(MediaError, match=r"no video called 'greting.mp4': did you mean greeting.mp4"):
        find_video("greting.mp4", folders=[tmp_path])


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="nothing to read there"):
        read_video(tmp_path / "missing.mp4")
    with pytest.raises(MediaError, match="a folder"):
        read_video(tmp_path)
    with pytest.raises(MediaError, match="cannot be decoded"):
        read_video(write(tmp_path / "empty.mp4", b""))
    with pytest.raises(MediaError, match="cannot be decoded"):
        read_video(write(tmp_path / "noise.mp4", bytes(range(256)) * 100))
