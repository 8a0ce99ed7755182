"""Tasks that hash by the order of their creation, so that sets of them come out in one order everywhere.

Plain tasks hash by address: the set that `asyncio.wait` returns, the order in which a `TaskGroup` cancels and
everything built on them then differ from process to process.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
import contextvars
from collections.abc import Awaitable, Coroutine, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from simulator.clock.timers import is_background

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop

stock_as_completed = asyncio.as_completed
_stock_all_tasks = asyncio.all_tasks


class VirtualTask(asyncio.Task[Any]):
    """The `number`th task of its loop, named `Task-<number>` unless it is given a name."""

    __slots__ = ("background", "number")

    def __init__(
        self,
        coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        *,
        loop: VirtualLoop,
        name: object = None,
        context: contextvars.Context | None = None,
        **options: Any,
    ) -> None:
        self.number = loop.next_task_number()
        self.background = is_background(contextvars.copy_context() if context is None else context)
        label = f"Task-{self.number}" if name is None else str(name)
        super().__init__(coro, loop=loop, name=label, context=context, **options)

    def __hash__(self) -> int:
        return self.number


class VirtualFuture(asyncio.Future[Any]):
    """A numbered future, for results that people put into sets, such as those of executor jobs."""

    def __init__(self, number: int, *, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self.number


def number_of(task: asyncio.Task[Any]) -> int:
    """The task's place in the order of creation; 0 for tasks made by someone else's task factory."""
    return task.number if isinstance(task, VirtualTask) else 0


def tasks_of(loop: asyncio.AbstractEventLoop) -> list[asyncio.Task[Any]]:
    """The unfinished tasks of `loop`, oldest first."""
    return sorted(_stock_all_tasks(loop), key=number_of)


def as_completed(fs: Iterable[Awaitable[Any]], *, timeout: float | None = None) -> Iterator[Any]:
    """`asyncio.as_completed` that starts coroutines in the order given; the stock one starts them in any."""
    if isinstance(fs, Awaitable):
        return iter(stock_as_completed(fs, timeout=timeout))  # let it complain
    futures = [asyncio.ensure_future(future) for future in dict.fromkeys(fs)]
    return iter(stock_as_completed(futures, timeout=timeout))


def all_tasks(loop: asyncio.AbstractEventLoop | None = None) -> set[asyncio.Task[Any]]:
    """`asyncio.all_tasks` as a set filled oldest first: equal sets can still iterate in the order of filling."""
    return set(tasks_of(asyncio.get_running_loop() if loop is None else loop))


class OrderedWeakSet:
    """The part of `weakref.WeakSet` that loops use, in the order of insertion.

    A loop keeps its running async generators in one and closes them in the order in which it iterates.
    """

    def __init__(self) -> None:
        self._items: WeakKeyDictionary[Any, None] = WeakKeyDictionary()

    def add(self, item: Any) -> None:
        self._items[item] = None

    def discard(self, item: Any) -> None:
        self._items.pop(item, None)

    def clear(self) -> None:
        self._items.clear()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.keys())
