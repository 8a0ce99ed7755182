"""One subscriber and its queue: events reach it in order, one at a time, however slow it is."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from agentkit.core.events.base import BaseEvent

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Awaitable[None] | None]


class Subscription:
    """Delivers events to one handler from a bounded queue of its own.

    Nothing runs while the queue is empty. When it is full the oldest event is given up, because a handler that
    far behind is better served by the present; a warning says so once, until the handler has caught up.
    """

    def __init__(
        self,
        handler: Handler,
        types: tuple[type[BaseEvent], ...],
        failed: Callable[[Handler, BaseEvent, BaseException], None],
        limit: int,
    ) -> None:
        self.handler = handler
        self.types = types
        self._failed = failed
        self._queue: deque[BaseEvent] = deque()
        self._limit = limit
        self._is_async = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
            getattr(handler, "__call__", None)  # noqa: B004 - an object whose __call__ is async
        )
        self._running = False
        self._retired = False
        self._behind = False
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether the handler is at work or has events waiting."""
        return self._running

    def put(self, event: BaseEvent) -> None:
        """Queue one event and see to it that the handler gets it. Called on the loop's thread."""
        if self._retired:
            return
        if len(self._queue) >= self._limit:
            self._drop_oldest()
        self._queue.append(event)
        if not self._running:
            loop = asyncio.get_running_loop()
            self._running = True
            if self._is_async:
                self._task = loop.create_task(self._deliver_async())
            else:
                loop.call_soon(self._deliver)

    async def idle(self) -> None:
        """Return when everything queued so far has been handled."""
        while self._running:
            if self._idle is None:
                self._idle = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)

    def retire(self) -> None:
        """Give up what is still queued and take nothing more; a call that is under way may finish."""
        self._retired = True
        self._queue.clear()

    async def close(self) -> None:
        """Retire, and stop a call that is under way."""
        self.retire()
        task = self._task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._rest()

    def _deliver(self) -> None:
        while self._queue:
            event = self._queue.popleft()
            try:
                self.handler(event)
            except (Exception, asyncio.CancelledError) as error:
                self._failed(self.handler, event, error)
        self._rest()

    async def _deliver_async(self) -> None:
        try:
            while self._queue:
                event = self._queue.popleft()
                try:
                    outcome = self.handler(event)
                    if outcome is not None:
                        await outcome
                except asyncio.CancelledError as error:
                    if self._task is None or self._task.cancelling():
                        raise
                    self._failed(self.handler, event, error)  # something it awaited was cancelled
                except Exception as error:
                    self._failed(self.handler, event, error)
        finally:
            self._rest()

    def _drop_oldest(self) -> None:
        self._queue.popleft()
        if not self._behind:
            self._behind = True
            name = getattr(self.handler, "__qualname__", repr(self.handler))
            logger.warning("event handler %s is %d events behind: it misses the oldest", name, self._limit)

    def _rest(self) -> None:
        self._running = False
        self._behind = False
        self._task = None
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        self._idle = None
