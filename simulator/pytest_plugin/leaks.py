"""What a test in virtual time must not leave behind: tasks, threads, sockets and open files."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

DESCRIPTORS = "/proc/self/fd"
"""Where Linux lists the open files of a process. Elsewhere, sockets and files are not looked for."""


@pytest.fixture
def agentkit_nothing_left() -> Iterator[None]:
    """Fails the test if a thread, a socket or a file is still there when its event loop has been closed."""
    threads, files = set(threading.enumerate()), _open_files()
    yield
    left = [f"thread {thread.name!r}" for thread in threading.enumerate() if thread not in threads]
    if _open_files() - files:
        gc.collect()  # what nobody refers to any more is closed by now, or now
        left += sorted(_open_files() - files)
    _complain(left, "join or close them when the agent closes")


@pytest_asyncio.fixture(loop_scope="function")
async def agentkit_no_task_left(agentkit_nothing_left: None) -> AsyncIterator[None]:
    """Fails the test if a task is still there when all its fixtures have been torn down."""
    from simulator.clock.report import await_chain
    from simulator.clock.tasks import VirtualTask, tasks_of

    before = set(asyncio.all_tasks())
    yield
    await asyncio.sleep(
        1e-9
    )  # virtual time passes only when everyone who can run has run: what is ending has ended
    left = [task for task in tasks_of(asyncio.get_running_loop()) if task is not asyncio.current_task()]
    waiting = [
        f"task {task.get_name()!r}, which waits in {await_chain(task.get_coro())}"
        for task in left
        if task not in before and not (isinstance(task, VirtualTask) and task.background)
    ]
    _complain(waiting, "await or cancel them, or start them inside `with simulator.clock.background():`")


def _complain(left: list[str], advice: str) -> None:
    if left:
        pytest.fail("\n  - ".join(["left behind by the test:", *left]) + f"\n{advice}", pytrace=False)


def _open_files() -> set[str]:
    """The sockets and files that this process has open, as the system names them."""
    names: set[str] = set()
    try:
        descriptors = os.listdir(DESCRIPTORS)
    except OSError:
        return names
    for descriptor in descriptors:
        try:
            name = os.readlink(f"{DESCRIPTORS}/{descriptor}")
        except OSError:
            continue  # closed since, as the one that the listing itself was read from
        if name.startswith("socket:") or (name.startswith("/") and not name.startswith(("/dev/", "/proc/"))):
            names.add(f"{'socket' if name.startswith('socket:') else 'file'} {name}")
    return names
