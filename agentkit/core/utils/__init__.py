"""Import paths that plugins know; what they lead to lives in the rooms it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.media.queue import AudioQueue

__all__ = ["AudioQueue"]


def __getattr__(name: str) -> Any:
    if name == "AudioQueue":
        from agentkit.core.media.queue import AudioQueue

        return AudioQueue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
