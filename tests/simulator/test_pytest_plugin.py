"""The pytest plugin, as its users meet it: each test here runs pytest on a small project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis
import pytest

import examples.concierge
import simulator.scenario.playing.runner
from agentkit.core.extras import how_to_install

KEPT = [hypothesis, examples.concierge, simulator.scenario.playing.runner]
"""The small projects run in this process, which forgets what they import: without these, much again and again."""

pytest_plugins = ["pytester"]

AGENT = "agentkit_agent = examples.concierge:create_agent"


@pytest.fixture(params=["auto", "strict"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project whose calls are to the concierge."""
    configure(pytester, AGENT)
    return pytester


def configure(pytester: pytest.Pytester, *settings: str, mode: str = "auto") -> None:
    lines = ["[pytest]", f"asyncio_mode = {mode}", "asyncio_default_fixture_loop_scope = function"]
    pytester.makeini("\n".join([*lines, "addopts = -p no:looptime_plugin --strict-markers", *settings]))


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_a_test_marked_virtual_runs_in_virtual_time(pytester: pytest.Pytester, mode: str) -> None:
    configure(pytester, mode=mode)
    pytester.makepyfile("""
        import asyncio, pytest

        @pytest.mark.virtual
        async def test_an_hour():
            loop = asyncio.get_running_loop()
            began = loop.time()
            await asyncio.sleep(1800)
            assert type(loop).__name__ == "VirtualLoop"
            assert loop.time() - began == 1800

        @pytest.mark.virtual
        class TestOfAClass:
            @pytest.mark.parametrize("number", [1, 2])
            async def test_it(self, number):
                assert type(asyncio.get_running_loop()).__name__ == "VirtualLoop"

        @pytest.mark.virtual(seed=7, max_virtual=10)
        async def test_its_options():
            assert asyncio.get_running_loop().seed == 7
    """)
    run(pytester).assert_outcomes(passed=4)


def test_other_tests_keep_the_loop_they_had(pytester: pytest.Pytester, mode: str) -> None:
    configure(pytester, mode=mode)
    pytester.makepyfile("""
        import asyncio, pytest

        @pytest.mark.asyncio
        async def test_on_a_real_loop():
            assert isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)

        def test_without_a_loop(request):
            assert "agentkit_no_task_left" not in request.fixturenames
    """)
    result = run(pytester, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_on_a_real_loop PASSED*"])


def test_a_project_that_chooses_its_own_loops_keeps_them(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makeconftest("""
        import asyncio

        class TheirLoop(asyncio.SelectorEventLoop):
            pass

        def pytest_asyncio_loop_factories(config, item):
            return {"theirs": TheirLoop}
    """)
    pytester.makepyfile("""
        import asyncio, pytest

        async def test_theirs():
            assert type(asyncio.get_running_loop()).__name__ == "TheirLoop"

        @pytest.mark.virtual
        async def test_ours():
            assert type(asyncio.get_running_loop()).__name__ == "VirtualLoop"
    """)
    run(pytester).assert_outcomes(passed=2)


def test_a_virtual_test_with_hypothesis_runs_in_virtual_time(pytester: pytest.Pytester, mode: str) -> None:
    configure(pytester, mode=mode)
    pytester.makepyfile("""
        import asyncio, pytest
        from hypothesis import given, settings, strategies as st

        @pytest.mark.virtual
        @settings(max_examples=5, database=None)
        @given(st.integers(1, 100))
        async def test_any_wait(seconds):
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(seconds)
            assert asyncio.get_running_loop().time() - began == seconds
    """)
    run(pytester).assert_outcomes(passed=1)


def test_the_option_for_the_seed_is_for_tests_that_name_none(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makepyfile("""
        import asyncio, pytest

        @pytest.mark.virtual
        async def test_without():
            assert asyncio.get_running_loop().seed == 5

        @pytest.mark.virtual(seed=1)
        async def test_with():
            assert asyncio.get_running_loop().seed == 1
    """)
    run(pytester, "--agentkit-seed", "5").assert_outcomes(passed=2)


@pytest.mark.parametrize("seed", ["-1", "x", "1.5", str(2**63)])
def test_a_seed_that_is_none_is_refused(pytester: pytest.Pytester, seed: str) -> None:
    result = run(pytester, f"--agentkit-seed={seed}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--agentkit-seed: expected a whole number from 0 to *, found '{seed}'"])


TALK = """
    async def test_it_answers(call):
        alice = await call.join("alice")
        await alice.says("do-something.wav")
        await call.agent.speaks(within=3)
"""


def test_the_fixture_call_is_an_agent_in_a_call(pytester: pytest.Pytester, mode: str) -> None:
    configure(pytester, AGENT, mode=mode)
    pytester.makepyfile(TALK)
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"mark": 'pytestmark = pytest.mark.agent("mine:create")'}, id="by marker"),
        pytest.param({"fixture": "return mine.create"}, id="by fixture"),
        pytest.param({"fixture": "return 'mine:create'"}, id="by fixture, as text"),
        pytest.param({"setting": "agentkit_agent = mine:create"}, id="in the configuration"),
        pytest.param({"option": "--agentkit-agent=mine:create"}, id="by option"),
        pytest.param(
            {
                "option": "--agentkit-agent=mine:create",
                "mark": 'pytestmark = pytest.mark.agent("no:agent")',
                "setting": "agentkit_agent = no:agent",
            },
            id="by option before all else",
        ),
        pytest.param(
            {
                "mark": 'pytestmark = pytest.mark.agent("mine:create")',
                "fixture": "return 'no:agent'",
                "setting": "agentkit_agent = no:agent",
            },
            id="by marker before fixture and configuration",
        ),
    ],
)
def test_the_agent_of_a_call_can_be_named(pytester: pytest.Pytester, named: dict[str, str]) -> None:
    configure(pytester, "pythonpath = .", named.get("setting", ""))
    pytester.makepyfile(mine="from examples.concierge import create_agent as create")
    if fixture := named.get("fixture"):
        pytester.makeconftest(f"import mine, pytest\n@pytest.fixture\ndef create_agent():\n    {fixture}")
    pytester.makepyfile(f"""
        import mine, pytest
        {named.get("mark", "")}

        async def test_it_is_there(call):
            await call.join("alice")
    """)
    run(pytester, *filter(None, [named.get("option")])).assert_outcomes(passed=1)


def test_an_agent_beside_the_configuration_is_found(pytester: pytest.Pytester) -> None:
    configure(pytester, "agentkit_agent = beside_the_configuration:create")
    pytester.makepyfile(beside_the_configuration="from examples.concierge import create_agent as create")
    tests = pytester.mkdir("tests")
    (tests / "test_it.py").write_text("async def test_it_is_there(call):\n    await call.join('alice')\n")
    run(pytester, "--import-mode=importlib", "tests").assert_outcomes(passed=1)


def test_a_call_without_an_agent_says_how_to_name_one(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makepyfile(TALK)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*@pytest.mark.agent(*",
            "*conftest.py*fixture `create_agent`*",
            "*agentkit_agent = my_agent:create_agent*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ('"examples.concierge:creat_agent"', "*has no 'creat_agent'*did you mean 'create_agent'*"),
        ('"nowhere:create_agent"', "*there is no module 'nowhere'*"),
        ("17", "*expected the function that makes the agent, or 'module:factory'*"),
        ("", '*expected @pytest.mark.agent("module:factory")*'),
    ],
)
def test_an_agent_that_cannot_be_is_refused_with_advice(
    pytester: pytest.Pytester, marker: str, told: str
) -> None:
    configure(pytester)
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.agent({marker})
        async def test_it(call):
            pass
    """)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])


def test_what_create_agent_is_missing_is_not_taken_for_a_missing_agent(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef create_agent(database): pass")
    pytester.makepyfile(TALK)
    run(pytester).stdout.fnmatch_lines(["*fixture 'database' not found*"])


def test_a_call_that_goes_wrong_is_told_as_a_story(project: pytest.Pytester) -> None:
    project.makepyfile("""
        async def test_it_is_quiet(call):
            alice = await call.join("alice")
            await alice.says("do-something.wav")
            await call.agent.speaks(within=3)
            assert "this" == "that"
    """)
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*- agentkit call -*", "*0.000 s  alice joins", '*s  alice starts "*', "*s  agent starts to speak*"]
    )


def test_clips_are_found_beside_the_test_and_in_its_fixtures(project: pytest.Pytester) -> None:
    clip = next(Path(examples.__file__).parents[1].glob("fixtures/people/do-something.wav"))
    fixtures = project.mkdir("fixtures")
    (fixtures / "in-fixtures.wav").write_bytes(clip.read_bytes())
    (project.path / "beside.wav").write_bytes(clip.read_bytes())
    project.makepyfile("""
        async def test_it(call):
            alice = await call.join("alice")
            await alice.says("in-fixtures.wav")
            await alice.says("beside.wav")
    """)
    run(project).assert_outcomes(passed=1)


def test_somebody_elses_fixture_called_call_is_left_alone(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef call(): return 'theirs'")
    pytester.makepyfile("""
        import asyncio

        async def test_theirs(call):
            assert call == "theirs"
            assert isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
    """)
    run(pytester).assert_outcomes(passed=1)


def test_a_fixture_built_on_call_is_in_virtual_time_too(project: pytest.Pytester) -> None:
    project.makeconftest("""
        import pytest_asyncio

        @pytest_asyncio.fixture
        async def alice(call):
            return await call.join("alice")
    """)
    project.makepyfile("""
        async def test_it(alice):
            await alice.says("hmm.wav")
    """)
    run(project).assert_outcomes(passed=1)


def test_a_call_on_a_shared_loop_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import pytest

        @pytest.mark.asyncio(loop_scope="module")
        async def test_it(call):
            pass
    """)
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*remove loop_scope="module"*'])


LEAKS = {
    "task": (
        "asyncio.get_running_loop().create_task(asyncio.sleep(99), name='forgotten')",
        "task 'forgotten'*",
    ),
    "file": ("global kept; kept = open(__file__)", "file *test_a_file_left_behind*.py"),
    "socket": ("global kept; kept = socket.socket()", "socket [[][0-9]*"),
    "thread": (
        "global kept; kept = threading.Thread(target=done.wait, name='forgotten', daemon=True); kept.start()",
        "thread 'forgotten'",
    ),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_what_is_left_behind_fails_the_test(
    pytester: pytest.Pytester, kind: str, request: pytest.FixtureRequest
) -> None:
    statement, told = LEAKS[kind]
    configure(pytester)
    pytester.makepyfile(
        test_a_file_left_behind=f"""
        import asyncio, pytest, socket, threading

        done = threading.Event()

        @pytest.mark.virtual(threads="allow")
        async def test_it():
            {statement}

        @pytest.mark.virtual
        async def test_the_next_is_not_to_blame():
            pass

        def test_tidy_up():
            done.set()
            if kept := globals().get("kept"):
                getattr(kept, "close", getattr(kept, "join", None))()
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["left behind by the test:", f"  - {told}"])


def test_what_was_there_before_and_what_is_put_away_is_no_leak(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makepyfile("""
        import asyncio, pytest, pytest_asyncio, socket
        from simulator.clock import background

        @pytest.fixture(scope="module")
        def server():
            with socket.socket() as listening:
                yield listening

        @pytest_asyncio.fixture
        async def worker():
            task = asyncio.create_task(asyncio.sleep(9999))
            yield
            task.cancel()

        @pytest.mark.virtual
        async def test_it(server, worker, capfd, tmp_path):
            with background():
                asyncio.get_running_loop().create_task(asyncio.sleep(99))
            (tmp_path / "note").write_text("closed again")
    """)
    run(pytester).assert_outcomes(passed=1)


def test_a_test_that_fails_is_not_blamed_for_what_it_could_not_put_away(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makepyfile("""
        import asyncio, pytest

        @pytest.mark.virtual
        async def test_it():
            asyncio.create_task(asyncio.sleep(99))
            await asyncio.Event().wait()
    """)
    run(pytester).assert_outcomes(failed=1)


def test_a_loop_shared_by_a_module_may_keep_its_tasks(pytester: pytest.Pytester) -> None:
    configure(pytester)
    pytester.makepyfile("""
        import asyncio, pytest

        pytestmark = [pytest.mark.virtual, pytest.mark.asyncio(loop_scope="module")]

        async def test_it_begins():
            global task
            task = asyncio.create_task(asyncio.sleep(10))

        async def test_it_goes_on():
            await task
    """)
    run(pytester).assert_outcomes(passed=2)


def test_without_pytest_asyncio_it_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.virtual
        async def test_marked():
            pass

        async def test_with_a_call(call):
            pass

        def test_ordinary():
            pass
    """)
    result = run(pytester, "-p", "no:asyncio")
    outcomes = result.parseoutcomes()
    assert outcomes.pop("passed") == 1
    assert sum(outcomes.values()) == 2
    advice = how_to_install("testing").replace("[", "[[]")
    result.stdout.fnmatch_lines([f"*needs pytest-asyncio 1.5 or later: {advice}*"] * 2)


def test_a_run_without_calls_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import sys

        def pytest_sessionfinish():
            heavy = {"numpy", "av", "getstream", "pydantic", "rich", "yaml", "agentkit.core", "simulator.clock"}
            assert not heavy & sys.modules.keys()
    """)
    pytester.makepyfile("def test_ordinary(): pass\nasync def test_without_a_call(): pass")
    configure(pytester)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_its_markers_and_options_are_explained(pytester: pytest.Pytester) -> None:
    configure(pytester)
    explained: Any = run(pytester, "--markers").stdout
    explained.fnmatch_lines(["@pytest.mark.virtual(*", "@pytest.mark.agent(*"])
    run(pytester, "--help").stdout.fnmatch_lines(["*--agentkit-agent=MODULE:FACTORY*", "*--agentkit-seed=N*"])
