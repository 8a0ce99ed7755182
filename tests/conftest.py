"""What tests of several rooms need."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("agentkit", deadline=None)  # how long an example takes is for the machine to say
settings.load_profile("agentkit")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background has them ignore Ctrl-C, and so would what they start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
}

_WEBM = ("libvpx", {"cpu-used": "5"})
_MP4 = ("libx264", {"preset": "ultrafast"})

MakeVideo = Callable[..., Path]


@pytest.fixture(scope="session")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """Make a video of one frame for each of ``colours``, and with sound (48 kHz mono int16) if it is given.

    A ``.webm`` counts time in milliseconds, an ``.mp4`` in exact fractions.
    """
    folder = tmp_path_factory.mktemp("video")
    number = itertools.count()

    def make(
        colours: Sequence[str],
        fps: int = 10,
        size: tuple[int, int] = (64, 48),
        sound: np.ndarray | None = None,
        sound_at_s: float = 0.0,
        suffix: str = ".mp4",
    ) -> Path:
        path = folder / f"clip-{next(number)}{suffix}"
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
            codec, quick = _WEBM if suffix == ".webm" else _MP4
            options = {"threads": "1", "flags": "+bitexact", **quick}
            pictures = container.add_stream(codec, rate=fps, options=options)
            pictures.width, pictures.height = size
            pictures.pix_fmt = "yuv420p"
            if sound is not None:
                voice = container.add_stream("aac", rate=48_000, layout="mono")
                frame = av.AudioFrame.from_ndarray(sound[np.newaxis], format="s16", layout="mono")
                frame.sample_rate, frame.pts = 48_000, round(48_000 * sound_at_s)
                container.mux([*voice.encode(frame), *voice.encode(None)])
            for index, colour in enumerate(colours):
                picture = np.full((size[1], size[0], 3), COLOURS[colour], np.uint8)
                shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
                shown.pts, shown.time_base = index, Fraction(1, fps)
                container.mux(pictures.encode(shown))
            container.mux(pictures.encode(None))
        return path

    return make


@pytest.fixture(scope="session")
def long_video(make_video: MakeVideo) -> Path:
    """Six seconds that take 83 MB when they are decoded: more than is kept of a video."""
    return make_video(["red", "blue"] * 30, size=(1280, 720), fps=10)


@pytest.fixture(scope="session")
def is_open() -> Callable[[Path], bool]:
    """Whether this process has a file open."""

    def is_open(path: Path) -> bool:
        numbers = os.listdir("/proc/self/fd")
        return any(os.path.realpath(f"/proc/self/fd/{number}") == str(path) for number in numbers)

    return is_open
