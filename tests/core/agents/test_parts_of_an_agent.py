"""What an agent says when it is given something else than its parts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agentkit.core.agents import Agent
from agentkit.core.edge import User
from agentkit.core.processors import Processor
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS


class Sharpener(Processor):
    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"agent_user": "Desk"},
            "agent_user: expected a User, like User(id='desk', name='Desk'), found str 'Desk'",
        ),
        ({"agent_user": None}, "found None"),
        ({"edge": SimulatedEdge}, "edge: expected an EdgeTransport"),
        (
            {"llm": ScriptedLLM},
            "llm: expected an LLM or None, found the class ScriptedLLM; make one: ScriptedLLM(...)",
        ),
        ({"stt": "deepgram"}, "stt: expected an STT or None, found str 'deepgram'"),
        ({"tts": ScriptedSTT()}, "tts: expected a TTS or None, found ScriptedSTT"),
        ({"vad": True}, "vad: expected a VAD or None, found bool True"),
        ({"turn_detection": 1}, "turn_detection: expected a TurnDetector or None, found int 1"),
        ({"processors": Sharpener()}, "found Sharpener alone; put it in a list: [Sharpener(...)]"),
        ({"processors": 3}, "processors: expected a list of processors, found int 3"),
        ({"processors": [Sharpener(), Sharpener]}, "processors[1]: expected a Processor"),
    ],
)
def test_a_part_that_is_something_else_is_told_with_what_was_expected(
    given: dict[str, Any], told: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(told)):
        Agent(**{"edge": SimulatedEdge(), "agent_user": User(id="desk"), **given})


def test_a_part_that_was_not_awaited_is_told_so() -> None:
    async def voice() -> ScriptedTTS:
        return ScriptedTTS()

    waiting: Any = voice()
    with pytest.raises(TypeError, match=re.escape("found a coroutine; write `await voice(...)`")):
        Agent(edge=SimulatedEdge(), agent_user=User(id="desk"), tts=waiting)
    waiting.close()
