"""Scenario files and the fixture `call` with pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import examples

pytest.importorskip("xdist", reason="needs the package pytest-xdist: pip install 'agentkit[dev]'")

SCENARIO = """\
name: {name}
agent: examples.concierge:create_agent
people: {{alice: {{}}}}
script:
  - alice: joins
  - alice: says do-something.wav
  - agent: speaks
    within: {within}
"""

TEST = """\
import pytest

@pytest.mark.agent("examples.concierge:create_agent")
@pytest.mark.parametrize("pause", [0.1, 0.2, 0.3])
async def test_it_is_answered(call, pause):
    alice = await call.join("alice")
    await call.wait(pause)
    await alice.says("do-something.wav")
    await call.agent.speaks(within=3)
"""


def test_scenarios_and_calls_are_spread_over_its_processes(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    for name, within in {"one": "3s", "two": "3s", "three": "20ms"}.items():
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(SCENARIO.format(name=name, within=within))
    (tmp_path / "test_call.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:looptime_plugin -p no:cacheprovider\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-v", "scenarios", "test_call.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(examples.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "1 failed, 5 passed" in done.stdout
    assert "[gw0]" in done.stdout
    assert "[gw1]" in done.stdout
    assert "FAILED scenarios/three.yaml::three" in done.stdout
    assert "three.yaml:7: expected the agent to speak between " in done.stdout
