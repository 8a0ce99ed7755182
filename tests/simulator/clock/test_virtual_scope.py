"""Virtual time and seeded chance for the code under test, and nobody else."""

from __future__ import annotations

import asyncio
import pickle
import sys
import time
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from simulator.clock import VirtualLoop, run, virtual_time

AGENT = """
from __future__ import annotations
import asyncio, datetime, random, secrets, time, uuid
from datetime import datetime as Moment
from os import urandom
from time import monotonic, perf_counter, sleep
import os


def read():
    return time.time(), time.monotonic(), perf_counter(), monotonic(), Moment.now(datetime.UTC).timestamp()


def nanoseconds():
    return time.time_ns(), time.monotonic_ns(), time.perf_counter_ns()


async def paced(frames):
    '''A track as SDKs write it: what the work took is taken off the pause.'''
    for _ in range(frames):
        began = perf_counter()
        sum(range(200))
        await asyncio.sleep(0.02 - (perf_counter() - began))


def draw():
    return [
        random.random(), random.choice("abc"), random.Random().random(), random.SystemRandom().random(),
        str(uuid.uuid4()), str(uuid.uuid1()), secrets.token_hex(4), secrets.token_urlsafe(), secrets.randbelow(99),
        urandom(3), os.urandom(3),
    ]
"""


@pytest.fixture
def agent() -> Iterator[types.ModuleType]:
    """A module as the code under test would be."""
    module = types.ModuleType("agent_under_test")
    exec(AGENT, module.__dict__)
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def in_scope(agent: types.ModuleType):
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return virtual_time(loop, prefixes=(agent.__name__,))


def test_all_clocks_of_the_code_under_test_move_together(agent):
    async def main():
        with in_scope(agent):
            before, before_ns = agent.read(), agent.nanoseconds()
            await asyncio.sleep(12.5)
            after, after_ns = agent.read(), agent.nanoseconds()
        return (
            [b - a for a, b in zip(before, after, strict=True)],
            [b - a for a, b in zip(before_ns, after_ns, strict=True)],
        )

    seconds, nanoseconds = run(main())
    assert seconds == [12.5] * 5
    assert nanoseconds == [12_500_000_000] * 3


def test_a_paced_track_keeps_its_pace(agent):
    async def main() -> float:
        with in_scope(agent):
            await agent.paced(500)
        return asyncio.get_running_loop().time()

    assert run(main()) == 1010.0


def test_everybody_else_keeps_real_time(agent):
    async def main() -> float:
        with in_scope(agent):
            began = time.monotonic()
            await asyncio.sleep(3600)
            return time.monotonic() - began

    assert run(main()) < 60


def test_after_the_block_the_code_under_test_has_real_time_again(agent):
    before = dict(vars(agent))

    async def main() -> None:
        with in_scope(agent):
            assert vars(agent) != before

    run(main())
    assert vars(agent) == before


def test_what_the_code_under_test_set_meanwhile_is_left_alone(agent):
    async def main() -> None:
        with in_scope(agent):
            agent.sleep = "mine"

    run(main())
    assert agent.sleep == "mine"


def test_dates_are_virtual_and_plain(agent):
    async def main() -> None:
        with in_scope(agent):
            await asyncio.sleep(86_400 * 2)
            dt = agent.datetime
            moment = dt.datetime.now(UTC)
            assert moment == dt.datetime(2026, 1, 3, tzinfo=UTC) == datetime(2026, 1, 3, tzinfo=UTC)
            assert dt.datetime.utcnow() == datetime(2026, 1, 3)
            assert dt.datetime.today() == dt.datetime.now() == datetime.fromtimestamp(moment.timestamp())
            assert dt.date.today() == dt.datetime.now().date()
            assert agent.time.strftime("%Y", agent.time.gmtime()) == "2026"
            assert agent.time.ctime() == agent.time.asctime(agent.time.localtime())
            assert type(moment) is type(dt.datetime.fromisoformat("2026-01-03")) is datetime
            assert type(dt.date.today()) is date
            assert isinstance(datetime(2000, 1, 1), dt.datetime)
            assert isinstance(moment, dt.date)
            assert not isinstance("2026", dt.datetime)
            assert issubclass(datetime, dt.datetime)
            assert pickle.loads(pickle.dumps(moment)) == moment

    run(main(), max_virtual=None)


def test_a_class_derived_from_datetime_in_the_scope_is_an_ordinary_one(agent):
    async def main() -> None:
        with in_scope(agent):
            exec("class Stamp(Moment):\n    kind = 'stamp'\n", agent.__dict__)
            stamp = agent.Stamp(2026, 1, 2)
            assert isinstance(stamp, agent.Stamp)
            assert not isinstance(datetime(2026, 1, 2), agent.Stamp)

    run(main())


def test_a_pydantic_model_made_in_the_scope_takes_ordinary_dates(agent):
    pytest.importorskip("pydantic")

    async def main() -> datetime:
        with in_scope(agent):
            exec("from pydantic import BaseModel\nclass Note(BaseModel):\n    at: Moment\n", agent.__dict__)
            return agent.Note(at="2026-01-02T03:04:05").at

    assert run(main()) == datetime(2026, 1, 2, 3, 4, 5)


def test_a_job_in_the_scope_has_the_time_of_the_job(agent):
    def job() -> float:
        before = agent.time.monotonic()
        agent.sleep(0.3)
        return agent.perf_counter() - before

    async def main() -> tuple[float, float]:
        with in_scope(agent):
            return await asyncio.to_thread(job), asyncio.get_running_loop().time()

    for executor in ("inline", "thread"):
        took, instant = run(main(), executor=executor)
        assert (round(took, 9), instant) == (0.3, 1000.3)


def test_modules_imported_inside_the_block_are_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "late_sdk"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "clocks.py").write_text("from time import monotonic\n")
    (tmp_path / "late_other.py").write_text("from time import monotonic\n")
    monkeypatch.syspath_prepend(tmp_path)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        with virtual_time(loop, prefixes=("late_sdk",)):
            import late_other  # type: ignore[import-not-found]
            import late_sdk.clocks  # type: ignore[import-not-found]

            assert late_sdk.clocks.monotonic() == 1000.0
            assert late_other.monotonic is time.monotonic
            assert late_sdk.clocks.__loader__.get_source("late_sdk.clocks").startswith("from time")
            assert late_sdk.clocks.__spec__.loader is late_sdk.clocks.__loader__
        assert late_sdk.clocks.monotonic is time.monotonic

    try:
        run(main())
    finally:
        for name in ("late_sdk", "late_sdk.clocks", "late_other"):
            sys.modules.pop(name, None)


def test_chance_in_the_scope_comes_from_the_seed(agent):
    def drawn(seed: int) -> list[object]:
        async def main() -> list[object]:
            with in_scope(agent):
                return agent.draw()

        return run(main(), seed=seed)

    assert drawn(1) == drawn(1)
    assert all(a != b for a, b in zip(drawn(1)[2:], drawn(2)[2:], strict=True))
    assert agent.draw() != agent.draw()


def test_chance_in_jobs_does_not_depend_on_where_they_run(agent):
    def drawn(executor: str) -> list[object]:
        async def main() -> list[object]:
            with in_scope(agent):
                return await asyncio.gather(*(asyncio.to_thread(agent.draw) for _ in range(4)))

        return run(main(), executor=executor)

    assert drawn("inline") == drawn("thread")


def test_a_scope_that_names_nothing_is_refused():
    loop = VirtualLoop()
    try:
        for wrong in ("my_agent", (), ("",)):
            with pytest.raises(
                ValueError, match=r"names of the packages under test, such as \('my_agent',\)"
            ):
                with virtual_time(loop, prefixes=wrong):
                    pass
    finally:
        loop.close()


def test_a_scope_on_the_time_of_two_loops_is_refused():
    first, second = VirtualLoop(), VirtualLoop()
    try:
        with virtual_time(first, prefixes=("acme",)):
            with virtual_time(first, prefixes=("acme.voice",)):
                pass
            with pytest.raises(RuntimeError, match=r"'acme.voice' is already on the time of another loop"):
                with virtual_time(second, prefixes=("acme.voice",)):
                    pass
        with virtual_time(second, prefixes=("acme",)):
            pass
    finally:
        first.close()
        second.close()
