"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import examples
from simulator.cli import main

pytest_plugins = ["pytester"]

README = (Path(examples.__file__).parents[1] / "README.md").read_text("utf-8")
FILES = dict(re.findall(r"```\w+\n# (\S+)\n(.*?)```", README, re.DOTALL))
CONSOLE = re.findall(r"```console\n\$ agentkit (.*?)\n(.*?)```", README, re.DOTALL)


def without_speed(told: str) -> list[str]:
    """The lines of ``told`` without how long it took, which differs from machine to machine."""
    return [re.sub(r"in [\d.]+ s(?: +|$)|\(\d+ x\)", "", line).rstrip() for line in told.splitlines()]


def test_the_regression_passes_and_says_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("interrupt.yaml").write_text(FILES["interrupt.yaml"])
    [(command, shown)] = CONSOLE
    assert main(command.split()) == 0
    assert without_speed(capfd.readouterr().out) == without_speed(shown)


def test_who_asks_for_more_than_the_agent_can_do_sees_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("interrupt.yaml").write_text(FILES["interrupt.yaml"].replace("500ms", "200ms"))
    assert main(["simulate", "interrupt.yaml"]) == 1
    told = capfd.readouterr().out
    assert "interrupt.yaml:13: expected the agent to fall silent" in told
    assert "to listen: agentkit simulate interrupt.yaml --out" in told


def test_an_agent_of_ones_own_passes_the_same_regression(pytester: pytest.Pytester) -> None:
    for name in ("desk.py", "test_desk.py"):
        pytester.path.joinpath(name).write_text(FILES[name])
    pytester.mkdir("scenarios")
    scenario = FILES["interrupt.yaml"].replace("examples.concierge", "desk")
    pytester.path.joinpath("scenarios", "interrupt.yaml").write_text(scenario)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)", README))))
def test_what_it_links_to_is_there(target: str) -> None:
    assert target.startswith("http") or (Path(examples.__file__).parents[1] / target).exists()
