"""Scenarios of any words: what is loaded is played, and passes or fails in words, twice the same.

The suite tries a few, always the same. ``FUZZ_EXAMPLES=3000 pytest tests/fuzz/test_fuzz_scenarios.py`` tries others, at
about ten a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from simulator.clock import run as run_virtually
from simulator.scenario import Scenario, ScenarioError, load_scenario
from simulator.scenario.playing.factory import find_factory
from simulator.scenario.playing.runner import AFTERWARDS_S, Outcome, _Run
from tests.fuzz.grammar import scenarios
from tests.simulator.scenario.test_scenario_schema import complaints

VIDEOS = Path(__file__).parents[2] / "scenarios" / "video" / "fixtures"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
MISTAKE = re.compile(r"\w*(Error|Exception)\b")
"""How a failure begins that is not in words: with the name of an exception that nobody expected."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("played")
    (found / "fixtures").symlink_to(VIDEOS, target_is_directory=True)
    return found


@settings(
    max_examples=EXAMPLES or 20,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=scenarios())
def test_what_can_be_loaded_can_be_played(text: str, folder: Path) -> None:
    (folder / "call.yaml").write_text(text, encoding="utf-8")
    with contextlib.suppress(ScenarioError):
        scenario = load_scenario(folder / "call.yaml")
        assert complaints(text) == [], "an editor would complain"
        first, second = played(scenario), played(scenario)
        assert first.digest == second.digest
        assert first.failures == second.failures
        for failure in first.failures:
            assert failure.message.strip()
            assert not MISTAKE.match(failure.message)


def played(scenario: Scenario) -> Outcome:
    """The scenario, played. Fails where something broke that no step tells of, or goes on after it."""
    assert scenario.agent is not None
    run = _Run(scenario, find_factory(scenario.agent)[0])
    broken: list[dict[str, Any]] = []

    async def play() -> set[asyncio.Task[Any]]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        await run.play()
        return {task for task in asyncio.all_tasks() if not task.cancelling()} - {asyncio.current_task()}

    left = run_virtually(play(), seed=scenario.seed, max_virtual=scenario.limit.seconds + AFTERWARDS_S)
    assert not broken
    assert not left
    return run.outcome()
