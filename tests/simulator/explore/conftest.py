"""A folder to explore in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.cli import main


@dataclass
class Ended:
    """A command that has run."""

    status: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command is run; what it imports from there is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "agents_to_explore", sys)
    monkeypatch.delitem(sys.modules, "agents_to_explore")
    return tmp_path


@pytest.fixture
def agentkit(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs the command, in this process."""

    def run(*arguments: str) -> Ended:
        status = main(list(arguments))
        return Ended(status, *capsys.readouterr())

    return run
