"""The `virtual` marker, through pytest-asyncio."""

from __future__ import annotations

import textwrap

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
from simulator.clock.pytest_factory import MARKER, loop_factories

def pytest_configure(config):
    config.addinivalue_line("markers", MARKER)

def pytest_asyncio_loop_factories(config, item):
    return loop_factories(config, item)
"""

INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
addopts = --strict-markers
"""


def results(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(textwrap.dedent(tests))
    return pytester.runpytest_subprocess(
        "-p", "no:agentkit", "-p", "no:looptime_plugin", "-p", "no:cacheprovider", "-q"
    )


def test_marked_tests_run_in_virtual_time_and_the_others_do_not(pytester: pytest.Pytester):
    outcome = results(
        pytester,
        """
        import asyncio, time
        import pytest, pytest_asyncio
        from simulator.clock import VirtualLoop

        @pytest.fixture
        async def slow_thing():
            await asyncio.sleep(5)
            yield asyncio.get_running_loop()
            await asyncio.sleep(5)

        @pytest.mark.virtual
        async def test_marked():
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            await asyncio.sleep(60)
            assert loop.time() == 1060.0

        async def test_unmarked():
            assert not isinstance(asyncio.get_running_loop(), VirtualLoop)

        @pytest.mark.virtual
        async def test_fixtures_share_the_loop(slow_thing):
            assert slow_thing is asyncio.get_running_loop()
            assert slow_thing.time() == 1005.0

        @pytest.mark.virtual(seed=9, max_virtual=None)
        async def test_options_reach_the_loop():
            assert asyncio.get_running_loop().seed == 9
            await asyncio.sleep(1e6)

        @pytest.mark.virtual
        class TestOneLoopForAClass:
            pytestmark = pytest.mark.asyncio(loop_scope="class")

            async def test_first(self):
                await asyncio.sleep(1)

            async def test_second(self):
                assert asyncio.get_running_loop().time() == 1001.0

        @pytest.mark.virtual(max_virtual=60)
        async def test_a_deadlock():
            await asyncio.Event().wait()

        @pytest.mark.virtual(max_virtual=60)
        async def test_a_heartbeat():
            while True:
                await asyncio.sleep(5)

        @pytest.mark.virtual(max_virtual=60)
        async def test_after_failures():
            await asyncio.sleep(1)
            assert asyncio.get_running_loop().time() == 1001.0
        """,
    )
    outcome.assert_outcomes(passed=7, failed=2)
    outcome.stdout.fnmatch_lines(["*DeadlockError: deadlock: nothing can run*", "*VirtualTimeLimitError: *"])


def test_options_that_do_not_exist_are_refused_with_the_nearest_one(pytester: pytest.Pytester):
    outcome = results(
        pytester,
        """
        import pytest

        @pytest.mark.virtual(max_virtuel=60)
        async def test_misspelt(): ...
        """,
    )
    assert outcome.ret != 0
    outcome.stdout.fnmatch_lines(
        ["*test_misspelt: @pytest.mark.virtual has no option 'max_virtuel'; did you mean max_virtual?*"]
    )
