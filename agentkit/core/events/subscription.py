"""One subscriber and its queue: events reach it in order, one at a time, however slow it is."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from agentkit.core.events.base import BaseEvent

Handler = Callable[[Any], Awaitable[None] | None]


class Subscription:
    """Delivers events to one handler from a bounded queue of its own.

    Nothing runs while the queue is empty. When it is full the oldest event is given up, because a handler that
    far behind is better served by the present; ``dropped`` counts them.
    """

    def __init__(
        self,
        handler: Handler,
        types: tuple[type[BaseEvent], ...],
        failed: Callable[[Handler, BaseEvent, Exception], None],
        limit: int,
    ) -> None:
        self.handler = handler
        self.types = types
        self.dropped = 0
        self._failed = failed
        self._queue: deque[BaseEvent] = deque()
        self._limit = limit
        self._is_async = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
            getattr(handler, "__call__", None)  # noqa: B004 - an object whose __call__ is async
        )
        self._running = False
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.Future[None] | None = None

    def put(self, event: BaseEvent) -> None:
        """Queue one event and see to it that the handler gets it. Called on the loop's thread."""
        if len(self._queue) >= self._limit:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(event)
        if not self._running:
            self._running = True
            loop = asyncio.get_running_loop()
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

    async def close(self) -> None:
        """Give up what is still queued and stop the handler."""
        self._queue.clear()
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
            except Exception as error:
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
                except Exception as error:
                    self._failed(self.handler, event, error)
        finally:
            self._rest()

    def _rest(self) -> None:
        self._running = False
        self._task = None
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        self._idle = None
