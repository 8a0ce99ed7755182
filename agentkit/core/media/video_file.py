"""The pictures of a video file, decoded as they are asked for."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

_OPEN_OTHERS = frozenset(
    "concat dash hls image2 imf lavfi mlv rtp rtsp sap sdp vobsub webm_dash_manifest".split()
)
"""Formats of FFmpeg that are read from other files than the one that is named, or from a network."""


class VideoFileError(ValueError):
    """A file is missing, or is no video that can be played. The message says what was found, and helps."""


def open_media(path: str | Path) -> InputContainer:
    """Open a file of sound or pictures, and no other, whatever stands in it. Raises `av.FFmpegError`."""
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": _formats()}
    return av.open(str(path), options=options, metadata_errors="replace")  # nobody needs a title in UTF-8


@cache
def _formats() -> str:
    import av

    return ",".join(sorted(av.formats_available - _OPEN_OTHERS))


def decode_video(path: str | Path) -> Generator[VideoFrame, None, None]:
    """The frames of the first video stream in the file at ``path``, in order, with the times the file gives them.

    Of its sound, attached pictures and other streams nothing is read. The file is open from the first frame to the
    last, or until the iterator is closed. Raises `VideoFileError`, for a damaged file when it comes to the damage.
    """
    import av

    path = Path(path)
    if not os.path.isfile(path):  # Path.is_file() raises for a long name
        raise VideoFileError(
            f"{path}: expected a video, found {'a folder' if os.path.isdir(path) else 'no such file'}"
        )
    read = 0.0
    try:
        with open_media(path) as container:
            stream = _pictures_of(container, path)
            latest = None
            for frame in container.decode(stream):
                if frame.pts is None or frame.time_base is None:
                    raise VideoFileError(
                        f"{path}: its frames do not say when they are shown; give them times with, for example: "
                        "ffmpeg -r 30 -i in.h264 -c copy out.mp4"
                    )
                if latest is None or frame.pts > latest:
                    latest, read = frame.pts, float(frame.pts * frame.time_base)
                    yield frame
    except av.FFmpegError as error:
        raise VideoFileError(
            f"{path}: cannot be decoded after {read:.2f} s ({error.strerror}); play it elsewhere to see whether it is "
            "damaged, or is a video at all"
        ) from None
    if latest is None:
        raise VideoFileError(f"{path}: it declares pictures and holds not one; record or copy it again")


def _pictures_of(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        found = ", ".join(stream.codec_context.name for stream in container.streams if stream.codec_context)
        raise VideoFileError(
            f"{path}: expected pictures, found none in it (only: {found or 'nothing'}); is it the right file?"
        )
    stream = container.streams.video[0]
    stream.thread_type = "NONE"  # one frame in, one frame out: nothing is decoded ahead of its time
    return stream
