"""What a failure says of why it may be: parts that an agent does not have, and a script that ends too soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.core.agents import Agent
from agentkit.core.edge import EdgeTransport, User
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import Failure, run_scenario

CONCIERGE = "examples.concierge:create_agent"
NO_VOICE = "the agent has no tts, so it cannot speak"
NO_MODEL = "the agent has no llm, so it cannot answer"
CUT_OFF = "the script ended while the agent was speaking; end it with `- agent: finishes speaking`"


def failure_of(script: str, tmp_path: Path, without: tuple[str, ...] = (), expect: str = "") -> Failure:
    """The one failure of a call with an agent that lacks the parts ``without``."""

    def create_agent(*, edge: EdgeTransport) -> Agent:
        parts = {
            "llm": ScriptedLLM(default="Good morning."),
            "stt": ScriptedSTT(),
            "tts": ScriptedTTS(),
            "vad": ScriptedVAD(),
        }
        for part in without:
            del parts[part]
        return Agent(edge=edge, agent_user=User(id="desk"), **parts)  # type: ignore[arg-type]

    file = tmp_path / "call.yaml"
    file.write_text(f"people: {{alice: {{mic: true}}}}\nscript:\n{script}\nexpect: [{expect}]\n")
    outcome = run_scenario(load_scenario(file), agent=create_agent if without else CONCIERGE)
    (failure,) = outcome.failures
    return failure


ASKED = "  - alice: joins\n  - alice: says queen-of-clubs.wav\n"
SPEAKS = ASKED + "  - agent: speaks\n    within: 5s"


@pytest.mark.parametrize(
    ("without", "told"),
    [(("tts",), [NO_VOICE]), (("llm",), [NO_MODEL]), (("tts", "llm"), [NO_VOICE, NO_MODEL])],
)
def test_an_agent_that_lacks_a_part_is_told_so_with_what_it_did_not_do(
    tmp_path: Path, without: tuple[str, ...], told: list[str]
) -> None:
    failure = failure_of(SPEAKS, tmp_path, without)
    assert failure.message.endswith("; ".join(["it was never heard", *told]))
    for sentence in told:
        assert sum(line.endswith(f"  {sentence}") for line in failure.story) == 1


def test_expectations_that_hang_on_a_part_that_is_missing_say_so(tmp_path: Path) -> None:
    said = failure_of(ASKED, tmp_path, ("tts",), expect='{agent said: "*"}')
    assert said.message.endswith(f"; {NO_VOICE}")
    understood = failure_of(ASKED, tmp_path, ("stt",), expect='{heard from alice: "*"}')
    assert understood.message.endswith("; the agent has no stt, so it understands nobody")


def test_a_script_that_ends_while_the_agent_speaks_says_how_to_hear_it_out(tmp_path: Path) -> None:
    failure = failure_of(SPEAKS, tmp_path, expect='{agent said: "*free tonight."}')
    assert failure.message.endswith(f"; {CUT_OFF}")
    assert not any("someone" in line for line in failure.story)


def test_what_has_nothing_to_do_with_the_end_of_the_script_does_not_mention_it(tmp_path: Path) -> None:
    assert CUT_OFF not in failure_of(SPEAKS, tmp_path, expect="{interruptions: 3}").message
    heard = SPEAKS + "\n  - agent: finishes speaking"
    assert CUT_OFF not in failure_of(heard, tmp_path, expect='{agent said: "never"}').message
