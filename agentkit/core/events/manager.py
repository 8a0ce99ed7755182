"""Who hears of what: sending, subscribing, tapping and forwarding events.

Events tell the world what happened; they are not the pipe that sound and text travel through. So sending is
cheap (an event nobody asked for costs one dictionary look-up) and never waits for a subscriber.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from agentkit.core.events.base import BaseEvent, ExceptionEvent
from agentkit.core.events.subscription import Handler, Subscription

logger = logging.getLogger(__name__)

H = TypeVar("H", bound=Callable[..., Any])
Tap = Callable[[Any], None]

QUEUE_LIMIT = 1000
"""Events a subscriber may be behind before the oldest is given up: 20 s of audio frames, far more of anything else."""


class EventManager:
    """Sends events to whoever asked for their class, or for a base of it.

    Three ways to listen, by what the listener is:

    - ``subscribe``: a handler, plain or async, with a queue of its own. It delays nobody and an exception in it
      becomes an `ExceptionEvent`.
    - ``tap``: a plain function called inside `send`, before any subscriber. For recorders and for plumbing that
      must see events in exact order; it must be quick.
    - ``forward_to``: another manager that hears everything this one sends.
    """

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._leaving: list[Subscription] = []  # unsubscribed while their handler was at work
        self._taps: list[tuple[Tap, tuple[type[BaseEvent], ...], bool]] = []
        self._parents: list[EventManager] = []
        self._children: list[EventManager] = []
        self._routes: dict[type[BaseEvent], tuple[Tap, ...]] = {}
        self._registered: dict[str, type[BaseEvent]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def register(self, *event_classes: type[BaseEvent]) -> None:
        """Declare event classes, so that they can be looked up by their ``type`` (see `registered`)."""
        for cls in event_classes:
            if not (isinstance(cls, type) and issubclass(cls, BaseEvent)):
                raise TypeError(f"register() takes event classes derived from BaseEvent, got {cls!r}")
            self._registered[_type_name(cls)] = cls

    @property
    def registered(self) -> dict[str, type[BaseEvent]]:
        """The declared event classes by ``type``."""
        return dict(self._registered)

    def subscribe(self, handler: H) -> H:
        """Call ``handler`` with every event of the class (or union of classes) its first parameter is annotated with.

        Usable as a decorator; returns the handler itself. Raises `TypeError` when the annotation is missing or is
        not an event class.
        """
        wanted = _wanted_by(handler)
        self._subscriptions.append(Subscription(handler, wanted, self._handler_failed, QUEUE_LIMIT))
        self._listeners_changed()
        if self._loop is None:
            self._loop = asyncio._get_running_loop()
        return handler

    def unsubscribe(self, handler: Callable[..., Any]) -> None:
        """Stop calling ``handler``, even with events sent before; a call that is under way may finish.

        Unknown handlers are ignored.
        """
        gone = [s for s in self._subscriptions if s.handler == handler]
        self._subscriptions = [s for s in self._subscriptions if s.handler != handler]
        self._listeners_changed()
        for subscription in gone:
            subscription.retire()
        self._leaving = [s for s in (*self._leaving, *gone) if s.busy]

    def tap(
        self, function: Tap, *event_classes: type[BaseEvent], frequent: bool = True
    ) -> Callable[[], None]:
        """Call ``function`` inside `send` with every event of these classes (all, if none is named).

        Without ``frequent``, events that come with every chunk of media are left out. Returns a function that removes
        the tap.
        """
        entry = (function, event_classes or (BaseEvent,), frequent)
        self._taps.append(entry)
        self._listeners_changed()

        def remove() -> None:
            if entry in self._taps:
                self._taps.remove(entry)
                self._listeners_changed()

        return remove

    def forward_to(self, parent: EventManager) -> Callable[[], None]:
        """Let ``parent`` hear everything sent here. Returns a function that ends it."""
        self._parents.append(parent)
        parent._children.append(self)
        self._listeners_changed()

        def stop() -> None:
            if parent in self._parents:
                self._parents.remove(parent)
                parent._children.remove(self)
                self._listeners_changed()

        return stop

    def send(self, *events: BaseEvent) -> None:
        """Send events. Never waits and never raises on behalf of a listener.

        Safe to call from another thread, even one with a loop of its own, once somebody has subscribed or sent on
        the manager's loop: the events are then handed over to that loop. Raises `RuntimeError` if there is a
        listener but no loop yet.
        """
        for event in events:
            listeners = self._routes.get(type(event))
            if listeners is None:
                listeners = self._route(type(event))
            if not listeners:
                continue
            running = asyncio._get_running_loop()
            if running is None or running is not self._loop:
                elsewhere = self._home_other_than(running)
                if elsewhere is not None:
                    elsewhere.call_soon_threadsafe(self.send, event)
                    continue
            for listener in listeners:
                try:
                    listener(event)
                except Exception as error:
                    self._handler_failed(listener, event, error)

    async def wait(self, timeout: float = 10.0) -> None:
        """Return when every event sent so far has been handled, and every event those handlers sent.

        Raises `TimeoutError` after ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            await asyncio.sleep(0)  # what other threads have handed over is sent in this turn
            while busy := [s for s in (*self._subscriptions, *self._leaving) if s.busy]:
                for subscription in busy:
                    await subscription.idle()

    async def close(self) -> None:
        """Stop all handlers and forget all listeners."""
        subscriptions = [*self._subscriptions, *self._leaving]
        self._subscriptions, self._leaving = [], []
        self._taps.clear()
        for parent in self._parents:
            parent._children.remove(self)
        self._parents.clear()
        self._listeners_changed()
        for subscription in subscriptions:
            await subscription.close()

    def _home_other_than(self, running: asyncio.AbstractEventLoop | None) -> asyncio.AbstractEventLoop | None:
        """The loop that events must be handed over to; None if ``running`` is ours, or is from now on."""
        ours = self._loop
        if ours is not None and not ours.is_closed() and (running is None or ours.is_running()):
            return ours
        if running is None:
            raise RuntimeError(
                "events.send() was called outside a running event loop; send events from async code, "
                "or from a thread after the loop has started"
            )
        self._loop = running
        return None

    def _route(self, cls: type[BaseEvent]) -> tuple[Tap, ...]:
        """Whom an event of this class goes to. A parent without listeners is none of them."""
        route: list[Tap] = [
            tap
            for tap, wanted, frequent in self._taps
            if issubclass(cls, wanted) and (frequent or not cls.frequent)
        ]
        route += [s.put for s in self._subscriptions if issubclass(cls, s.types)]
        route += [parent.send for parent in self._parents if parent._route(cls)]
        self._routes[cls] = tuple(route)
        return self._routes[cls]

    def _listeners_changed(self) -> None:
        """Routes have to be found again, here and wherever events are forwarded from."""
        self._routes.clear()
        for child in self._children:
            child._listeners_changed()

    def _handler_failed(self, handler: Handler | Tap, event: BaseEvent, error: BaseException) -> None:
        name = getattr(handler, "__qualname__", repr(handler))
        logger.error("event handler %s failed on %s", name, event.type, exc_info=error)
        if not isinstance(event, ExceptionEvent):  # a handler of exceptions that fails must not feed itself
            self.send(
                ExceptionEvent(
                    error=error,
                    where=name,
                    event=event,
                    context=f"handling {event.type}",
                    session_id=event.session_id,
                )
            )


def _type_name(cls: type[BaseEvent]) -> str:
    default = cls.__dataclass_fields__["type"].default
    return default if isinstance(default, str) else cls.__name__


def _wanted_by(handler: Callable[..., Any]) -> tuple[type[BaseEvent], ...]:
    """The event classes a handler asks for, from the annotation of its first parameter."""
    name = getattr(handler, "__qualname__", repr(handler))
    function = handler if inspect.isroutine(handler) else type(handler).__call__
    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise TypeError(
            f"subscribe({name}): its annotation names {error.name!r}, which is not importable from its module; "
            "import the event class at module level"
        ) from error
    first = next(iter(inspect.signature(handler).parameters), None)
    annotation = hints.get(first) if first else None
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    wanted = typing.get_args(annotation) if is_union else (annotation,)
    if not all(isinstance(cls, type) and issubclass(cls, BaseEvent) for cls in wanted):
        raise TypeError(
            f"subscribe({name}): expected its first parameter to be annotated with an event class, "
            f"found {annotation!r}; write e.g. `async def {name.rsplit('.', 1)[-1]}(event: CallEndedEvent)`"
        )
    return typing.cast("tuple[type[BaseEvent], ...]", wanted)
