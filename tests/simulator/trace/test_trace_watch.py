from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import run
from simulator.trace import Record, Trace

SECOND = 1_000_000_000
Play = Callable[[Trace], Awaitable[object]]


def play(script: Play) -> tuple[object, int]:
    """Run ``script`` on a virtual clock; returns what it returned and when, in nanoseconds since its start."""

    async def main() -> tuple[object, int]:
        loop = asyncio.get_running_loop()
        start_ns = loop.time_ns()  # type: ignore[attr-defined]
        trace = Trace(lambda: loop.time_ns() - start_ns)  # type: ignore[attr-defined]
        return await script(trace), trace.now_ns()

    return run(main())


def later(seconds: float, trace: Trace, source: str, kind: str) -> None:
    asyncio.get_running_loop().call_later(seconds, trace.record, source, kind)


def is_silence(record: Record) -> bool:
    return record.kind == "voice.stopped"


def test_what_is_already_there_is_found_at_once() -> None:
    async def script(trace: Trace) -> Record | None:
        trace.record("agent", "voice.stopped")
        await asyncio.sleep(1)
        return await trace.wait_for(is_silence, until_ns=2 * SECOND)

    assert play(script) == (Record(0, "agent", "voice.stopped", {}), SECOND)


def test_a_wait_ends_in_the_instant_of_the_record() -> None:
    async def script(trace: Trace) -> Record | None:
        later(0.5, trace, "agent", "voice.started")
        later(1.5, trace, "agent", "voice.stopped")
        later(1.7, trace, "agent", "voice.stopped")
        return await trace.wait_for(is_silence)

    found, at_ns = play(script)
    assert found == Record(1_500_000_000, "agent", "voice.stopped", {})
    assert at_ns == 1_500_000_000


def test_a_wait_gives_up_when_its_deadline_has_passed() -> None:
    async def script(trace: Trace) -> Record | None:
        later(1.1, trace, "agent", "voice.stopped")
        return await trace.wait_for(is_silence, until_ns=SECOND)

    found, at_ns = play(script)
    assert found is None
    assert SECOND <= at_ns <= SECOND + 1


def test_a_record_at_the_very_deadline_counts_whichever_timer_is_first() -> None:
    async def script(trace: Trace) -> Record | None:
        waiting = asyncio.ensure_future(trace.wait_for(is_silence, until_ns=SECOND))
        await asyncio.sleep(0.5)
        later(0.5, trace, "agent", "voice.stopped")
        return await waiting

    assert play(script) == (Record(SECOND, "agent", "voice.stopped", {}), SECOND)


def test_a_record_after_the_deadline_does_not_count_though_it_is_there_already() -> None:
    async def script(trace: Trace) -> Record | None:
        await asyncio.sleep(2)
        trace.record("agent", "voice.stopped")
        return await trace.wait_for(is_silence, until_ns=SECOND)

    assert play(script) == (None, 2 * SECOND)


def test_only_what_happened_since_an_instant_or_a_place_counts() -> None:
    async def script(trace: Trace) -> list[Record | None]:
        for _ in range(3):
            trace.record("agent", "voice.stopped", {"n": len(trace)})
            await asyncio.sleep(1)
        by_time = await trace.wait_for(is_silence, since_ns=SECOND)
        by_place = await trace.wait_for(is_silence, since_index=2)
        only_new = await trace.wait_for(is_silence, since_index=len(trace), until_ns=4 * SECOND)
        return [by_time, by_place, only_new]

    found, _ = play(script)
    assert [record and record.data["n"] for record in found] == [1, 2, None]  # type: ignore[attr-defined]


def test_a_watch_remembers_what_came_before_anybody_waited() -> None:
    async def script(trace: Trace) -> tuple[object, ...]:
        trace.record("alice", "joined")
        with trace.watch(is_silence) as watch:
            trace.record("agent", "voice.stopped")
            trace.record("agent", "voice.stopped")
            await asyncio.sleep(3)
            return await watch.wait(until_ns=SECOND), watch.index

    assert play(script) == ((Record(0, "agent", "voice.stopped", {}), 1), 3 * SECOND)


def test_a_closed_watch_looks_no_more() -> None:
    async def script(trace: Trace) -> Record | None:
        with trace.watch(is_silence) as watch:
            pass
        trace.record("agent", "voice.stopped")
        return watch.record

    assert play(script) == (None, 0)


def test_closing_a_watch_ends_the_wait_on_it() -> None:
    async def script(trace: Trace) -> Record | None:
        watch = trace.watch(is_silence)
        asyncio.get_running_loop().call_later(1, watch.close)
        return await watch.wait()

    assert play(script) == (None, SECOND)


def test_a_wrong_predicate_fails_the_one_who_waits_not_the_one_who_records() -> None:
    async def script(trace: Trace) -> None:
        later(1, trace, "alice", "joined")
        with pytest.raises(KeyError, match="at_ns"):
            await trace.wait_for(lambda record: record.data["at_ns"] > 0)
        assert [record.kind for record in trace] == ["joined"]

    assert play(script) == (None, SECOND)


def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    async def script(trace: Trace) -> None:
        seen: list[Record] = []
        waiting = asyncio.ensure_future(
            trace.wait_for(lambda record: bool(seen.append(record)), until_ns=SECOND)
        )
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        trace.record("alice", "joined")
        assert seen == []

    assert play(script) == (None, 100_000_000)


def test_several_who_wait_wake_in_the_order_in_which_they_came() -> None:
    async def script(trace: Trace) -> list[str]:
        woken: list[str] = []

        async def wait(name: str) -> None:
            await trace.wait_for(is_silence)
            woken.append(name)

        later(1, trace, "agent", "voice.stopped")
        async with asyncio.TaskGroup() as group:
            for name in "abc":
                group.create_task(wait(name))
        return woken

    assert play(script) == (["a", "b", "c"], SECOND)


@given(
    at_ms=st.lists(st.integers(0, 50), max_size=6),
    since_ms=st.integers(0, 50),
    begins_ms=st.integers(0, 50),
    until_ms=st.integers(0, 60),
)
def test_a_wait_finds_the_first_record_in_its_window_whenever_it_begins(
    at_ms: list[int], since_ms: int, begins_ms: int, until_ms: int
) -> None:
    async def script(trace: Trace) -> Record | None:
        for ms in at_ms:
            later(ms / 1000, trace, "agent", "voice.stopped")
        await asyncio.sleep(begins_ms / 1000)
        return await trace.wait_for(is_silence, since_ns=since_ms * 1_000_000, until_ns=until_ms * 1_000_000)

    first = min((ms for ms in at_ms if since_ms <= ms <= until_ms), default=None)
    found, ended_ns = play(script)
    if first is None:
        assert found is None
        assert ended_ns <= max(until_ms, begins_ms) * 1_000_000 + 1
    else:
        assert isinstance(found, Record)
        assert found.t_ns == first * 1_000_000
        assert ended_ns == max(first, begins_ms) * 1_000_000
