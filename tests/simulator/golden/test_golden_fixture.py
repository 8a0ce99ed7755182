"""The fixture `golden`, as its users meet it: each test here runs pytest on a small project."""

from __future__ import annotations

import hypothesis
import pytest

import examples.concierge
import simulator.scenario.playing.runner

KEPT = [hypothesis, examples.concierge, simulator.scenario.playing.runner]
"""The small projects run in this process, which forgets what they import: without these, much again and again."""

pytest_plugins = ["pytester"]

TEST = """
    import pytest

    @pytest.mark.parametrize("who", ["alice"])
    async def test_a_visit(call, golden, who):
        await call.join(who)
        golden.check(call, "joined")
        await call.wait(PAUSE)
        golden.check(call)
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    lines = ["[pytest]", "asyncio_mode = auto", "asyncio_default_fixture_loop_scope = function"]
    pytester.makeini(
        "\n".join(
            [*lines, "addopts = -p no:looptime_plugin", "agentkit_agent = examples.concierge:create_agent"]
        )
    )
    return pytester


def run(project: pytest.Pytester, pause: str, *options: str) -> pytest.RunResult:
    project.makepyfile(test_visits=TEST.replace("PAUSE", pause))
    return project.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_a_call_is_held_against_the_golden_one(project: pytest.Pytester) -> None:
    missing = run(project, "1.0")
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(
        ["*there is no golden trace *; make it: pytest *test_a_visit*alice* --update-golden"]
    )
    run(project, "1.0", "--update-golden").assert_outcomes(passed=1)
    made = sorted(path.name for path in (project.path / "golden" / "test_visits").iterdir())
    assert made == ["test_a_visit-alice-joined.jsonl", "test_a_visit-alice.jsonl"]
    run(project, "1.0").assert_outcomes(passed=1)


def test_a_call_that_went_otherwise_fails_with_the_story(project: pytest.Pytester) -> None:
    body = TEST.replace("call.wait(PAUSE)", "call.wait(1.0)")
    project.makepyfile(test_visits=body)
    project.runpytest_inprocess("-p", "no:cacheprovider", "--update-golden").assert_outcomes(passed=1)
    project.makepyfile(
        test_visits=body.replace("await call.join(who)", "await call.wait(0.25); await call.join(who)")
    )
    result = project.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '*golden.check(call, "joined")*',
            "E *parts from */golden/test_visits/test_a_visit-alice-joined.jsonl at 0.000 s",
            "E *last in common: *0.000 s  agent joins",
            "E *expected: *0.000 s  alice joins",
            "E *happened instead: *0.250 s  the same, 250 ms later",
        ]
    )
