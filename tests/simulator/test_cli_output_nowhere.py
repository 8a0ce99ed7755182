"""The command `agentkit` when nobody takes what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import examples

CHECKOUT = Path(examples.__file__).parents[1]

QUIET = """\
name: nobody speaks
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - agent: stays silent
    for: 2s
"""

SIMULATE = ["simulate", "scenarios"]
COMMANDS = [SIMULATE, [*SIMULATE, "-j", "2"], [*SIMULATE, "--json", "-"], ["scenario", "schema"], ["--help"]]


@pytest.fixture(autouse=True)
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with two scenarios, in which the command is run."""
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    for name in ("one", "two"):
        Path(f"scenarios/{name}.yaml").write_text(QUIET.replace("nobody speaks", name))


def run(arguments: list[str], stdout: int) -> tuple[int, str]:
    """The exit status and what stands on the standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_has_gone_ends_the_command_without_a_word(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        status, err = run(arguments, writer)
    finally:
        os.close(writer)
    told = [line for line in err.splitlines() if not line.startswith(("ok ", "2 passed"))]
    assert (status, told) == (141, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_disk_that_is_full_is_told_in_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        status, err = run(arguments, full.fileno())
    told = "\n".join(line for line in err.splitlines() if not line.startswith(("ok ", "2 passed")))
    assert (status, told.count("\n")) == (2, 0), told
    assert "cannot write" in told
    assert "No space left on device" in told
