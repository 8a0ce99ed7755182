"""What the documents take for granted: SDKs, plugins, and an agent in a call.

``fakes/`` has stand-ins for the SDKs and plugins, and ``plugins/acme`` is the plugin that one document builds. They can
be imported while a test of this folder is collected or run; no other test sees them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agentkit.core import Agent, User
from simulator.scenario.playing.call_stage import CallStage

HERE = Path(__file__).parent
FOLDERS = (HERE / "fakes", HERE / "plugins" / "acme")


def _modules_in(folder: Path) -> list[str]:
    files = (file.relative_to(folder).with_suffix("") for file in sorted(folder.rglob("*.py")))
    return [".".join(part for part in file.parts if part != "__init__") for file in files]


NAMES = [name for folder in FOLDERS for name in _modules_in(folder)]

_made: dict[str, ModuleType] = {}


@contextmanager
def stand_ins() -> Iterator[None]:
    """Until the block ends, these modules are found first, and are the same ones each time."""
    real = _taken_out()
    _put_in(_made)
    sys.path[:0] = map(str, FOLDERS)
    try:
        yield
    finally:
        for folder in FOLDERS:
            sys.path.remove(str(folder))
        _made.update(_taken_out())
        _put_in(real)


def _taken_out() -> dict[str, ModuleType]:
    found = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    for name in NAMES:
        package, _, child = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(child, None)
    return found


def _put_in(modules: dict[str, ModuleType]) -> None:
    sys.modules.update(modules)
    for name, module in modules.items():
        package, _, child = name.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], child, module)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    with stand_ins():
        return (yield)


@pytest.fixture(autouse=True)
def _stand_ins() -> Iterator[None]:
    with stand_ins():
        yield


Calling = Callable[..., CallStage]


@pytest.fixture(scope="session")
def calling() -> Calling:
    """``async with calling(llm=..., stt=...) as call:`` a simulated call with an agent that has these parts."""

    def calling(**parts: Any) -> CallStage:
        def create_agent(*, edge: Any) -> Agent:
            return Agent(edge=edge, agent_user=User(id="agent", name="Agent"), **parts)

        return CallStage(agent=create_agent, name="seed")

    return calling
