"""The fixture `call`: an agent in a simulated call, for a test to drive.

@pytest.mark.agent("my_agent:create_agent")
async def test_caller_interrupts(call):
    alice = await call.join("alice")
    await alice.says("hello.wav")
    await call.agent.speaks(within=1.5)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from simulator.pytest_plugin import options
from simulator.pytest_plugin.virtual import CALL, FAILED

if TYPE_CHECKING:
    from simulator.scenario.playing.factory import AgentFactory
    from simulator.scenario.playing.stage import Stage

NO_AGENT = """\
the fixture `call` does not know which agent to call. Name it in one of three ways:
  - above a test, class or module: @pytest.mark.agent("my_agent:create_agent")
  - in conftest.py, with a fixture `create_agent` that returns the function that makes the agent
  - in the configuration of pytest: agentkit_agent = my_agent:create_agent"""


@pytest.fixture
def agentkit_agent(request: pytest.FixtureRequest) -> str | AgentFactory:
    """What makes the agent of `call`: ``--agentkit-agent``, else the marker ``agent``, else the project's fixture
    ``create_agent``, else the setting ``agentkit_agent``."""
    if (chosen := options.agent_for_all(request.config)) is not None:
        return chosen
    if (marker := request.node.get_closest_marker("agent")) is not None:
        return _marked(marker)
    try:
        factory = request.getfixturevalue("create_agent")
    except pytest.FixtureLookupError as error:
        if error.argname != "create_agent":
            raise
    else:
        return _factory(factory, "the fixture create_agent returned")
    if (default := options.agent_by_default(request.config)) is not None:
        return default
    return pytest.fail(NO_AGENT, pytrace=False)


@pytest_asyncio.fixture(loop_scope="function")
async def call(request: pytest.FixtureRequest, agentkit_agent: str | AgentFactory) -> AsyncIterator[Stage]:
    """A simulated call with the agent in it, in virtual time; it ends with the test.

    Clips are looked for in the folder of the test, in ``fixtures/`` there, and then among those that are shipped.
    """
    from simulator.scenario.model.failure import UsageError
    from simulator.scenario.playing.call_stage import CallStage

    options.import_from_root(request.config)
    problem, call = "", None
    async with AsyncExitStack() as ending:
        try:
            stage = CallStage(agent=agentkit_agent, name=request.node.name, folders=[request.path.parent])
            call = await ending.enter_async_context(stage)
        except UsageError as error:
            problem = str(error)
        if call is None:  # outside of the handler, or pytest would show what it handled as well
            pytest.fail(problem, pytrace=False)
        request.node.stash[CALL] = call
        yield call
        left = call.window.unawaited.tell_unfinished()
        if left and FAILED not in request.node.stash:
            pytest.fail(left, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test that has forgotten to await a step; of one that fails anyway, say so too."""
    try:
        result = yield
    except BaseException as error:
        if forgotten := _forgotten(pyfuncitem):
            error.add_note(forgotten)
        raise
    if forgotten := _forgotten(pyfuncitem):
        pytest.fail(forgotten, pytrace=False)
    return result


def _forgotten(item: pytest.Item) -> str:
    call = item.stash.get(CALL, None)
    return "" if call is None else call.window.unawaited.tell()


def _marked(marker: pytest.Mark) -> str | AgentFactory:
    if len(marker.args) != 1 or marker.kwargs:
        pytest.fail('expected @pytest.mark.agent("module:factory")', pytrace=False)
    return _factory(marker.args[0], "@pytest.mark.agent was given")


def _factory(found: object, where: str) -> str | AgentFactory:
    if isinstance(found, str) or callable(found):
        return found
    return pytest.fail(
        f"{where} {found!r}; expected the function that makes the agent, or 'module:factory'", pytrace=False
    )
