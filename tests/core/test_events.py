"""What a listener hears, in which order, and what happens to the others when it is slow or fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from agentkit.core.events import BaseEvent, ErrorEvent, EventManager, ExceptionEvent, PluginBaseEvent
from agentkit.core.events.manager import QUEUE_LIMIT


@dataclass(kw_only=True)
class Rang(BaseEvent):
    type: str = "test.rang"
    number: int = 0


@dataclass(kw_only=True)
class Knocked(BaseEvent):
    type: str = "test.knocked"
    number: int = 0


@dataclass(kw_only=True)
class RangTwice(Rang):
    type: str = "test.rang_twice"


@dataclass
class AcmeCustomEvent(PluginBaseEvent):
    """As the plugin guide writes it."""

    type: str = "acme.custom"
    custom_field: str = ""


@pytest.fixture
async def events() -> AsyncIterator[EventManager]:
    manager = EventManager()
    yield manager
    await manager.close()


def others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_a_handler_hears_events_in_the_order_they_were_sent(events: EventManager) -> None:
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        await asyncio.sleep(0)
        heard.append(event.number)

    for number in range(10):
        events.send(Rang(number=number))
    await events.wait()
    assert heard == list(range(10))


async def test_a_handler_runs_one_event_at_a_time(events: EventManager) -> None:
    inside = most = 0

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1

    events.send(*(Rang() for _ in range(5)))
    await events.wait()
    assert most == 1


async def test_a_slow_handler_delays_only_itself(events: EventManager) -> None:
    heard: list[int] = []
    go_on = asyncio.Event()

    @events.subscribe
    async def slow(event: Rang) -> None:
        await go_on.wait()
        heard.append(-event.number)

    @events.subscribe
    async def quick(event: Rang) -> None:
        heard.append(event.number)
        if event.number == 3:
            go_on.set()

    events.send(*(Rang(number=number) for number in (1, 2, 3)))
    await events.wait()
    assert heard == [1, 2, 3, -1, -2, -3]


async def test_a_plain_function_may_listen_too(events: EventManager) -> None:
    heard: list[int] = []

    def on_ring(event: Rang) -> None:
        heard.append(event.number)

    assert events.subscribe(on_ring) is on_ring
    events.send(Rang(number=1))
    assert heard == [], "it is not called inside send"
    await events.wait()
    assert heard == [1]


async def test_a_method_and_an_object_that_can_be_called_may_listen_too(events: EventManager) -> None:
    class Listener:
        heard: list[int]

        def __init__(self) -> None:
            self.heard = []

        async def on_ring(self, event: Rang) -> None:
            self.heard.append(event.number)

        async def __call__(self, event: Knocked) -> None:
            self.heard.append(-event.number)

    listener = Listener()
    events.subscribe(listener.on_ring)
    events.subscribe(listener)
    events.send(Rang(number=1), Knocked(number=2))
    await events.wait()
    assert listener.heard == [1, -2]
    events.unsubscribe(listener.on_ring)
    events.send(Rang(number=3), Knocked(number=4))
    await events.wait()
    assert listener.heard == [1, -2, -4]


async def test_a_union_asks_for_several_kinds_of_events(events: EventManager) -> None:
    heard: list[str] = []

    @events.subscribe
    async def on_either(event: Rang | Knocked) -> None:
        heard.append(event.type)

    events.send(Rang(), AcmeCustomEvent(), Knocked())
    await events.wait()
    assert heard == ["test.rang", "test.knocked"]


async def test_a_base_class_asks_for_everything_below_it(events: EventManager) -> None:
    heard: list[str] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.type)

    events.send(RangTwice(), Knocked(), Rang())
    await events.wait()
    assert heard == ["test.rang_twice", "test.rang"]


async def test_a_failing_handler_becomes_an_event_and_goes_on_listening(events: EventManager) -> None:
    heard: list[int] = []
    failures: list[ExceptionEvent] = []

    @events.subscribe
    async def fragile(event: Rang) -> None:
        if event.number == 1:
            raise KeyError("one")
        heard.append(event.number)

    @events.subscribe
    async def on_failure(event: ErrorEvent) -> None:
        assert isinstance(event, ExceptionEvent)
        failures.append(event)

    sent = Rang(number=1, session_id="s")
    events.send(sent, Rang(number=2))
    await events.wait()
    assert heard == [2]
    (failure,) = failures
    assert "fragile" in failure.where
    assert failure.event is sent
    assert failure.session_id == "s"
    assert failure.error_message == "KeyError: 'one'"


async def test_a_failing_plain_function_becomes_an_event_too(events: EventManager) -> None:
    failures: list[str] = []

    @events.subscribe
    def fragile(event: Rang) -> None:
        raise ValueError(event.number)

    @events.subscribe
    def on_failure(event: ExceptionEvent) -> None:
        failures.append(event.error_message)

    events.send(Rang(number=1), Rang(number=2))
    await events.wait()
    assert failures == ["ValueError: 1", "ValueError: 2"]


async def test_a_handler_of_failures_that_fails_does_not_feed_itself(events: EventManager) -> None:
    calls = 0

    @events.subscribe
    async def on_failure(event: ExceptionEvent) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("again")

    @events.subscribe
    async def fragile(event: Rang) -> None:
        raise ValueError

    events.send(Rang())
    await events.wait()
    assert calls == 1


async def test_a_handler_that_awaits_something_cancelled_goes_on_listening(events: EventManager) -> None:
    heard: list[int] = []
    failures: list[ExceptionEvent] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)
        if event.number == 1:
            cancelled = asyncio.get_running_loop().create_future()
            cancelled.cancel()
            await cancelled

    @events.subscribe
    async def on_failure(event: ExceptionEvent) -> None:
        failures.append(event)

    events.send(Rang(number=1), Rang(number=2))
    await events.wait()
    assert heard == [1, 2]
    assert [type(failure.error) for failure in failures] == [asyncio.CancelledError]


async def test_a_plain_function_that_meets_something_cancelled_goes_on_listening(
    events: EventManager,
) -> None:
    heard: list[int] = []
    cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cancelled.cancel()

    @events.subscribe
    def on_ring(event: Rang) -> None:
        heard.append(event.number)
        cancelled.result()

    events.send(Rang(number=1), Rang(number=2))
    await events.wait()
    assert heard == [1, 2]


async def test_a_handler_that_is_cancelled_has_not_failed(events: EventManager) -> None:
    heard: list[BaseEvent] = []

    @events.subscribe
    async def stuck(event: Rang) -> None:
        await asyncio.get_running_loop().create_future()

    events.tap(heard.append, ExceptionEvent)
    events.send(Rang())
    await asyncio.sleep(0)
    for task in others():
        task.cancel()
    await events.wait()
    assert heard == []


async def test_whoever_falls_far_behind_misses_the_oldest_events(events: EventManager) -> None:
    heard: list[int] = []
    go_on = asyncio.Event()

    @events.subscribe
    async def slow(event: Rang) -> None:
        await go_on.wait()
        heard.append(event.number)

    events.send(Rang(number=0))
    await asyncio.sleep(0)
    events.send(*(Rang(number=number) for number in range(1, QUEUE_LIMIT + 101)))
    go_on.set()
    await events.wait()
    assert heard == [0, *range(101, QUEUE_LIMIT + 101)]


async def test_a_tap_hears_events_inside_send_before_any_subscriber(events: EventManager) -> None:
    heard: list[str] = []

    @events.subscribe
    def subscriber(event: Rang) -> None:
        heard.append(f"subscriber {event.number}")

    events.tap(lambda event: heard.append(f"first {event.number}"), Rang)
    remove = events.tap(lambda event: heard.append(f"second {event.number}"))
    events.send(Rang(number=1))
    assert heard == ["first 1", "second 1"]
    remove()
    remove()
    events.send(Rang(number=2), Knocked(number=3))
    await events.wait()
    assert heard == ["first 1", "second 1", "first 2", "subscriber 1", "subscriber 2"]


async def test_a_failing_tap_keeps_nobody_from_hearing(events: EventManager) -> None:
    heard: list[str] = []

    def fragile(event: Rang) -> None:
        raise ValueError("tap")

    @events.subscribe
    def everything(event: BaseEvent) -> None:
        heard.append(event.type)

    events.tap(fragile, Rang)
    events.send(Rang())
    await events.wait()
    assert sorted(heard) == ["exception", "test.rang"]


async def test_a_parent_hears_what_is_forwarded_until_that_ends(events: EventManager) -> None:
    child = EventManager()
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)

    child.send(Rang(number=0))
    stop = child.forward_to(events)
    child.send(Rang(number=1))
    stop()
    child.send(Rang(number=2))
    await events.wait()
    assert heard == [1]


async def test_a_parent_hears_of_failures_in_the_child(events: EventManager) -> None:
    child = EventManager()
    heard: list[str] = []

    @child.subscribe
    async def fragile(event: Rang) -> None:
        raise ValueError("in the child")

    @events.subscribe
    async def on_failure(event: ExceptionEvent) -> None:
        heard.append(event.error_message)

    child.forward_to(events)
    child.send(Rang())
    await child.wait()
    await events.wait()
    assert heard == ["ValueError: in the child"]


async def test_wait_covers_events_that_handlers_send(events: EventManager) -> None:
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        await asyncio.sleep(0)
        if event.number < 5:
            events.send(Knocked(number=event.number))

    @events.subscribe
    async def on_knock(event: Knocked) -> None:
        await asyncio.sleep(0)
        heard.append(event.number)
        events.send(Rang(number=event.number + 1))

    events.send(Rang())
    await events.wait()
    assert heard == [0, 1, 2, 3, 4]


async def test_wait_gives_up_in_time(events: EventManager) -> None:
    @events.subscribe
    async def stuck(event: Rang) -> None:
        await asyncio.get_running_loop().create_future()

    events.send(Rang())
    with pytest.raises(TimeoutError):
        await events.wait(timeout=0.001)


async def in_thread(function: Callable[[], None]) -> None:
    """Run ``function`` in a thread and return when it is over, without giving the loop a turn in between."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def test_another_thread_may_send(events: EventManager) -> None:
    heard: list[tuple[int, int]] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append((event.number, threading.get_ident()))

    await in_thread(lambda: events.send(Rang(number=1), Rang(number=2)))
    await events.wait()
    here = threading.get_ident()
    assert heard == [(1, here), (2, here)]


async def test_another_thread_with_a_loop_of_its_own_may_send(events: EventManager) -> None:
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(threading.get_ident())

    async def ring() -> None:
        events.send(Rang())

    await in_thread(lambda: asyncio.run(ring()))
    await events.wait()
    assert heard == [threading.get_ident()]


def test_a_manager_may_be_used_on_one_loop_after_another() -> None:
    events, heard = EventManager(), []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)

    async def ring(number: int) -> None:
        events.send(Rang(number=number))
        await events.wait()

    for number in (1, 2):
        asyncio.run(ring(number))
    assert heard == [1, 2]


def test_sending_without_a_loop_says_what_to_do() -> None:
    events = EventManager()
    events.send(Rang())

    @events.subscribe
    async def on_ring(event: Rang) -> None: ...

    with pytest.raises(RuntimeError, match="outside a running event loop"):
        events.send(Rang())


async def test_an_unsubscribed_handler_is_not_called_again(events: EventManager) -> None:
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)

    events.send(Rang(number=1))
    await events.wait()
    events.send(Rang(number=2))
    events.unsubscribe(on_ring)
    events.send(Rang(number=3))
    await events.wait()
    assert heard == [1]
    events.unsubscribe(on_ring)


async def test_a_tap_may_unsubscribe_a_handler_that_was_about_to_hear(events: EventManager) -> None:
    heard: list[int] = []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)

    events.tap(lambda event: events.unsubscribe(on_ring), Rang)
    events.send(Rang(number=1))
    await events.wait()
    assert heard == []


async def test_a_handler_may_unsubscribe_itself_and_finish(events: EventManager) -> None:
    heard: list[str] = []

    @events.subscribe
    async def once(event: Rang) -> None:
        events.unsubscribe(once)
        await asyncio.sleep(0)
        heard.append("finished")

    events.send(Rang(), Rang())
    await events.wait()
    assert heard == ["finished"]


async def test_close_leaves_no_task_behind() -> None:
    events = EventManager()

    @events.subscribe
    async def stuck(event: Rang) -> None:
        await asyncio.get_running_loop().create_future()

    @events.subscribe
    async def stuck_and_gone(event: Knocked) -> None:
        await asyncio.get_running_loop().create_future()

    events.send(Rang(), Knocked())
    await asyncio.sleep(0)
    events.unsubscribe(stuck_and_gone)
    events.send(Rang())
    await events.close()
    assert not others()
    events.send(Rang())
    await events.close()
    assert not others()


async def test_a_handler_may_close_the_manager_it_is_called_by() -> None:
    events, heard = EventManager(), []

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        await events.close()
        heard.append(event.number)

    events.send(Rang(number=1), Rang(number=2))
    for _ in range(5):
        await asyncio.sleep(0)
    assert heard == [1]
    assert not others()


async def test_sending_to_nobody_does_nothing(events: EventManager) -> None:
    for _ in range(3):
        events.send(Rang())
    await events.wait()
    assert not others()


async def test_who_subscribes_later_hears_what_comes_later(events: EventManager) -> None:
    heard: list[int] = []
    events.send(Rang(number=1))

    @events.subscribe
    async def on_ring(event: Rang) -> None:
        heard.append(event.number)

    events.send(Rang(number=2))
    await events.wait()
    assert heard == [2]


def test_a_handler_without_an_annotation_is_told_how_to_write_it() -> None:
    async def on_ring(event): ...  # type: ignore[no-untyped-def]

    with pytest.raises(TypeError, match=r"on_ring.*first parameter.*on_ring\(event: "):
        EventManager().subscribe(on_ring)


@pytest.mark.parametrize("annotation", [int, Rang | None, "Rang | str", Any])
def test_a_handler_of_something_else_is_refused(annotation: Any) -> None:
    async def on_ring(event): ...  # type: ignore[no-untyped-def]

    on_ring.__annotations__["event"] = annotation
    with pytest.raises(TypeError, match="event class"):
        EventManager().subscribe(on_ring)


def test_only_the_first_parameter_counts() -> None:
    async def on_ring(event, extra: Rang): ...  # type: ignore[no-untyped-def]

    with pytest.raises(TypeError, match="first parameter"):
        EventManager().subscribe(on_ring)


def test_an_annotation_that_cannot_be_found_is_named() -> None:
    async def on_ring(event: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(TypeError, match="'Nowhere'"):
        EventManager().subscribe(on_ring)


def test_registered_events_are_found_by_their_type() -> None:
    events = EventManager()
    events.register(Rang, AcmeCustomEvent)
    assert events.registered == {"test.rang": Rang, "acme.custom": AcmeCustomEvent}
    with pytest.raises(TypeError, match="derived from BaseEvent"):
        events.register(int)  # type: ignore[arg-type]


def test_every_event_knows_when_it_happened_and_is_one_of_a_kind() -> None:
    one, other = Rang(), AcmeCustomEvent(custom_field="value")
    assert one.event_id != other.event_id
    assert 0 < one.timestamp <= other.timestamp
    assert other.custom_field == "value"
    assert other.type == "acme.custom"
