"""What a test with `@given_timings` needs of pytest: a new call for each example, to the agent that the test names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from simulator.pytest_plugin import options
from simulator.pytest_plugin.virtual import CALL

if TYPE_CHECKING:
    from simulator.scenario.playing.call_stage import CallStage
    from simulator.scenario.playing.stage import Stage


@pytest.fixture
def agentkit_example_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Calls for the examples of this test."""
    from simulator.explore.calls import WANTS_CALL, ExampleCalls
    from simulator.scenario.model.failure import UsageError
    from simulator.scenario.playing.call_stage import CallStage

    wanted = getattr(request.function, WANTS_CALL, False)
    agent = request.getfixturevalue("agentkit_agent") if wanted else None

    def stage() -> CallStage:
        assert agent is not None
        try:
            return CallStage(agent=agent, name=request.node.name, folders=[request.path.parent])
        except UsageError as error:
            problem = str(error)
        return pytest.fail(problem, pytrace=False)

    def begun(call: Stage) -> None:
        request.node.stash[CALL] = call

    options.import_from_root(request.config)
    with ExampleCalls(stage, begun, _loop_options(request)).in_use():
        yield


def _loop_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Those of the marker ``virtual``, and the seed for all calls if there is one."""
    marker = request.node.get_closest_marker("virtual")
    chosen = dict(marker.kwargs) if marker is not None else {}
    if (seed := options.seed(request.config)) is not None:
        chosen.setdefault("seed", seed)
    return chosen
