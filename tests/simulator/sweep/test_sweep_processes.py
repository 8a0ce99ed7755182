"""`agentkit simulate -j N` and `--vary seed`, as a person at a terminal meets them."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import examples
from simulator.cli import main
from simulator.trace import read_jsonl
from simulator.trace.record import digest

QUIET = """\
name: {name}
agent: {agent}
people: {{alice: {{}}}}
script:
  - alice: joins
  - agent: stays silent
    for: {duration}
limit: 400m
"""

AGENTS = """
import os, signal, sys
from agentkit.core import clock
from examples.concierge import create_agent as quiet

async def moody(**parts):
    if clock.rng("mood").random() < 0.2:
        raise ValueError("not today")
    return await quiet(**parts)

async def deadly(**parts):
    if clock.rng("mood").random() < 0.2:
        os._exit(3)
    return await quiet(**parts)

async def dies_once(**parts):
    try:
        open("died", "x").close()
    except FileExistsError:
        return await quiet(**parts)
    os.kill(os.getpid(), signal.SIGKILL)

async def announced(**parts):
    os.write(2, b"it has begun\\n")
    return await quiet(**parts)
"""


class Ended(NamedTuple):
    """A command that has run, and the rows that it wrote, without their times by the clock on the wall."""

    status: int
    out: str
    rows: list[dict[str, Any]]


Simulate = Callable[..., Ended]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with some agents; when the test is over, no process may be left of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "agents_of_a_sweep", sys)
    monkeypatch.delitem(sys.modules, "agents_of_a_sweep")
    (tmp_path / "agents_of_a_sweep.py").write_text(AGENTS)
    yield tmp_path
    assert multiprocessing.active_children() == []


@pytest.fixture
def simulate(here: Path, capfd: pytest.CaptureFixture[str]) -> Simulate:
    """Runs the command from this process."""

    def run(*arguments: str) -> Ended:
        status = main(["simulate", *arguments, "--json", "out.json"])
        return Ended(status, capfd.readouterr().out, rows())

    return run


def rows() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(Path("out.json").read_text())
    return [{key: value for key, value in row.items() if key != "wall_s"} for row in read]


def scenario(path: str, agent: str = "examples.concierge:create_agent", duration: str = "2s") -> str:
    """Write a scenario that is called like its file, and return the path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    agent = agent if "." in agent else f"agents_of_a_sweep:{agent}"
    Path(path).write_text(QUIET.format(name=Path(path).stem, agent=agent, duration=duration))
    return path


def test_two_processes_tell_the_same_as_one_in_the_same_order(simulate: Simulate) -> None:
    scenario("scenarios/a.yaml", duration="60s")
    for name in "bcdef":
        scenario(f"scenarios/{name}.yaml")
    one, two = simulate("--repeat", "3"), simulate("--repeat", "3", "-j", "2")
    assert one.status == two.status == 0
    assert two.rows == one.rows
    assert [line.split()[1] for line in two.out.splitlines()[:-1]] == list("abcdef")


def test_the_shipped_scenarios_have_the_same_digests_in_two_processes(
    simulate: Simulate,
) -> None:
    folder = Path(examples.__file__).parents[1] / "scenarios" / "barge_in"
    one, two = simulate(str(folder)), simulate(str(folder), "-j", "2")
    assert two.rows == one.rows


def test_what_was_heard_comes_from_the_processes_too(simulate: Simulate) -> None:
    for name in "ab":
        scenario(f"scenarios/{name}.yaml")
    ended = simulate("-j", "2", "--out", "calls")
    for row in ended.rows:
        folder = Path("calls") / row["name"]
        assert digest(read_jsonl(folder / "trace.jsonl")) == row["digest"]
        assert (folder / "call.wav").stat().st_size > 2 * 48_000 * 4
        assert (folder / "stems" / "alice.wav").exists()


def test_a_failure_is_told_like_that_of_one_process(simulate: Simulate) -> None:
    paths = [scenario("a.yaml", "moody"), scenario("b.yaml")]
    seeds = (str(seed) for seed in range(100))
    failing = next(seed for seed in seeds if simulate("a.yaml", "--seed", seed).status == 1)
    arguments = [*paths, "--seed", failing]
    one, two = simulate(*arguments), simulate(*arguments, "-j", "2")
    assert two.rows == one.rows
    assert "not today" in two.out
    assert f"again: agentkit simulate a.yaml --seed {failing}\n" in two.out


def test_a_sweep_over_seeds_judges_each_run_and_tells_which_seeds_failed(simulate: Simulate) -> None:
    scenario("a.yaml", "moody")
    arguments = ["a.yaml", "--repeat", "45", "--vary", "seed", "--seed", "7"]
    one, two = simulate(*arguments), simulate(*arguments, "-j", "2")
    [row] = two.rows
    sweep = row["sweep"]
    assert two.status == 1
    assert two.rows == one.rows
    assert (sweep["planned"], sweep["passed"] + sweep["failed"]) == (45, 45)
    assert len(sweep["first_failed_seeds"]) == sweep["failed"] > 0
    assert list(sweep["digests"]) == [str(seed) for seed in range(7, 52)]
    assert sweep["metrics"]["agent_turns"]["count"] == 45
    first = str(sweep["first_failed_seeds"][0])
    assert row["digest"] == sweep["digests"][first]
    assert f"again: agentkit simulate a.yaml --seed {first}\n" in two.out
    assert f"{sweep['passed']} passed, {sweep['failed']} failed of 45 seeds" in two.out
    alone = simulate("a.yaml", "--seed", first)
    assert alone.status == 1
    assert alone.rows[0]["digest"] == row["digest"]


def test_a_share_whose_process_was_killed_is_played_again(simulate: Simulate) -> None:
    paths = [scenario("a.yaml"), scenario("b.yaml", "dies_once"), scenario("c.yaml")]
    ended = simulate(*paths, "-j", "2")
    assert ended.status == 0
    assert Path("died").exists()
    assert [row["passed"] for row in ended.rows] == [True] * 3


def test_a_call_that_ends_its_process_every_time_has_failed_and_no_other(simulate: Simulate) -> None:
    scenario("a.yaml", "deadly")
    scenario("b.yaml")
    ended = simulate("a.yaml", "b.yaml", "--repeat", "20", "--vary", "seed", "-j", "2")
    deadly, other = ended.rows
    sweep = deadly["sweep"]
    assert ended.status == 1
    assert other["passed"]
    assert sweep["passed"] + sweep["failed"] == 20
    assert 0 < sweep["failed"] < 20
    assert sweep["digests"][str(sweep["first_failed_seeds"][0])] == ""
    assert deadly["failures"][0]["message"].startswith(
        "the process that played this call ended each time, at last because it exited with status 3"
    )
    assert "a.yaml: the process that played this call ended each time" in ended.out


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own, as a shell at a terminal would start it."""
    root = str(Path(examples.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "simulate", *arguments, "--json", "out.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)


def test_ctrl_c_keeps_partial_results_and_leaves_no_process(here: Path) -> None:
    scenario("scenarios/a.yaml")
    scenario("scenarios/b.yaml", "announced", duration="300m")
    with started("-j", "2") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith("ok    a ")
        assert running.stderr.readline() == "it has begun\n"
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
        with pytest.raises(ProcessLookupError):
            os.killpg(running.pid, 0)
    assert running.returncode == 130
    assert [row["name"] for row in rows()] == ["a"]
    assert out.splitlines()[-1].startswith("1 passed, 1 not played: ")
    assert err == ""


def test_ctrl_c_keeps_the_seeds_that_a_sweep_has_played(here: Path) -> None:
    path = scenario("a.yaml", "announced")
    with started(path, "--repeat", "100000", "--vary", "seed", "-j", "2") as running:
        assert running.stderr is not None
        for _ in range(100):
            assert running.stderr.readline() == "it has begun\n"
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
    [row] = rows()
    assert running.returncode == 130
    assert row["sweep"]["planned"] == 100_000
    assert 20 <= row["sweep"]["passed"] == len(row["sweep"]["digests"]) < 100_000
    assert "Traceback" not in out + err


def test_workers_end_with_the_process_that_started_them(here: Path) -> None:
    path = scenario("a.yaml", "announced")
    with started(path, "--repeat", "100000", "--vary", "seed", "-j", "3") as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.kill()
        running.communicate(timeout=60)  # it returns when the last of them has closed its output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--vary", "colour"], "expected seed, found 'colour'"),
        (["--engine", "horses"], "expected processes or ray, found 'horses'"),
        (["-j", "0"], "expected a whole number of at least 1, found 0"),
        (["--address", "10.0.0.1:6379"], "add --engine ray"),
        (["--vary", "seed"], "--repeat N"),
        (["--vary", "seed", "--repeat", "9", "--seed", str(2**63 - 2)], "start lower"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(
    here: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    status = main(["simulate", scenario("a.yaml"), *arguments])
    err = capfd.readouterr().err
    assert status == 2
    assert told in err
    assert len(err.splitlines()) == 1
