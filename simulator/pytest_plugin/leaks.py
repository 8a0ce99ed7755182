"""A test in virtual time must leave no task, thread, socket or file behind. One that failed anyway may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from simulator.pytest_plugin.belongings import Belongings, complain
from simulator.pytest_plugin.virtual import FAILED


@pytest.fixture
def agentkit_nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test if a thread, a socket or a file is still there when its event loop has been closed."""
    before = Belongings()
    yield
    if FAILED not in request.node.stash:
        complain(before.added_since(), "join or close them when the agent closes")


@pytest_asyncio.fixture(loop_scope="function")
async def agentkit_no_task_left(
    request: pytest.FixtureRequest, agentkit_nothing_left: None
) -> AsyncIterator[None]:
    """Fails the test if a task is still there when all its fixtures have been torn down."""
    before = set(asyncio.all_tasks())
    yield
    if FAILED in request.node.stash:
        return
    await asyncio.sleep(1e-9)  # virtual time passes when nobody can run: what was about to end has ended
    advice = "await or cancel them, or start them inside `with simulator.clock.background():`"
    complain(_unfinished(before), advice)


def _unfinished(before: set[asyncio.Task[object]]) -> list[str]:
    """The tasks that came after ``before``, without those that are declared to be background."""
    from simulator.clock.report import await_chain
    from simulator.clock.tasks import VirtualTask, tasks_of

    known = {*before, asyncio.current_task()}
    return [
        f"task {task.get_name()!r}, which waits in {await_chain(task.get_coro())}"
        for task in tasks_of(asyncio.get_running_loop())
        if task not in known and not (isinstance(task, VirtualTask) and task.background)
    ]
