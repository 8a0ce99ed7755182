"""The same scenario and seed give the same digest: in every process, on a busy machine, first or last of many.

``AGENTKIT_DETERMINISM=20 pytest tests/test_determinism.py`` asks twenty processes; six are asked otherwise.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROCESSES = int(os.environ.get("AGENTKIT_DETERMINISM", "6"))
SCENARIOS = [
    "barge_in/6-first-speaker-wins",
    "barge_in/4-unstoppable-voice",
    "turn_taking/unsteady-providers",
]
PLAY = """
import json, sys
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario
outcomes = {path: run_scenario(load_scenario(path)) for path in sys.argv[1:]}
assert all(outcome.passed for outcome in outcomes.values()), [o.failures for o in outcomes.values()]
print(json.dumps({path: outcome.digest for path, outcome in outcomes.items()}))
"""


def digests(scenarios: list[str], **environment: str) -> dict[str, str]:
    """What a process of its own makes of the scenarios, played in this order."""
    paths = [str(ROOT / "scenarios" / f"{name}.yaml") for name in scenarios]
    done = subprocess.run(
        [sys.executable, "-c", PLAY, *paths],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {name: found[path] for name, path in zip(scenarios, paths, strict=True)}


@contextmanager
def busy_machine() -> Iterator[None]:
    """Every core has something else to do."""
    nice = ["nice"] if shutil.which("nice") else []
    burn = [*nice, sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(burn) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    """The digests as they are in the first process."""
    return digests(SCENARIOS, PYTHONHASHSEED="0")


@pytest.mark.parametrize("number", range(1, PROCESSES - 1))
def test_a_process_with_other_hashes_and_another_order_gives_the_same_digests(
    number: int, expected: dict[str, str]
) -> None:
    turn = number % len(SCENARIOS)
    order = SCENARIOS[turn:] + SCENARIOS[:turn]
    assert digests(order, PYTHONHASHSEED=str(number), TZ="Asia/Tokyo", OMP_NUM_THREADS="1") == expected


def test_a_process_on_a_busy_machine_gives_the_same_digests(expected: dict[str, str]) -> None:
    with busy_machine():
        assert digests(SCENARIOS, PYTHONHASHSEED="random") == expected


def test_another_seed_gives_other_delays() -> None:
    from simulator.scenario import load_scenario
    from simulator.scenario.playing.runner import run_scenario

    scenario = load_scenario(ROOT / "scenarios" / "turn_taking" / "unsteady-providers.yaml")
    first, second, third = (run_scenario(scenario, seed=seed) for seed in (7, 7, 8))
    assert first.digest == second.digest != third.digest
    assert first.metrics.response_latency_ms != third.metrics.response_latency_ms
