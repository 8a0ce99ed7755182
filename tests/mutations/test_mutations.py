"""Every shipped scenario fails when what it guards is broken.

The ways to break it lie beside this file: those with a number for the lines of the interruption contract, the others
for the folders of ``scenarios`` that they are named after. Each says what is put in place of what, and which scenario
has to fail for it. What they noticed: ``pytest tests/mutations -rA``.
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

from simulator.scenario.load import scenario_files

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"
FILES: dict[str, list[dict[str, Any]]] = {
    file.stem: tomllib.loads(file.read_text())["mutation"] for file in sorted(HERE.glob("*.toml"))
}
MUTATIONS = {f"{file}: {one['breaks']}": one for file, mutations in FILES.items() for one in mutations}
UNBROKEN = {file: {"fails": mutations[0]["fails"]} for file, mutations in FILES.items()}
"""A scenario of each file, played as it is; that all of them pass is tested where they are."""
MISTAKES = ("SyntaxError", "IndentationError", "NameError", "UnboundLocalError", "ImportError")
"""What a mutation shows that is itself wrong: it would break the contract, but not the line it is meant for."""


def play(mutations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Play each in a process of its own; what became of them, in order."""
    jobs = [
        {"scenario": f"scenarios/{mutation['fails']}.yaml", "edits": mutation.get("edit", [])}
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
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """What became of every mutation that this run asks for."""
    wanted = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__) and hasattr(item, "callspec")
    ]
    everything = MUTATIONS | UNBROKEN
    return dict(zip(wanted, play([everything[name] for name in wanted]), strict=True))


@pytest.mark.parametrize("name", MUTATIONS)
def test_breaking_what_a_scenario_guards_makes_it_fail(
    name: str, outcomes: dict[str, dict[str, Any]]
) -> None:
    outcome = outcomes[name]
    scenario = MUTATIONS[name]["fails"]
    assert "misfit" not in outcome, f"this mutation does not fit the code any more: {outcome['misfit']}"
    assert outcome["failures"], f"the scenario {scenario} did not notice"
    print(f"{scenario}: {outcome['failures'][0]}")
    mistakes = [failure for failure in outcome["failures"] if any(m in failure for m in MISTAKES)]
    assert not mistakes, f"the mutation itself is wrong: {mistakes}"


@pytest.mark.parametrize("name", UNBROKEN)
def test_nothing_fails_here_while_nothing_is_broken(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes[name] == {"failures": []}


def test_every_shipped_scenario_is_seen_to_fail() -> None:
    shipped = {file.relative_to(SCENARIOS).with_suffix("").as_posix() for file in scenario_files(SCENARIOS)}
    named = {mutation["fails"] for mutation in MUTATIONS.values()}
    unseen, gone = sorted(shipped - named), sorted(named - shipped)
    assert not unseen, (
        f"nobody has seen these scenarios fail: {', '.join(unseen)}. Break what each guards, with a mutation that "
        f"names it, in the file of its folder beside {Path(__file__).name}; if it fails under none, sharpen it"
    )
    assert not gone, f"mutations name scenarios that are not there: {', '.join(gone)}. Correct their `fails`"


def test_every_line_of_the_contract_is_broken_in_several_ways() -> None:
    ways = Counter(name[0] for name in MUTATIONS if name[0].isdigit())
    assert sorted(ways) == list("123456789")
    assert min(ways.values()) >= 2
