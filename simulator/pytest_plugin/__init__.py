"""agentkit in pytest: tests in virtual time, a simulated call as a fixture, scenario files as tests.

Everyone who has agentkit installed loads this, for tests of whatever kind: what is heavy is imported by the test that
wants it.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.media.folders import FIXTURES
from simulator.pytest_plugin import golden, options, virtual

if TYPE_CHECKING:
    from simulator.pytest_plugin.scenario_files import ScenarioFile

MARKERS = (
    "virtual(**options): run the test in virtual time; the options are those of simulator.clock.VirtualLoop",
    'agent("module:factory"): the agent of the `call` fixture',
)


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


LOOP_SCOPE_UNSET = 'The configuration option "asyncio_default_fixture_loop_scope" is unset'
"""A warning of pytest-asyncio, at each run, of what version 2 will do with fixtures that name no loop scope. Ours name
theirs, and we ask for a version before 2: there is nothing that its reader would have to do."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    options.make_out(config)
    warnings.filterwarnings("ignore", message=LOOP_SCOPE_UNSET, category=pytest.PytestDeprecationWarning)
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(golden, "agentkit-golden")
    if virtual.is_possible(config):
        from simulator.pytest_plugin import call, exploring, leaks

        config.pluginmanager.register(call, "agentkit-call")
        config.pluginmanager.register(exploring, "agentkit-exploring")
        config.pluginmanager.register(leaks, "agentkit-leaks")
    else:
        from simulator.pytest_plugin import no_call

        config.pluginmanager.register(no_call, "agentkit-no-call")


# -- tests in virtual time ------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    virtual.make_asyncio_test(metafunc.definition)
    yield


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    made = yield
    for item in made if isinstance(made, list) else [made]:
        virtual.make_asyncio_test(item)
    return made


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Generator[None, Any, Any]:
    theirs = yield
    return virtual.loop_factories(config, item, theirs)


def pytest_itemcollected(item: pytest.Item) -> None:
    virtual.guard(item)


def pytest_runtest_setup(item: pytest.Item) -> None:
    virtual.check(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.excinfo is not None and _has_call(item) and not item.config.getoption("fulltrace"):
        from simulator.pytest_plugin import endless, frames

        stage = item.stash.get(virtual.CALL, None)
        message = endless.told(call.excinfo.value, item, stage) if stage is not None else None
        call.excinfo = (
            frames.message_alone(call.excinfo, message) if message else frames.shortened(call.excinfo)
        )
    report = yield
    if report.failed:
        item.stash[virtual.FAILED] = True
    if (stage := item.stash.get(virtual.CALL, None)) is not None:
        from simulator.pytest_plugin import told

        if report.failed or report.when == "call":
            told.keep(item, stage)
        if report.failed:
            del item.stash[virtual.CALL]  # told once, though the teardown may fail as well
            report.sections.append(("agentkit call", told.story(item, stage)))
    return report


def _has_call(item: pytest.Item) -> bool:
    """Whether there is, or should have been, a call."""
    return isinstance(item, pytest.Function) and (virtual.CALL in item.stash or virtual.uses_call(item))


# -- scenario files -------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.suffix not in (".yaml", ".yml") or not _under_scenarios(file_path, parent.config.rootpath):
        return None
    from simulator.pytest_plugin.scenario_files import ScenarioFile

    file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return file


def _under_scenarios(path: Path, root: Path) -> bool:
    """Whether a folder ``scenarios`` holds ``path``, and no hidden one below it nor one with clips does."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    folders = (root.name, *inside.parts[:-1])
    if "scenarios" not in folders or path.name.startswith("."):
        return False
    below = folders[folders.index("scenarios") :]
    return not any(folder == FIXTURES or folder.startswith(".") for folder in below)
