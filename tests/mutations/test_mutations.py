"""Breaking any one line of the interruption contract makes a shipped scenario fail.

The ways to break it lie beside this file, one for each line of the contract and some for what else scenarios guard:
what is put in place of what, and which scenario has to fail for it. What each of them noticed:
``pytest tests/mutations -rA``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINES = sorted(HERE.glob("*.toml"))
MUTATIONS: dict[str, dict[str, Any]] = {
    f"{file.stem}: {mutation['breaks']}": mutation
    for file in LINES
    for mutation in tomllib.loads(file.read_text())["mutation"]
}
MISTAKES = ("SyntaxError", "IndentationError", "NameError", "UnboundLocalError", "ImportError")
"""What a mutation shows that is itself wrong: it would break the contract, but not the line it is meant for."""


def play(mutations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Play each in a process of its own; what became of them, in order."""
    jobs = [
        {
            "scenario": f"scenarios/barge_in/{mutation['fails']}.yaml",
            "edits": mutation.get("edit", []),
        }
        for mutation in mutations
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "run_mutated.py")],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """What became of every mutation that this run asks for."""
    wanted = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__) and hasattr(item, "callspec")
    ]
    return dict(zip(wanted, play([MUTATIONS[name] for name in wanted]), strict=True))


@pytest.mark.parametrize("name", MUTATIONS)
def test_breaking_the_contract_makes_a_scenario_fail(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes[name]
    scenario = MUTATIONS[name]["fails"]
    assert "misfit" not in outcome, f"this mutation does not fit the code any more: {outcome['misfit']}"
    assert outcome["failures"], f"the scenario {scenario} did not notice"
    print(f"{scenario}: {outcome['failures'][0]}")
    mistakes = [failure for failure in outcome["failures"] if any(m in failure for m in MISTAKES)]
    assert not mistakes, f"the mutation itself is wrong: {mistakes}"


def test_nothing_fails_here_while_nothing_is_broken() -> None:
    """One scenario of each line; that all of them pass is tested where they are."""
    scenarios = list({name[0]: mutation["fails"] for name, mutation in MUTATIONS.items()}.values())
    assert play([{"fails": scenario} for scenario in scenarios]) == [{"failures": []}] * len(scenarios)


def test_every_line_of_the_contract_is_broken_in_several_ways() -> None:
    ways = Counter(name[0] for name in MUTATIONS if name[0].isdigit())
    assert sorted(ways) == list("123456789")
    assert min(ways.values()) >= 2
