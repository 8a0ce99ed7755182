"""Import paths that plugins know; what they lead to lives in the rooms it belongs to."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.media.forwarder import VideoForwarder
    from agentkit.core.media.queue import AudioQueue

__all__ = ["AudioQueue", "VideoForwarder"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("agentkit.core.media"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
