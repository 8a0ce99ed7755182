"""The pictures of a file, as they would arrive over WebRTC: YUV 4:2:0, each with its own time.

Anything PyAV reads is read. What cannot be a person's camera or screen is refused with a `MediaError` that says what is
wrong with it.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agentkit.core.media.video_file import VideoFileError, decode_video, open_media
from simulator.media.errors import MediaError
from simulator.media.folders import looked_in

if TYPE_CHECKING:
    from av import VideoFrame

KEEP_BYTES = 64 * 2**20
"""A video of which all pictures fit in here (640x480: 145 of them) is decoded once and kept; of a longer one no more
than the next picture is held, and it is decoded again by everyone who plays it."""

VIDEO_SUFFIXES = frozenset(".avi .gif .m4v .mkv .mov .mp4 .webm".split())
"""What a file is suggested by when a name is wrong; any other can still be named in full."""

_CACHED_FILES = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame that nobody can change: ``planes`` is read-only, of shape ``(height * 3 / 2, width)``."""

    planes: npt.NDArray[np.uint8]
    pts: int
    time_base: Fraction

    @property
    def seconds(self) -> Fraction:
        """When it is shown, on the clock of its file."""
        return self.pts * self.time_base

    def frame(self) -> VideoFrame:
        """A frame of its own for whoever wants one."""
        from av import VideoFrame

        frame = VideoFrame.from_ndarray(self.planes, format="yuv420p")
        frame.pts, frame.time_base = self.pts, self.time_base
        return frame


@dataclass(frozen=True, eq=False)
class VideoClip:
    """A video that a person can show. ``starts_s`` is the time of its first picture on the clock of the file."""

    path: Path
    width: int
    height: int
    starts_s: Fraction
    kept: tuple[Picture, ...] | None

    def pictures(self) -> Generator[Picture, None, None]:
        """Its pictures in order. While a long one is being played its file is open; close the generator to close it.

        Raises `MediaError` where a long one is damaged.
        """
        if self.kept is not None:
            yield from self.kept
        else:
            yield from _decoded(self.path)

    @cached_property
    def has_sound(self) -> bool:
        """Whether there is any sound in the file."""
        with open_media(self.path) as container:
            return bool(container.streams.audio)

    @cached_property
    def sound_starts_s(self) -> Fraction:
        """The time of the first sound on the clock of the file; that of the first picture, if there is no sound."""
        with open_media(self.path) as container:
            first = next(container.decode(audio=0), None) if container.streams.audio else None
        if first is None or first.pts is None or first.time_base is None:
            return self.starts_s
        return first.pts * first.time_base


def read_video(path: str | Path) -> VideoClip:
    """The video in the file at ``path``. An unchanged file that is short enough is decoded once and shared.

    Raises `MediaError` for what is missing, damaged, or without pictures.
    """
    path = Path(path).resolve()
    try:
        status = path.stat()
    except OSError as error:
        raise MediaError(
            f"{path}: expected a video, found nothing to read there ({error.strerror})"
        ) from None
    return _read(path, status.st_mtime_ns, status.st_size)


def find_video(name: str | Path, *, folders: Sequence[Path] = ()) -> Path:
    """The file called ``name``, looked for in each of ``folders`` and its ``fixtures``; a `Path` is taken as it is.

    Raises `MediaError` when there is no such file.
    """
    if isinstance(name, Path):
        return name
    places = looked_in(folders)
    for place in places:
        if os.path.isfile(place / name):  # Path.is_file() raises for a long name
            return place / name
    names = sorted(
        path.name
        for place in places
        if place.is_dir()
        for path in place.iterdir()
        if path.suffix in VIDEO_SUFFIXES
    )
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none at all'}."
    where = ", ".join(map(str, places)) or "no folder"
    raise MediaError(f"no video called {name!r}: {advice} Looked in: {where}")


@lru_cache(maxsize=_CACHED_FILES)
def _read(path: Path, _mtime_ns: int, _size: int) -> VideoClip:
    pictures = _decoded(path)
    first = next(pictures)
    rows, width = first.planes.shape
    kept, room = [first], KEEP_BYTES // first.planes.nbytes
    for picture in pictures:
        if len(kept) >= room:
            pictures.close()
            return VideoClip(path, width, rows * 2 // 3, first.seconds, None)
        kept.append(picture)
    return VideoClip(path, width, rows * 2 // 3, first.seconds, tuple(kept))


def _decoded(path: Path) -> Generator[Picture, None, None]:
    """The pictures of a file, all as large as the first. Odd sizes lose a line: 4:2:0 has none."""
    width = height = 0
    try:
        for frame in decode_video(path):
            if not width:
                width, height = max(2, frame.width & ~1), max(2, frame.height & ~1)
            frame = frame.reformat(width=width, height=height, format="yuv420p")
            planes = np.asarray(frame.to_ndarray(), np.uint8)
            planes.flags.writeable = False
            assert frame.pts is not None  # decode_video refuses
            assert frame.time_base is not None  # such files
            yield Picture(planes, frame.pts, frame.time_base)
    except VideoFileError as error:
        raise MediaError(str(error)) from None
