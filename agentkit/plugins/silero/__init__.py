"""Voice-activity detection with Silero."""

from agentkit.plugins.silero.vad import VAD, Detector

__all__ = ["VAD", "Detector"]
