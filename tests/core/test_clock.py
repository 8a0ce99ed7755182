"""The doors to wall time, ids and chance."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
import time
import uuid

import pytest

from agentkit.core import clock


class Frozen:
    """A clock that anybody could write."""

    def now(self) -> float:
        return 12.5

    def monotonic(self) -> float:
        return 3.0

    def new_id(self) -> str:
        return "the id"

    def rng(self, name: str) -> random.Random:
        return random.Random(name)


def test_without_a_simulation_it_is_the_time_of_the_computer():
    before = time.time()
    assert before <= clock.now() <= time.time()
    before = time.monotonic()
    assert before <= clock.monotonic() <= time.monotonic()


def test_in_a_coroutine_monotonic_is_the_time_of_the_loop():
    class LateLoop(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return super().time() + 1e6

    async def main() -> float:
        return clock.monotonic() - time.monotonic()

    with asyncio.Runner(loop_factory=LateLoop) as runner:
        assert runner.run(main()) == pytest.approx(1e6, abs=1.0)


def test_ids_are_uuids_and_differ():
    ids = {clock.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(str(uuid.UUID(one)) == one for one in ids)


def test_chance_differs_from_time_to_time_and_by_name():
    drawn = {clock.rng(name).random() for name in ("jitter", "jitter", "loss")}
    assert len(drawn) == 3


def test_another_clock_answers_until_its_block_ends():
    assert isinstance(Frozen(), clock.Clock)
    with clock.use(Frozen()) as frozen:
        assert (clock.now(), clock.monotonic(), clock.new_id()) == (12.5, 3.0, "the id")
        assert clock.rng("a").random() == frozen.rng("a").random()
    assert clock.now() > 1e9


def test_another_clock_is_gone_after_an_error():
    with pytest.raises(ZeroDivisionError), clock.use(Frozen()):
        _ = 1 / 0
    assert clock.now() > 1e9


def test_blocks_nest():
    class Later(Frozen):
        def now(self) -> float:
            return 99.0

    with clock.use(Frozen()):
        with clock.use(Later()):
            assert clock.now() == 99.0
        assert clock.now() == 12.5


def test_another_clock_does_not_answer_in_other_threads():
    seen: list[float] = []
    with clock.use(Frozen()):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen[0] > 1e9


def test_importing_it_does_not_import_asyncio():
    code = "import sys, agentkit.core.clock as c; c.now(); c.new_id(); sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
