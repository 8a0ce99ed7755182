"""`agentkit explore`, as a person at a terminal meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.core.extras import how_to_install
from simulator.scenario import load_scenario

HERE = Path(__file__).parent
Agentkit = Callable[..., Any]

AGENTS = """
from agentkit.core import Agent, User
from agentkit.core.clock import rng
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

calls = 0

async def quick(*, edge, **parts):
    return Agent(edge=edge, agent_user=User(name="Q", id="q"), instructions="", llm=ScriptedLLM(default="Yes."),
                 stt=ScriptedSTT(), tts=ScriptedTTS())

async def stopped_at_the_third_call(*, edge, **parts):
    global calls
    calls += 1
    if calls == 3:
        raise KeyboardInterrupt
    return await quick(edge=edge)

async def stopped_while_shrinking(*, edge, **parts):
    global calls
    calls += 1
    if calls == 30:
        raise KeyboardInterrupt
    return await quick(edge=edge)

async def unlucky(*, edge, **parts):
    if rng("luck").random() < 0.3:
        raise RuntimeError("no luck today")
    return await quick(edge=edge)
"""


@pytest.fixture(autouse=True)
def agents(here: Path) -> None:
    Path("agents_to_explore.py").write_text(AGENTS)


def write(text: str, path: str = "chat.yaml") -> None:
    Path(path).write_text(text)


LATE = """\
# When is it too late to join?
name: a late guest
description: The doors close.
agent: agents_to_explore:quick
people: {alice: {}, bob: {}}
script:
  - alice: joins
    as: doors
  - wait: 200ms..2s          # a walk
  - wait: 0..1s
  - bob: joins
  - wait for: edge.participant_joined
    where: {participant: bob}
    within: 1234ms           # then they close
    of: doors
expect:
  - errors: 0
"""


def test_a_scenario_that_never_fails_is_said_not_to(agentkit: Agentkit) -> None:
    write(LATE.replace("1234ms", "4s"))
    ended = agentkit("explore", "chat.yaml", "--examples", "12")
    assert ended.status == 0
    assert "nothing found in 12 calls" in ended.out
    assert not list(Path().glob("*-found*"))


def test_the_smallest_time_that_fails_is_found_and_saved_with_all_that_was_written(
    agentkit: Agentkit,
) -> None:
    write(LATE)
    ended = agentkit("explore", "chat.yaml")
    assert ended.status == 1
    assert "saved as chat-found.yaml; it fails for the same reason" in ended.out
    saved = load_scenario("chat-found.yaml")
    first, second = (step.duration for step in saved.script if step.kind == "wait")
    assert first.fixed
    assert second.fixed
    assert (first.ns + second.ns) / 1e6 == 1235  # the first millisecond that is too late
    assert first.ns == 235e6  # and as little of it as possible in the first wait
    assert saved.name == "a late guest (at 235ms and 1s)"
    text = Path("chat-found.yaml").read_text()
    assert text.startswith("# When is it too late to join?\n")
    assert "  - wait: 235ms          # a walk\n" in text
    assert "within: 1234ms           # then they close\n" in text
    assert "Found by agentkit explore in chat.yaml" in saved.description
    assert "The doors close." in saved.description
    simulated = agentkit("simulate", "chat-found.yaml")
    assert simulated.status == 1
    assert "expected edge.participant_joined with participant: bob" in simulated.out


def test_the_same_seed_explores_the_same_calls(agentkit: Agentkit) -> None:
    write(LATE)
    told = [agentkit("explore", "chat.yaml", "--seed", "5").out.splitlines() for _ in range(2)]
    assert [line for line in told[0] if " s, " not in line] == [
        line for line in told[1] if " s, " not in line
    ]


def test_what_depends_on_chance_is_found_with_its_seed(agentkit: Agentkit) -> None:
    write(LATE.replace("quick", "unlucky").replace("1234ms", "4s"))
    ended = agentkit("explore", "chat.yaml", "--out", "kept.yaml")
    assert ended.status == 1
    assert "it fails for the same reason" in ended.out
    saved = load_scenario("kept.yaml")
    assert saved.seed > 0
    assert saved.name == f"a late guest (at 200ms and 0, seed {saved.seed})"
    assert "no luck today" in agentkit("simulate", "kept.yaml").out


TWO_REASONS = """\
name: two late guests
agent: agents_to_explore:quick
people: {alice: {}, bob: {}, carol: {}}
script:
  - alice: joins
    as: doors
  - wait: 0..2s
  - bob: joins
  - wait for: edge.participant_joined
    where: {participant: bob}
    within: 1500ms
    of: doors
  - wait: 0..2s
  - carol: joins
  - wait for: edge.participant_joined
    where: {participant: carol}
    within: 1700ms
    of: doors
"""


def test_a_call_that_fails_for_one_reason_is_not_shrunk_to_one_that_fails_for_another(
    agentkit: Agentkit,
) -> None:
    """A shorter first wait would make carol late in place of bob."""
    write(TWO_REASONS)
    smallest = {}
    for seed in "1234":
        told = agentkit("explore", "chat.yaml", "--seed", seed, "--out", "found.yaml").out
        assert "it fails for the same reason" in told
        first, second = (step.duration for step in load_scenario("found.yaml").script if step.kind == "wait")
        who = "bob" if "participant: bob between" in told else "carol"
        smallest[who] = (first.ns / 1e6, second.ns / 1e6)
        assert "also seen, " in told or who == "carol"
    assert smallest == {"bob": (1501, 0), "carol": (0, 1701)}


def test_stopped_before_anything_was_found_it_says_how_far_it_came(agentkit: Agentkit) -> None:
    write(LATE.replace("quick", "stopped_at_the_third_call").replace("1234ms", "4s"))
    ended = agentkit("explore", "chat.yaml")
    assert ended.status == 130
    assert "stopped: nothing found in 2 calls" in ended.out


def test_stopped_while_shrinking_it_keeps_the_smallest_so_far(agentkit: Agentkit) -> None:
    write(LATE.replace("quick", "stopped_while_shrinking"))
    ended = agentkit("explore", "chat.yaml")
    assert ended.status == 1
    assert "stopped: found in call " in ended.out
    saved = load_scenario("chat-found.yaml")
    assert sum(step.duration.ns for step in saved.script if step.kind == "wait") > 1234e6


def test_a_second_finding_leaves_the_first_alone(agentkit: Agentkit) -> None:
    write(LATE)
    agentkit("explore", "chat.yaml")
    agentkit("explore", "chat.yaml", "--seed", "3")
    assert [str(path) for path in Path().glob("*found*")] == ["chat-found.yaml"]  # it was the same
    write(LATE.replace("1234ms", "1300ms"))
    ended = agentkit("explore", "chat.yaml")
    assert "saved as chat-found-2.yaml" in ended.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.yaml"], "there is no such file or folder"),
        (["."], "explore one scenario at a time"),
        (["chat.yaml", "--out", "nowhere/x.yaml"], "there is no folder nowhere; make it first"),
        (["chat.yaml", "--out", "x.txt"], "expected a file *.yaml"),
        (["chat.yaml", "--out", "chat.yaml"], "its ranges would be lost"),
        (["chat.yaml", "--examples", "0"], "expected a whole number of at least 1"),
        (["chat.yaml", "--agent", "nobody:nothing"], "there is no module 'nobody'"),
        (["wrong.yaml"], "there is no script"),
    ],
)
def test_what_cannot_be_explored_is_refused(agentkit: Agentkit, arguments: list[str], told: str) -> None:
    write(LATE)
    write("name: empty\n", "wrong.yaml")
    ended = agentkit("explore", *arguments)
    assert ended.status == 2
    assert told in ended.err


def test_without_hypothesis_it_says_what_to_install(
    agentkit: Agentkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [
        name for name in sys.modules if name.startswith(("simulator.explore", "simulator.commands.explore"))
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    ended = agentkit("explore", "chat.yaml")
    assert ended.status == 2
    assert ended.err == f"exploring needs Hypothesis: {how_to_install('testing')}\n"


def test_a_scenario_without_a_range_is_explored_for_its_seed(agentkit: Agentkit) -> None:
    write(LATE.replace("200ms..2s", "1s").replace("0..1s", "0").replace("quick", "unlucky"))
    ended = agentkit("explore", "chat.yaml")
    assert ended.status == 1
    assert load_scenario("chat-found.yaml").name.startswith("a late guest (seed ")


def test_a_bug_in_the_turn_state_machine_is_found_shrunk_and_saved(here: Path) -> None:
    """The bug: a voice that begins while a reply is prepared, but not yet heard, does not keep it back."""
    interruptions = "agentkit/core/turns/interruptions.py"
    bug = [
        (
            "        person.over_agent = True\n",
            "        person.over_agent = reply.audible\n",
        ),
        (
            "                self._hold(person)\n            self._await_duration(person)\n",
            "                return\n            self._await_duration(person)\n",
        ),
    ]
    edits = [{"file": interruptions, "find": find, "put": put} for find, put in bug]
    write((HERE / "second-thoughts.yaml").read_text(), "second-thoughts.yaml")

    def broken(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(HERE / "explore_mutated.py"), json.dumps(edits), *arguments]
        return subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=120, check=False)

    ended = broken("explore", "second-thoughts.yaml")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "it fails for the same reason" in ended.stdout
    pause = load_scenario(here / "second-thoughts-found.yaml").script[2].duration
    assert (
        300 <= pause.ns / 1e6 <= 500
    )  # she goes on when the reply is just being prepared, and not a moment later
    again = broken("simulate", "second-thoughts-found.yaml")
    assert again.returncode == 1
    assert 'agent never said: "*It has a balcony*"' in again.stdout


def test_without_the_bug_the_same_exploration_finds_nothing(agentkit: Agentkit) -> None:
    ended = agentkit("explore", str(HERE / "second-thoughts.yaml"), "--examples", "20")
    assert ended.status == 0, ended.out
