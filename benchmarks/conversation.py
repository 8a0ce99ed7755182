"""The call that is measured: for 60 s a recorded person and an agent take turns, each about as long as the other."""

from __future__ import annotations

import asyncio

import numpy as np

from agentkit.core.media.output import Samples
from simulator.edge.acoustics import Acoustics
from simulator.edge.call import SimulatedCall
from simulator.edge.network import Network
from simulator.media.frames import SAMPLE_RATE
from simulator.providers import ScriptedLLM
from simulator.providers.voice import speak

DURATION_S = 60.0
TURN_S = 15.0
PERSON = "caller"

TURNS = (
    (
        ("not-ill-disposed", "rather-selfish"),
        "I would not go that far. He was careful with his money, and his wife was more so.",
    ),
    (
        ("more-amiable-woman", "made-amiable-himself"),
        "She was kind to the children, at least, and they were kind to her.",
    ),
    (
        ("leisure-to-consider",),
        "And while he considered it he grew so generous that in the end he gave them nothing at all.",
    ),
    (
        ("superlative-degree",),
        (
            "Then it was the coldest winter that anybody on this coast can remember. The harbour froze, and the boats "
            "lay on the ice until the end of April."
        ),
    ),
)
"""What the person says (recordings, one after the other), and what the agent answers."""


def answers() -> ScriptedLLM:
    """A model that gives the agent's answers in order."""
    return ScriptedLLM(answers=[answer for _, answer in TURNS])


async def converse(
    call: SimulatedCall, network: Network | None = None, acoustics: Acoustics | None = None
) -> None:
    """Have the person join and begin a turn every 15 s; return when the call is 60 s old."""
    person = call.person(PERSON, network=network, acoustics=acoustics)
    person.join()
    for number, (clips, _) in enumerate(TURNS):
        await _until(number * TURN_S, call)
        for clip in clips:
            await person.start_saying(clip).done()
    await _until(DURATION_S, call)


def microphone(call: SimulatedCall) -> Samples:
    """What the person's microphone picked up in ``call``: 60 s at 48 kHz, shape (2880000,)."""
    sound = np.zeros(round(DURATION_S * SAMPLE_RATE), np.int16)
    for record in call.trace.select(source=PERSON, kind="says"):
        _, samples = call.clip(record.data["clip"])
        start = record.data["at_ns"] * SAMPLE_RATE // 1_000_000_000
        sound[start : start + len(samples)] = samples
    return sound


def speech(rate_wpm: float, sample_rate: int) -> list[Samples]:
    """The agent's answers as `simulator.providers.ScriptedTTS` speaks them."""
    return [speak(answer, rate_wpm, sample_rate).samples for _, answer in TURNS]


async def _until(call_s: float, call: SimulatedCall) -> None:
    await asyncio.sleep(call_s - call.now_ns / 1e9)
