"""The fixture `golden`: a call is as it was when somebody was content with it.

async def test_a_question(call, golden):
    ...
    golden.check(call)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from simulator.pytest_plugin import options

if TYPE_CHECKING:
    from simulator.scenario.playing.stage import Stage

FOLDER = "golden"
"""Beside the tests: ``golden/<file of the tests>/<test>.jsonl``, and ``golden.yaml`` there for what does not matter."""

__tracebackhide__ = True  # of a failed check, pytest shows the line of the test


class Golden:
    """The golden traces of one test."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._node = request.node
        self._folder = request.path.parent / FOLDER / request.path.stem
        self._update = options.update_golden(request.config)

    def check(self, call: Stage, name: str = "") -> None:
        """Fail unless the call went, so far, as its golden trace did; with ``--update-golden``, make it that trace.

        ``name`` tells several checks of a test apart.
        """
        from simulator.golden import GoldenError, Goldens

        __tracebackhide__ = True
        how = f'pytest "{self._node.nodeid}" --update-golden'
        try:
            goldens = Goldens(self._folder, how_to_make=how)
        except ValueError as error:
            pytest.fail(str(error), pytrace=False)
        file = self._file(name)
        if self._update:
            self._node.add_report_section("call", "golden", goldens.update(file, call.trace.records))
            return
        try:
            problem = goldens.check(file, call.trace.records)
        except GoldenError as error:
            problem = str(error)
        if problem is not None:
            raise AssertionError(problem)

    def _file(self, name: str) -> str:
        """A name that any file system takes, one for each test and each ``name``."""
        whole = f"{self._node.name}-{name}" if name else str(self._node.name)
        return re.sub(r"\W+", "-", whole).strip("-") or "call"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Holds the call of a test against the golden one: ``golden.check(call)``."""
    return Golden(request)
