"""Calls on a real Ray cluster of two nodes, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.commands.gather import gather
from simulator.report.result import Result
from simulator.sweep.cluster import RayCluster
from simulator.sweep.engine import Engine, Here, Lost, Played
from simulator.sweep.play import Job
from simulator.sweep.sweep import Sweep

pytest.importorskip("ray", reason="needs the package ray: pip install 'agentkit[ray]'")
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::FutureWarning"
)  # those of Ray itself

ROOT = Path(__file__).parents[3]

SCENARIO = """\
name: {name}
agent: agents_of_a_cluster:moody
people: {{alice: {{}}}}
script:
  - alice: joins
  - agent: stays silent
    for: 10s
"""

AGENTS = """
import sys
from agentkit.core import clock
from examples.concierge import create_agent as quiet

def node():
    ray = sys.modules.get("ray")
    return ray.get_runtime_context().get_node_id() if ray and ray.is_initialized() else "none"

async def moody(**parts):
    if node() == open("stuck").read():
        open("at-work", "w").close()
        open("nobody-writes").read()
    if clock.rng("mood").random() < 0.2:
        raise ValueError("not today")
    return await quiet(**parts)
"""


class TwoNodes:
    """A cluster on this computer: two nodes of one processor each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        memory = 100 * 2**20
        head = {
            "num_cpus": 1,
            "object_store_memory": memory,
            "include_dashboard": False,
            "_system_config": {"health_check_period_ms": 1000, "health_check_failure_threshold": 4},
        }
        self._cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self._second: Any = self._cluster.add_node(num_cpus=1, object_store_memory=memory)
        self.address: str = self._cluster.address

    @property
    def second(self) -> str:
        """What Ray calls the second node."""
        return str(self._second.node_id)

    def kill_second(self) -> None:
        self._cluster.remove_node(self._second, allow_graceful=False)

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="module")
def cluster() -> Iterator[TwoNodes]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        nodes = TwoNodes()
        yield nodes
        nodes.close()


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Twenty-four calls, some of which fail, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "agents_of_a_cluster", raising=False)  # that of the test before
    Path("agents_of_a_cluster.py").write_text(AGENTS)
    Path("a.yaml").write_text(SCENARIO.format(name="a"))
    Path("stuck").write_text("")
    os.mkfifo("at-work")
    os.mkfifo("nobody-writes")
    return Job(tuple(gather([Path("a.yaml")], None)), repeat=24, vary_seed=True)


class Watched(RayCluster):
    """The engine, and what came of each share."""

    def __init__(self, job: Job, address: str) -> None:
        super().__init__(job, address, None)
        self.seen: list[Played | Lost] = []

    def next(self) -> Played | Lost:
        self.seen.append(super().next())
        return self.seen[-1]


def row(result: Result) -> dict[str, Any]:
    return {key: value for key, value in result.as_row().items() if key != "wall_s"}


def played(
    job: Job, engine: Engine, progress: Callable[[Sweep], None] = lambda sweep: None
) -> list[dict[str, Any]]:
    """The rows of what ``engine`` plays, and of what is left when it is interrupted."""
    sweep = Sweep(job)
    results: list[Result] = []
    try:
        results.extend(sweep.results(engine, progress))
    except KeyboardInterrupt:
        engine.close()
        results.extend(sweep.interrupted())
    else:
        engine.close()
    return [row(result) for result in results]


def test_an_interruption_keeps_what_the_cluster_has_played(cluster: TwoNodes, job: Job) -> None:
    def interrupt(sweep: Sweep) -> None:
        if sweep.current.played:
            raise KeyboardInterrupt

    [whole] = played(job, Here(job))
    [part] = played(job, RayCluster(job, cluster.address, None), interrupt)
    digests = part["sweep"]["digests"]
    assert 0 < len(digests) < 24 == part["sweep"]["planned"]
    assert digests == {seed: whole["sweep"]["digests"][seed] for seed in digests}


def test_the_command_writes_the_same_file_whichever_engine_ran_it(
    cluster: TwoNodes, job: Job, capfd: pytest.CaptureFixture[str]
) -> None:
    def file(*engine: str) -> list[dict[str, Any]]:
        main(["simulate", "a.yaml", "--repeat", "6", "--vary", "seed", "--json", "out.json", *engine])
        rows: list[dict[str, Any]] = json.loads(Path("out.json").read_text())
        return [{key: value for key, value in row.items() if key != "wall_s"} for row in rows]

    here = file()
    here_told = capfd.readouterr()
    there = file("--engine", "ray", "--address", cluster.address)
    there_told = capfd.readouterr()
    assert there == here
    assert there_told.out.splitlines()[:-1] == here_told.out.splitlines()[:-1]
    assert there_told.err == ""


def test_shipped_scenarios_have_the_same_digests_on_two_nodes(
    cluster: TwoNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    folders = [f"scenarios/{name}" for name in ("acoustics", "network", "realtime", "video")]

    def digests(*engine: str) -> dict[str, str]:
        file = tmp_path / "out.json"
        assert main(["simulate", *folders, "--json", str(file), *engine]) == 0
        return {row["file"]: row["digest"] for row in json.loads(file.read_text())}

    assert digests("--engine", "ray", "--address", cluster.address) == digests()


def test_the_share_of_a_node_that_is_killed_is_played_again(cluster: TwoNodes, job: Job) -> None:
    Path("stuck").write_text(cluster.second)
    engine = Watched(job, cluster.address)

    def kill_it_at_work() -> None:
        Path("at-work").open().close()  # returns when it is
        cluster.kill_second()

    assert engine.workers == 2
    killer = threading.Thread(target=kill_it_at_work, daemon=True)
    killer.start()
    rows = played(job, engine)
    os.close(os.open("at-work", os.O_RDWR))  # if it never was, nobody is to wait for it
    killer.join()
    assert any(isinstance(what, Lost) for what in engine.seen)
    assert rows == played(job, Here(job))
    assert rows[0]["sweep"]["failed"] > 0


def test_a_cluster_that_is_not_there_is_told_in_one_line(job: Job, capfd: pytest.CaptureFixture[str]) -> None:
    status = main(["simulate", "a.yaml", "--engine", "ray", "--address", "127.0.0.1:1"])
    told = capfd.readouterr().err.splitlines()
    assert status == 2
    assert told[-1].startswith("--engine ray: cannot use the cluster at 127.0.0.1:1: ")
