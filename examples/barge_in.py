"""People interrupt the concierge: each of these agents is `examples.concierge` with one thing about it changed.

What is changed is what the docstring says; the scenarios in ``scenarios/barge_in`` show what comes of it.
"""

from __future__ import annotations

from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from agentkit.core.turns import TurnPolicy
from examples import concierge
from simulator.providers import ScriptedSTT, ScriptedTTS, ScriptedTurnDetector

INSTANT = 1000.0
"""How many times faster than it plays a voice is made that has a whole sentence ready at once."""


async def slow_to_stop(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A voice provider that takes five seconds to stop when it is told to."""
    voice = ScriptedTTS(stop_latency=5.0)
    return await concierge.create_agent(edge=edge, **({"tts": voice} | parts))


async def quick_voice(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A voice provider so fast that a sentence is queued as a whole long before it has been heard."""
    voice = ScriptedTTS(realtime_factor=INSTANT)
    return await concierge.create_agent(edge=edge, **({"tts": voice} | parts))


async def wants_three_words(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Nobody gets a word in with less than three of them."""
    policy = TurnPolicy(min_interruption_words=3)
    return await concierge.create_agent(edge=edge, **({"turn_policy": policy} | parts))


async def words_only(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """No voice-activity detector and no turn detector: all it has to go by is what its STT understands."""
    return await concierge.create_agent(edge=edge, **({"vad": None} | parts))


async def voice_before_words(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """An STT that says nothing until a sentence is over, so only the voice can tell that someone has begun."""
    ears = ScriptedSTT(interim=False)
    return await concierge.create_agent(edge=edge, **({"stt": ears} | parts))


async def patient(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A turn detector that lets people pause for more than a second without taking the floor."""
    detector = ScriptedTurnDetector(final_s=1.2)
    return await concierge.create_agent(edge=edge, **({"turn_detection": detector} | parts))


async def eager(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """A turn detector that guesses after 300 ms of silence and is certain after 1.2 s.

    A reply is prepared at the guess, and heard only if the guess was right.
    """
    eager_parts = {
        "turn_detection": ScriptedTurnDetector(eager_s=0.3, final_s=1.2),
        "stt": ScriptedSTT(endpointing_s=0.15, final_latency=0.05),
    }
    return await concierge.create_agent(edge=edge, **(eager_parts | parts))
