"""What docs/testing.md shows is run, and nothing of what it describes is left out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import agentkit.core.testing
import examples.concierge
import simulator.scenario.playing.runner
from agentkit.core.testing import Expectations, TextSession, Turn
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.agent import AgentVerbs
from simulator.scenario.verbs.people import PersonVerbs

KEPT = [agentkit.core.testing, examples.concierge, simulator.scenario.playing.runner]
"""The project of the page runs in this process, which forgets what it imports: without these, much again and again."""

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[3] / "docs" / "testing.md").read_text(encoding="utf-8")
FILES = re.findall(
    r"```(?:python|yaml)( fails)?\n# (\S+)\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.DOTALL
)
TESTS = [(name, bool(fails), told) for fails, name, _, told in FILES if name != "desk.py"]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """The files of the page, in a project of their own."""
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\naddopts = -p no:looptime_plugin"
    )
    for _, name, content, _ in FILES:
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return pytester


def test_every_example_is_a_file() -> None:
    assert len(FILES) == len(re.findall(r"```(?:python|yaml)", PAGE))


@pytest.mark.parametrize(("name", "fails", "told"), TESTS, ids=[name for name, _, _ in TESTS])
def test_the_examples_in_the_docs_pass_or_fail_as_the_page_says(
    project: pytest.Pytester, name: str, fails: bool, told: str
) -> None:
    result = project.runpytest_inprocess("-p", "no:cacheprovider", name)
    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"failed" if fails else "passed"}
    lines = [_bare(line) for line in result.outlines]
    for line in told.splitlines():
        assert _bare(line) in lines


def _bare(line: str) -> str:
    """A line of pytest's report without what frames it."""
    return re.sub(r"^E? *", "", line).strip(" -")


def _public(kind: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(kind) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [TextSession, Turn, Expectations, Stage, PersonVerbs, AgentVerbs])
def test_the_docs_name_everything_that_a_test_can_do(kind: type) -> None:
    unsaid = [name for name in _public(kind) if not re.search(rf"\b{name}\b", PAGE)]
    assert not unsaid
