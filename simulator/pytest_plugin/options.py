"""What can be set for the calls of a test run, on the command line or in the project's configuration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

AGENT, SEED, AGENT_INI = "agentkit_agent_option", "agentkit_seed_option", "agentkit_agent"
GOLDEN, OUT = "agentkit_update_golden", "agentkit_out"


def add(parser: pytest.Parser) -> None:
    """Declare ``--agentkit-agent``, ``--agentkit-seed``, ``--agentkit-out``, ``--update-golden`` and the setting
    ``agentkit_agent``."""
    group = parser.getgroup("agentkit", "simulated calls")
    group.addoption(
        "--agentkit-agent",
        dest=AGENT,
        metavar="MODULE:FACTORY",
        help="the agent to call, in place of those that scenario files and tests name",
    )
    group.addoption(
        "--agentkit-seed",
        dest=SEED,
        metavar="N",
        type=_seed,
        help="the seed of scenario files, and of tests in virtual time that name none",
    )
    group.addoption(
        "--agentkit-out",
        dest=OUT,
        metavar="DIR",
        type=Path,
        help="write the trace and the sound of each call with the fixture `call` to DIR/<file>/<test>/",
    )
    group.addoption(
        "--update-golden",
        dest=GOLDEN,
        action="store_true",
        help="make the calls of the tests that use the fixture `golden` the golden ones",
    )
    parser.addini(
        AGENT_INI, "the agent of scenario files and tests that name none: module:factory", default=""
    )


def agent_for_all(config: pytest.Config) -> str | None:
    """The agent that replaces every other."""
    agent: str | None = config.getoption(AGENT)
    return agent


def agent_by_default(config: pytest.Config) -> str | None:
    """The agent where nothing else names one."""
    agent: str = config.getini(AGENT_INI)
    return agent or None


def seed(config: pytest.Config) -> int | None:
    """The seed of all calls, if they are to have the same."""
    number: int | None = config.getoption(SEED)
    return number


def out(config: pytest.Config) -> Path | None:
    """The folder in which calls are to be kept."""
    folder: Path | None = config.getoption(OUT)
    return folder


def make_out(config: pytest.Config) -> None:
    """Make that folder, or tell its user why there is none."""
    try:
        if (folder := out(config)) is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(
            f"--agentkit-out {folder}: cannot make this folder: {error.strerror}"
        ) from None


def update_golden(config: pytest.Config) -> bool:
    """Whether golden traces are to be written instead of compared."""
    wanted: bool = config.getoption(GOLDEN)
    return wanted


def import_from_root(config: pytest.Config) -> None:
    """Let the modules of the project be imported by name, however pytest was started and imports its tests."""
    root = str(config.rootpath)
    if root not in sys.path:
        sys.path.insert(0, root)


def _seed(text: str) -> int:
    if not text.isdecimal() or (number := int(text)) >= 2**63:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to {2**63 - 1}, found {text!r}")
    return number
