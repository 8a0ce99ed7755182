"""`@given_timings`, as its users meet it: each test here runs pytest on a small project."""

from __future__ import annotations

import hypothesis
import pytest

import examples.concierge
import simulator.scenario.playing.runner
from simulator.explore import between, given_timings

KEPT = [hypothesis, examples.concierge, simulator.scenario.playing.runner]
"""The small projects run in this process, which forgets what they import: without these, much again and again."""

pytest_plugins = ["pytester"]

HEAD = """
    import asyncio
    import pytest
    from hypothesis import example, settings
    from agentkit.core import Agent, User
    from agentkit.core.clock import rng
    from simulator.explore import between, given_timings
    from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

    few = settings(max_examples=15, database=None)

    @pytest.fixture
    def create_agent():
        async def create(*, edge, **parts):
            return Agent(edge=edge, agent_user=User(name="Q", id="q"), instructions="", llm=ScriptedLLM(default="Yes."),
                         stt=ScriptedSTT(), tts=ScriptedTTS())
        return create
"""


@pytest.fixture(params=["auto", "strict"])
def project(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> pytest.Pytester:
    lines = ["[pytest]", f"asyncio_mode = {request.param}", "asyncio_default_fixture_loop_scope = function"]
    pytester.makeini("\n".join([*lines, "addopts = -p no:looptime_plugin --strict-markers"]))
    return pytester


def run(project: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    project.makepyfile(HEAD + body)
    return project.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_every_example_has_a_call_of_its_own_with_a_time_on_the_grid(project: pytest.Pytester) -> None:
    body = """
    seen = []

    @given_timings(few, pause=between("500ms", "2s"))
    async def test_join(call, pause):
        assert list(call.simulated.people) == []
        await call.join("alice")
        await call.wait(pause)
        assert call.trace.now_ns() == round(pause * 1e9)
        assert call.trace.now_ns() % 1_000_000 == 0
        seen.append(pause)

    def test_there_were_many():
        assert len(seen) >= 15 and min(seen) >= 0.5 and max(seen) <= 2
        assert len(set(seen)) > 5
    """
    run(project, body).assert_outcomes(passed=2)


def test_a_failure_is_shrunk_to_the_smallest_time_and_told_with_the_story_of_its_call(
    project: pytest.Pytester,
) -> None:
    body = """
    @given_timings(settings(max_examples=100, database=None), pause=between("500ms", "2s"))
    async def test_join(pause, call):
        await call.join("alice")
        await call.wait(pause)
        assert pause < 1.234
    """
    result = run(project, body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert 1.234 < 1.234", "*agentkit call*", "*alice joins"])


def test_chance_is_drawn_as_well(project: pytest.Pytester) -> None:
    body = """
    drawn = set()

    @given_timings(few, pause=between("0", "0"))
    async def test_luck(call, pause):
        drawn.add(rng("luck").random())

    def test_it_varied():
        assert len(drawn) > 5
    """
    run(project, body).assert_outcomes(passed=2)


@pytest.mark.parametrize("fixed", ["marker", "option"])
def test_a_seed_that_is_given_is_kept(project: pytest.Pytester, fixed: str) -> None:
    body = """
    drawn = set()

    MARK
    @given_timings(few, pause=between("0", "1s"))
    async def test_luck(call, pause):
        drawn.add(rng("luck").random())

    def test_it_did_not_vary():
        assert len(drawn) == 1
    """
    mark = "@pytest.mark.virtual(seed=7)" if fixed == "marker" else ""
    options = ["--agentkit-seed=7"] if fixed == "option" else []
    run(project, body.replace("MARK", mark), *options).assert_outcomes(passed=2)


def test_a_test_without_a_call_has_virtual_time_and_its_own_fixtures(project: pytest.Pytester) -> None:
    body = """
    @pytest.fixture(scope="module")
    def factor():
        return 600

    class TestTime:
        @given_timings(few, pause=between("1s", "2s"))
        @pytest.mark.parametrize("times", [1, 2])
        async def test_minutes(self, times, factor, pause):
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(pause * factor * times)
            assert asyncio.get_running_loop().time() - began == pytest.approx(pause * factor * times)
    """
    run(project, body).assert_outcomes(passed=2)


def test_an_example_can_be_kept(project: pytest.Pytester) -> None:
    body = """
    @example(pause=1.234, call_seed=3)
    @given_timings(few, pause=between("1s", "2s"))
    async def test_it(call, pause):
        assert pause != 1.234 or call.trace.records[0].data["seed"] != 3
    """
    result = run(project, body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*explicit*"])


def test_a_plain_function_is_refused() -> None:
    with pytest.raises(TypeError, match="is for an `async def` test, and test_it is none"):

        @given_timings(pause=between("1s", "2s"))
        def test_it(pause: float) -> None: ...  # type: ignore[arg-type]


def test_a_timing_that_is_no_range_is_refused() -> None:
    with pytest.raises(TypeError, match='expected pause=between\\("500ms", "2s"\\)'):
        given_timings(pause="500ms..2s")  # type: ignore[arg-type]


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match=r"runs backwards: write between\('1s', '2s'\)"):
        between("2s", "1s")


async def test_outside_of_pytest_it_says_where_to_go() -> None:
    @given_timings(pause=between("1s", "2s"))
    async def test_it(pause: float) -> None: ...

    with pytest.raises(RuntimeError, match="agentkit explore"):
        test_it()
