"""Scenario files as tests: each test here runs pytest on a small project that has some."""

from __future__ import annotations

import os
import shutil

import hypothesis
import pytest

import examples.concierge
import simulator.scenario.playing.runner
from simulator.media.clips import find_clip

KEPT = [hypothesis, examples.concierge, simulator.scenario.playing.runner]
"""The small projects run in this process, which forgets what they import: without these, much again and again."""

pytest_plugins = ["pytester"]

QUIET = """
name: {name}
agent: examples.concierge:create_agent
people: {{alice: {{}}}}
script:
  - alice: joins
  - agent: stays silent
    for: 2s
"""

TALK_OVER = """
name: talks over the caller
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says do-something.wav
  - agent: speaks
    within: 20ms
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    settings = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function"
    pytester.makeini(f"[pytest]\naddopts = -p no:looptime_plugin -p no:cacheprovider\n{settings}")
    return pytester


def write(pytester: pytest.Pytester, path: str, text: str) -> None:
    file = pytester.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_scenario_file_is_a_test_with_the_name_of_the_scenario(project: pytest.Pytester) -> None:
    write(project, "scenarios/a.yaml", QUIET.format(name="nobody speaks"))
    write(project, "scenarios/deeper/b.yml", QUIET.format(name="nobody speaks here either"))
    result = project.runpytest_inprocess("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "scenarios/a.yaml::nobody speaks PASSED*",
            "scenarios/deeper/b.yml::nobody speaks here either PASSED*",
        ]
    )


def test_only_files_under_scenarios_are_taken_for_scenarios(project: pytest.Pytester) -> None:
    for path in (
        "a.yaml",
        "docs/b.yaml",
        "scenarios/fixtures/c.yaml",
        "scenarios/.d.yaml",
        "scenarios/notes.txt",
    ):
        write(project, path, "no: scenario")
    assert project.runpytest_inprocess().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_project_that_is_a_folder_of_scenarios_is_one(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pytester, "scenarios/a.yaml", QUIET.format(name="nobody speaks"))
    monkeypatch.chdir(pytester.path / "scenarios")
    options = ["-p", "no:looptime_plugin", "-o", "asyncio_default_fixture_loop_scope=function"]
    pytester.runpytest_inprocess(*options, "--rootdir", ".").assert_outcomes(passed=1)


def test_a_scenario_that_fails_is_told_as_a_story_and_without_a_traceback(project: pytest.Pytester) -> None:
    write(project, "scenarios/a.yaml", TALK_OVER)
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "scenarios/a.yaml:8: expected the agent to speak between *",
            "*s  alice joins",
            '*s  alice starts "Go somewhere and do something."',
            "to listen: agentkit simulate scenarios/a.yaml --out recordings",
        ]
    )
    result.stdout.no_fnmatch_line("*Error*")
    result.stdout.no_fnmatch_line("*.py:*")


def test_a_clip_that_the_agent_could_not_understand_is_named_beneath_the_failure(
    project: pytest.Pytester,
) -> None:
    write(project, "scenarios/a.yaml", TALK_OVER.replace("do-something.wav", "hello.wav"))
    shutil.copy(find_clip("okay").path, project.path / "scenarios" / "hello.wav")
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["warning: scenarios/a.yaml:*: hello.wav has no sidecar hello.json, *"])


def test_where_no_agent_was_made_there_is_nothing_to_listen_to(project: pytest.Pytester) -> None:
    project.makepyfile(
        unmade_of_a_test="def create(*, edge, **parts):\n    raise RuntimeError('no API key')\n"
    )
    project.syspathinsert()
    write(project, "scenarios/a.yaml", "agent: unmade_of_a_test:create\nscript: [wait: 1s]\n")
    result = project.runpytest_inprocess()
    result.stdout.fnmatch_lines(
        ["scenarios/a.yaml:1: *raised RuntimeError: no API key, at unmade_of_a_test.py:2"]
    )
    result.stdout.no_fnmatch_line("to listen*")


def test_a_wrong_file_is_told_by_line_and_column_and_keeps_no_other_from_being_checked(
    project: pytest.Pytester,
) -> None:
    write(project, "scenarios/a.yaml", TALK_OVER.replace("speaks", "speeks"))
    write(project, "scenarios/b.yaml", "")
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["scenarios/a.yaml:8:12: *", "*did you mean 'speaks'*", "scenarios/b.yaml*empty*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*.py:*")


def test_a_scenario_that_names_no_agent_has_that_of_the_configuration(project: pytest.Pytester) -> None:
    homeless = QUIET.format(name="x").replace("agent: examples.concierge:create_agent", "")
    write(project, "scenarios/a.yaml", homeless)
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*names no agent*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    project.runpytest_inprocess("-o", "agentkit_agent=examples.concierge:create_agent").assert_outcomes(
        passed=1
    )


def test_the_options_for_agent_and_seed_replace_those_of_the_files(project: pytest.Pytester) -> None:
    project.syspathinsert()
    project.makepyfile(
        mine="""
        from agentkit.core import clock
        from examples.concierge import create_agent

        async def create(**parts):
            with open("seeds", "a") as file:
                file.write(f"{clock.rng('test').random()}\\n")
            return await create_agent(**parts)
    """
    )
    write(project, "scenarios/a.yaml", QUIET.format(name="nobody speaks"))
    for seed in ("1", "1", "2"):
        result = project.runpytest_inprocess("--agentkit-agent", "mine:create", "--agentkit-seed", seed)
        result.assert_outcomes(passed=1)
    first, again, other = (project.path / "seeds").read_text().split()
    assert first == again != other


def test_an_agent_that_cannot_be_found_is_told_with_the_nearest_name(project: pytest.Pytester) -> None:
    write(project, "scenarios/a.yaml", QUIET.format(name="x").replace("create_agent", "creat_agent"))
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*did you mean 'create_agent'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_report_for_machines_has_the_digest_of_the_call(project: pytest.Pytester) -> None:
    write(project, "scenarios/a.yaml", QUIET.format(name="nobody speaks"))
    project.runpytest_inprocess("--junitxml=report.xml").assert_outcomes(passed=1)
    assert '<property name="digest" value="' in (project.path / "report.xml").read_text()


def test_a_scenario_whose_agent_leaves_a_file_open_fails(project: pytest.Pytester) -> None:
    project.syspathinsert()
    project.makepyfile(
        untidy="""
        import os
        from examples.concierge import create_agent

        async def create(**parts):
            with open("opened", "w") as note:
                note.write(str(os.open(__file__, os.O_RDONLY)))
            return await create_agent(**parts)
    """
    )
    write(project, "scenarios/a.yaml", QUIET.format(name="nobody speaks"))
    result = project.runpytest_inprocess("--agentkit-agent", "untidy:create")
    os.close(int((project.path / "opened").read_text()))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["left behind by the test:", "  - file *untidy.py"])
