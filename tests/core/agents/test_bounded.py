"""Waiting for others, but not for ever."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from agentkit.core.agents.bounded import CANCEL_LIMIT_S, all_within, no_longer_than

pytestmark = pytest.mark.virtual


def now() -> float:
    return asyncio.get_running_loop().time()


async def hang() -> None:
    await asyncio.get_running_loop().create_future()


async def raises(error: BaseException) -> None:
    raise error


async def test_everything_runs_at_once_and_nothing_is_waited_for_longer_than_it_takes() -> None:
    began = now()
    assert await all_within(1.0, {"a": asyncio.sleep(0.3), "b": asyncio.sleep(0.4)}) == {}
    assert now() - began == pytest.approx(0.4)


async def test_nothing_to_do_takes_no_time() -> None:
    began = now()
    assert await all_within(1.0, {}) == {}
    assert now() == began


async def test_what_fails_is_told_by_name_and_the_others_are_finished() -> None:
    done = asyncio.Event()

    async def slowly() -> None:
        await asyncio.sleep(0.5)
        done.set()

    failures = await all_within(1.0, {"bad": raises(KeyError("x")), "good": slowly()})
    assert [(name, type(error)) for name, error in failures.items()] == [("bad", KeyError)]
    assert done.is_set()


async def test_what_hangs_is_cancelled_and_left_behind() -> None:
    began = now()
    failures = await all_within(1.0, {"provider": hang()})
    assert now() - began == pytest.approx(1.0)
    assert str(failures["provider"]) == "provider took longer than 1 s and was left behind"


async def test_what_needs_a_moment_to_notice_gets_it_but_no_more() -> None:
    async def cleans_up(seconds: float) -> None:
        try:
            await hang()
        finally:
            await asyncio.sleep(seconds)

    began = now()
    await all_within(1.0, {"quick": cleans_up(CANCEL_LIMIT_S / 2)})
    assert now() - began == pytest.approx(1.0 + CANCEL_LIMIT_S / 2)
    began = now()
    await all_within(1.0, {"slow": cleans_up(5.0)})
    assert now() - began == pytest.approx(1.0 + CANCEL_LIMIT_S)
    await asyncio.sleep(5)


async def test_what_was_left_behind_may_fail_unheard() -> None:
    async def fails_late() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await hang()
        await asyncio.sleep(3)
        raise KeyError("too late")

    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: unheard.append(context))
    await all_within(1.0, {"late": fails_late()})
    await asyncio.sleep(5)
    assert unheard == []


async def test_what_cancels_itself_is_a_failure_too() -> None:
    failures = await all_within(1.0, {"provider": raises(asyncio.CancelledError())})
    assert isinstance(failures["provider"], TimeoutError)


async def test_whoever_waits_can_be_cancelled_and_takes_the_work_along() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await hang()
        finally:
            cancelled.set()

    waiting = asyncio.ensure_future(all_within(1.0, {"work": work()}))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0)
    assert cancelled.is_set()


async def test_a_block_may_take_no_longer_and_says_what_did_not_come() -> None:
    with pytest.raises(TimeoutError, match=r"^no text for 2 s$"):
        async with no_longer_than(2.0, "text"):
            await hang()


async def test_a_timeout_of_somebody_else_is_told_as_it_is() -> None:
    with pytest.raises(TimeoutError, match=r"^the server took too long$"):
        async with no_longer_than(2.0, "text"):
            raise TimeoutError("the server took too long")


async def test_the_end_may_be_put_off() -> None:
    async with no_longer_than(2.0, "answer") as patience:
        patience.reschedule(None)
        await asyncio.sleep(10)


async def test_what_had_not_begun_when_it_was_cancelled_leaves_no_trace() -> None:
    waiting = asyncio.ensure_future(all_within(1.0, {"work": hang()}))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
