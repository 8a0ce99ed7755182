"""Stand-ins for the providers that an agent had in a recorded call: they answer as those did, without a network.

`agentkit scenario from-recording` writes a module that makes the agent with them.
"""

from simulator.recorder.stand_ins.providers import (
    Asked,
    RecordedLLM,
    RecordedSTT,
    RecordedTTS,
    RecordedVLM,
    Said,
    Spoken,
    made_with,
    rate_of,
)

__all__ = [
    "Asked",
    "RecordedLLM",
    "RecordedSTT",
    "RecordedTTS",
    "RecordedVLM",
    "Said",
    "Spoken",
    "made_with",
    "rate_of",
]
