"""Processors: code of the agent's author that looks at the media on its way."""

from agentkit.core.processors.processor import AudioProcessor, Processor

__all__ = ["AudioProcessor", "Processor"]
