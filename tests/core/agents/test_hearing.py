"""What listeners hear of people, and what becomes of the others when one of them is slow, stuck or broken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.agents.hearing import LISTEN_LIMIT_S, REPORT_EVERY, Hearing
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.processors import AudioProcessor
from agentkit.core.vad import VAD

pytestmark = pytest.mark.virtual

ALICE = Participant(None, "alice", "alice")
BOB = Participant(None, "bob", "bob")
FRAME_S = 0.02


def frame(value: int = 0, rate: int = 48000) -> PcmData:
    return PcmData(rate, "s16", np.full(rate // 50, value, np.int16))


class Ears(VAD):
    """Notes what it hears, after doing what a test wants done first."""

    input_sample_rate = 48000

    def __init__(self, first: Callable[[int], Awaitable[None]] | None = None, inline: bool = False) -> None:
        super().__init__()
        self.listens_inline = inline
        self.first = first
        self.asked = 0
        self.heard: dict[str, list[int]] = {"alice": [], "bob": []}
        self.forgotten: list[str] = []
        self.errors: list[str] = []
        self.events.tap(self._note)

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        assert participant is not None
        self.asked += 1
        if self.first is not None:
            await self.first(self.asked)
        self.heard[participant.id].append(int(pcm.samples[0]))

    def forget(self, participant: Participant) -> None:
        self.forgotten.append(participant.id)

    def _note(self, event: BaseEvent) -> None:
        self.errors.append(getattr(event, "error_message", ""))


class Meter(AudioProcessor):
    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        raise ZeroDivisionError("nobody is loud")

    async def close(self) -> None:
        """There is nothing to release."""


def hearing_of(*listeners: Any, **options: Any) -> tuple[Hearing, list[Any]]:
    events, told = EventManager(), list[Any]()
    events.tap(told.append)
    return (
        Hearing(listeners, options.get("processors", ()), options.get("audio_filter"), events),
        told,
    )


async def speak(hearing: Hearing, count: int, who: Participant = ALICE, start: int = 1) -> None:
    for number in range(start, start + count):
        hearing.hear(frame(number), who)
        await asyncio.sleep(FRAME_S)


@pytest.mark.parametrize("inline", [True, False])
async def test_everyone_hears_each_person_in_order(inline: bool) -> None:
    first, second = Ears(inline=inline), Ears()
    hearing, _ = hearing_of(first, second)
    for number in range(1, 4):
        hearing.hear(frame(number), ALICE)
        hearing.hear(frame(-number), BOB)
    await asyncio.sleep(FRAME_S)
    assert first.heard == second.heard == {"alice": [1, 2, 3], "bob": [-1, -2, -3]}
    assert hearing.someone is ALICE
    await hearing.close()


async def test_a_slow_listener_delays_nobody_and_misses_nothing() -> None:
    slow, quick = Ears(lambda _: asyncio.sleep(0.2)), Ears()
    hearing, _ = hearing_of(slow, quick)
    await speak(hearing, 50)
    assert quick.heard["alice"] == list(range(1, 51))
    assert len(slow.heard["alice"]) < 10
    await asyncio.sleep(10)
    assert slow.heard["alice"] == list(range(1, 51))
    assert slow.errors == []
    await hearing.close()


async def fails(_: int) -> None:
    raise ConnectionError("reset")


@pytest.mark.parametrize("inline", [True, False])
async def test_a_listener_that_raises_is_reported_once_a_second_and_delays_nobody(inline: bool) -> None:
    broken, well = Ears(fails, inline=inline), Ears()
    hearing, _ = hearing_of(broken, well)
    await speak(hearing, 2 * REPORT_EVERY)
    assert broken.errors == ["ConnectionError: reset"] * 2
    assert len(well.heard["alice"]) == 2 * REPORT_EVERY
    await hearing.close()


async def test_a_listener_that_recovers_hears_again() -> None:
    async def first_three(asked: int) -> None:
        if asked <= 3:
            raise ConnectionError("reset")

    recovering = Ears(first_three)
    hearing, _ = hearing_of(recovering)
    await speak(hearing, 6)
    assert recovering.heard["alice"] == [4, 5, 6]
    await hearing.close()


async def test_a_listener_that_is_stuck_is_reported_and_gets_what_came_meanwhile() -> None:
    async def stuck_once(asked: int) -> None:
        if asked == 2:
            await asyncio.get_running_loop().create_future()

    stuck, well = Ears(stuck_once), Ears()
    hearing, _ = hearing_of(stuck, well)
    await speak(hearing, round((LISTEN_LIMIT_S + 1) / FRAME_S))
    assert len(stuck.errors) == 1
    assert "was stuck for 10 s" in stuck.errors[0]
    assert stuck.heard["alice"] == [number for number in well.heard["alice"] if number != 2]
    await hearing.close()


async def test_a_listener_that_is_stuck_for_ever_can_be_left() -> None:
    async def stuck(_: int) -> None:
        await asyncio.get_running_loop().create_future()

    hearing, _ = hearing_of(Ears(stuck))
    await speak(hearing, 700)
    await hearing.close()


async def test_a_listener_whose_own_request_is_cancelled_goes_on_listening() -> None:
    async def cancelled(asked: int) -> None:
        if asked == 1:
            raise asyncio.CancelledError

    listener = Ears(cancelled)
    hearing, _ = hearing_of(listener)
    await speak(hearing, 3)
    assert listener.heard["alice"] == [2, 3]
    assert "was cancelled from within" in listener.errors[0]
    await hearing.close()


async def test_a_listener_that_only_computes_must_not_wait() -> None:
    listener = Ears(lambda _: asyncio.sleep(0), inline=True)
    hearing, _ = hearing_of(listener)
    await speak(hearing, 1)
    assert "listens_inline = False" in listener.errors[0]
    await hearing.close()


async def test_a_processor_that_raises_is_reported_by_name_and_nobody_else_notices() -> None:
    listener = Ears()
    hearing, told = hearing_of(listener, processors=[Meter()])
    await speak(hearing, 5)
    assert [(e.where, e.error_message, e.participant.id) for e in told] == [
        ("Meter", "ZeroDivisionError: nobody is loud", "alice")
    ]
    assert len(listener.heard["alice"]) == 5
    await hearing.close()


class Filter:
    """Lets nobody but Alice be heard, twice as loud, and fails on the value 13."""

    def process(self, pcm: PcmData, participant: Participant) -> PcmData | None:
        if pcm.samples[0] == 13:
            raise FileNotFoundError("denoiser.onnx")
        return frame(2 * int(pcm.samples[0])) if participant.id == "alice" else None


async def test_a_filter_decides_what_is_heard_of_whom() -> None:
    listener = Ears()
    hearing, _ = hearing_of(listener, audio_filter=Filter())
    await speak(hearing, 2, ALICE)
    await speak(hearing, 2, BOB)
    assert listener.heard == {"alice": [2, 4], "bob": []}
    await hearing.close()


async def test_where_a_filter_fails_the_sound_is_heard_unfiltered() -> None:
    listener = Ears()
    hearing, told = hearing_of(listener, audio_filter=Filter())
    await speak(hearing, 2, start=12)
    assert listener.heard["alice"] == [24, 13]
    assert [(e.where, e.error_message) for e in told] == [("Filter", "FileNotFoundError: denoiser.onnx")]
    await hearing.close()


@pytest.mark.parametrize(
    "garbage",
    [PcmData(48000, "s16", np.zeros((6, 960), np.int16), channels=6), 42],
    ids=["six channels", "a number"],
)
async def test_what_cannot_be_heard_is_reported_sparingly(garbage: Any) -> None:
    listener = Ears()
    listener.input_sample_rate = 16000
    hearing, told = hearing_of(listener)
    for _ in range(REPORT_EVERY):
        hearing.hear(garbage, ALICE)
    await speak(hearing, 100)
    assert len(told) == 1
    assert listener.asked > 0
    await hearing.close()


async def test_who_left_is_forgotten_and_heard_anew_when_they_come_back() -> None:
    class Forgetful(Ears):
        def forget(self, participant: Participant) -> None:
            raise KeyError(participant.id)

    broken, listener = Forgetful(), Ears()
    hearing, _ = hearing_of(broken, listener)
    await speak(hearing, 2)
    hearing.forget(ALICE)
    hearing.forget(BOB)
    assert hearing.someone is None
    assert listener.forgotten == ["alice"]
    assert broken.errors == ["KeyError: 'alice'"]
    await speak(hearing, 1, start=7)
    assert listener.heard["alice"] == [1, 2, 7]
    await hearing.close()


async def test_after_the_end_nobody_is_heard() -> None:
    listener = Ears()
    hearing, _ = hearing_of(listener)
    await speak(hearing, 1)
    await hearing.close()
    await speak(hearing, 3)
    assert listener.heard["alice"] == [1]
    await hearing.close()


async def test_who_leaves_as_a_listener_is_given_up_is_forgotten_all_the_same() -> None:
    async def stuck(_: int) -> None:
        await asyncio.get_running_loop().create_future()

    hearing, _ = hearing_of(Ears(stuck))
    hearing.hear(frame(), ALICE)
    await asyncio.sleep(0)
    hearing.hear(frame(), ALICE)
    await asyncio.sleep(LISTEN_LIMIT_S)
    hearing.hear(frame(), ALICE)
    hearing.forget(ALICE)
