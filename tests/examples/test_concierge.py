from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.concierge import ANSWERS, DEFAULT, EXCURSIONS, create_agent
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedTurnDetector
from simulator.providers.voice import speak
from simulator.trace.trace import Trace

PEOPLE = Path(__file__).parents[2] / "fixtures" / "people"
TEXTS = {path.stem: json.loads(path.read_text())["text"] for path in sorted(PEOPLE.glob("*.json"))}


@pytest.mark.parametrize("text", [text for text in TEXTS.values() if text])
def test_there_is_an_answer_to_everything_the_recorded_people_say(text: str) -> None:
    async def ask() -> str:
        return (await ScriptedLLM(rules=ANSWERS, default=DEFAULT).simple_response(text)).text

    assert run(ask()) != DEFAULT


def test_one_answer_is_long_enough_to_be_interrupted() -> None:
    assert len(speak(EXCURSIONS, 165, 16000).samples) / 16000 > 12


def test_any_part_of_the_agent_can_be_replaced_or_left_out() -> None:
    async def replaced() -> bool:
        detector = ScriptedTurnDetector()
        call = SimulatedCall(trace=Trace(lambda: 0))
        agent = await create_agent(edge=SimulatedEdge(call), turn_detection=detector, vad=None)
        await call.close()
        return agent.turn_detection is detector and agent.vad is None and agent.stt is not None

    assert run(replaced())
