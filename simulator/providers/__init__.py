"""Providers that follow a script, so that an agent can be tested without models, keys or a network."""

from simulator.providers.hearing import Speaks, Word
from simulator.providers.latency import Fixed, Latency, LogNormal, latency
from simulator.providers.llm import Calls, Hang, Request, ScriptedLLM, Then
from simulator.providers.realtime import ScriptedRealtime
from simulator.providers.stt import ScriptedSTT
from simulator.providers.tts import ScriptedTTS
from simulator.providers.turn import ScriptedTurnDetector
from simulator.providers.vad import ScriptedVAD
from simulator.providers.vlm import ScriptedVLM, Sight

__all__ = [
    "Calls",
    "Fixed",
    "Hang",
    "Latency",
    "LogNormal",
    "Request",
    "ScriptedLLM",
    "ScriptedRealtime",
    "ScriptedSTT",
    "ScriptedTTS",
    "ScriptedTurnDetector",
    "ScriptedVAD",
    "ScriptedVLM",
    "Sight",
    "Speaks",
    "Then",
    "Word",
    "latency",
]
