"""Processors: code of the agent's author that looks at the media on its way."""

from agentkit.core.processors.processor import AudioProcessor, Processor, name_of, states_of
from agentkit.core.processors.video import ProcessorPublisher, VideoProcessor, VideoPublisher

__all__ = [
    "AudioProcessor",
    "Processor",
    "ProcessorPublisher",
    "VideoProcessor",
    "VideoPublisher",
    "name_of",
    "states_of",
]
