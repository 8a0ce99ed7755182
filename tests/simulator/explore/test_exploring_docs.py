"""What docs/exploring.md and docs/golden.md show is what happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import examples
from simulator.golden import read_rules

pytest_plugins = ["pytester"]

CHECKOUT = Path(examples.__file__).parents[1]
EXPLORING, GOLDEN = (
    (CHECKOUT / "docs" / f"{page}.md").read_text("utf-8") for page in ("exploring", "golden")
)

Agentkit = Callable[..., Any]


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(r"```(\w*)\n(.*?)```", page, re.DOTALL)
    return [block for its_language, block in found if its_language == language]


def same_but_for_speed(line: str) -> str:
    if line.startswith("found in call"):  # how many it took is up to the release of Hypothesis
        return "found in call"
    return re.sub(r" in [0-9.]+ s(, [0-9.]+ calls/s| \([0-9]+ x\))?", "", line).rstrip()


def assert_told(shown: str, out: str) -> None:
    """Every line that is shown was told, in that order."""
    told = iter([same_but_for_speed(line) for line in out.splitlines()])
    for line in shown.splitlines()[1:]:
        if line.strip() not in ("", "..."):
            assert same_but_for_speed(line) in told, line


def test_the_exploration_goes_as_it_is_shown(agentkit: Agentkit) -> None:
    scenario, found = blocks(EXPLORING, "yaml")
    Path("barge-in.yaml").write_text(scenario)
    (shown,) = blocks(EXPLORING, "")
    assert_told(shown, agentkit("explore", "barge-in.yaml").out)
    assert Path("barge-in-found.yaml").read_text().startswith(found)


def test_the_golden_call_goes_as_it_is_shown(agentkit: Agentkit, here: Path) -> None:
    (here / "scenarios").symlink_to(CHECKOUT / "scenarios")
    for shown in blocks(GOLDEN, ""):
        arguments = shown.splitlines()[0].removeprefix("$ agentkit ").split()
        assert_told(shown, agentkit(*arguments).out)


def test_the_rules_that_are_shown_can_be_read(here: Path) -> None:
    (rules,) = blocks(GOLDEN, "yaml")
    Path("golden.yaml").write_text(rules)
    assert read_rules(Path("golden.yaml")).tolerance_ns == 5_000_000


@pytest.mark.parametrize(("page", "options"), [(EXPLORING, []), (GOLDEN, ["--update-golden"])])
def test_the_tests_that_are_shown_pass(pytester: pytest.Pytester, page: str, options: list[str]) -> None:
    lines = ["[pytest]", "asyncio_mode = auto", "asyncio_default_fixture_loop_scope = function"]
    agent = "agentkit_agent = examples.concierge:create_agent"
    pytester.makeini("\n".join([*lines, "addopts = -p no:looptime_plugin", agent]))
    (test,) = blocks(page, "python")
    pytester.makepyfile(test)
    pytester.runpytest_inprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=1)
