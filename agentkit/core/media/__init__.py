"""Sound in motion: resampling a stream, queueing it, playing it out.

The names are imported when they are first used: aiortc and av take their time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.media.output import AudioOutput
    from agentkit.core.media.queue import AudioQueue, EndOfAudio
    from agentkit.core.media.resample import StreamResampler
    from agentkit.core.media.track import OutputTrack

__all__ = ["AudioOutput", "AudioQueue", "EndOfAudio", "OutputTrack", "StreamResampler"]

_MODULES = {
    "AudioOutput": "output",
    "AudioQueue": "queue",
    "EndOfAudio": "queue",
    "OutputTrack": "track",
    "StreamResampler": "resample",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
