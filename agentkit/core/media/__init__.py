"""Sound and pictures in motion: resampling, queueing and playing out sound; tracks of video, and forwarding them.

The names are imported when they are first used: aiortc and av take their time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.media.forwarder import VideoForwarder
    from agentkit.core.media.output import AudioOutput
    from agentkit.core.media.queue import AudioQueue, EndOfAudio
    from agentkit.core.media.resample import StreamResampler
    from agentkit.core.media.track import OutputTrack
    from agentkit.core.media.video_file import VideoFileError
    from agentkit.core.media.video_tracks import QueuedVideoTrack, VideoFileTrack

__all__ = [
    "AudioOutput",
    "AudioQueue",
    "EndOfAudio",
    "OutputTrack",
    "QueuedVideoTrack",
    "StreamResampler",
    "VideoFileError",
    "VideoFileTrack",
    "VideoForwarder",
]

_MODULES = {
    "AudioOutput": "output",
    "AudioQueue": "queue",
    "EndOfAudio": "queue",
    "OutputTrack": "track",
    "QueuedVideoTrack": "video_tracks",
    "StreamResampler": "resample",
    "VideoFileError": "video_file",
    "VideoFileTrack": "video_tracks",
    "VideoForwarder": "forwarder",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
