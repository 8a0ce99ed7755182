"""A simulation that comes after others looks again at whatever has changed in the code under test."""

from __future__ import annotations

import asyncio
import sys
import time
import types
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import VirtualLoop, run, virtual_time
from simulator.clock.bindings import Search

REAL = (time.time, time.monotonic, time)


@pytest.fixture
def agent() -> Iterator[types.ModuleType]:
    """A module as the code under test would be, before it has looked for a clock."""
    module = types.ModuleType("agent_with_a_clock")
    exec("clock = None\ndef now():\n    return clock()\n", module.__dict__)
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def what_it_reads(agent: types.ModuleType) -> float:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        with virtual_time(loop, prefixes=(agent.__name__,)):
            return agent.now() if agent.clock is not None else -1.0

    return run(main())


def test_a_clock_that_was_found_after_the_first_simulation_is_virtual_in_the_second(agent):
    assert what_it_reads(agent) == -1.0

    agent.clock = time.monotonic

    assert what_it_reads(agent) == what_it_reads(agent) == 1000.0
    assert agent.clock is time.monotonic


def test_a_clock_that_was_replaced_is_left_alone(agent):
    agent.clock = time.monotonic
    assert what_it_reads(agent) == 1000.0

    agent.clock = lambda: 7.0

    assert what_it_reads(agent) == 7.0


def test_a_module_that_was_loaded_anew_is_looked_at_anew(agent):
    agent.clock = time.monotonic
    assert what_it_reads(agent) == 1000.0

    fresh = types.ModuleType(agent.__name__)
    exec("clock = None\nfrom time import monotonic as now\n", fresh.__dict__)
    fresh.clock = len
    sys.modules[agent.__name__] = fresh

    assert what_it_reads(fresh) == 1000.0


changes = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([*REAL, None, 0, len, "time"])), max_size=4
)


@given(st.lists(changes, max_size=6))
def test_a_search_finds_what_is_there_however_often_it_has_looked_before(rounds):
    module = types.ModuleType("module")
    search = Search()
    for changed in rounds:
        vars(module).update(changed)
        expected = tuple(name for name, value in vars(module).items() if value in REAL)

        found = search.find(REAL, {"module": module})

        assert found == ([(vars(module), expected)] if expected else [])
