"""`AudioQueue`, by the path plugins know."""

from agentkit.core.media.queue import AudioQueue

__all__ = ["AudioQueue"]
