"""People who say what a test tells them to, and a provider that hears them on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from simulator.clock import run

RATE = 16000
FRAME = np.zeros(320, np.int16)
FRAME_S = 0.02


@dataclass(frozen=True)
class Word:
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speaker:
    """Someone who says ``words``, as in ``"yes 0.1-0.4, please 0.5-0.9"``."""

    words: Sequence[Word]

    @classmethod
    def of(cls, script: str) -> Speaker:
        words = []
        for said in filter(None, script.split(",")):
            text, span = said.split()
            words.append(Word(text, *map(float, span.split("-"))))
        return cls(words)

    def transcript_at(self, start_s: float, end_s: float) -> Sequence[Word]:
        return [word for word in self.words if word.start_s < end_s and word.end_s > start_s]


@dataclass(frozen=True)
class Event:
    """What a provider said: when, in milliseconds since the first frame began, and about whom."""

    ms: int
    who: str
    type: str
    event: Any

    @property
    def story(self) -> tuple[int, str, str]:
        return self.ms, self.type.split(".")[1], getattr(self.event, "text", "")


Hear = Callable[..., list[Event]]


@pytest.fixture(scope="session")
def hear() -> Hear:
    """Let a provider hear people, 20 ms at a time.

    ``lost`` are the numbers of the frames that never arrive, ``then`` is called with the provider after
    ``seconds``, and one more second is waited for what the provider still has to say.
    """

    def hear(
        make: Callable[[], Any],
        people: dict[str, Any] | str,
        seconds: float = 3.0,
        lost: Collection[int] = (),
        with_pts: bool = True,
        then: Callable[[Any], Any] | None = None,
    ) -> list[Event]:
        if isinstance(people, str):
            people = {"alice": Speaker.of(people)}
        participants = [Participant(person, name, name) for name, person in people.items()]
        events: list[Event] = []

        async def call() -> None:
            loop = asyncio.get_running_loop()
            provider, began = make(), loop.time()

            def note(event: BaseEvent) -> None:
                who = event.participant.id if event.participant else ""
                events.append(Event(round(1000 * (loop.time() - began)), who, event.type, event))

            provider.events.tap(note)
            for number in range(round(seconds / FRAME_S)):
                await asyncio.sleep(FRAME_S)
                if number not in lost:
                    place = {"pts": number * len(FRAME), "time_base": 1 / RATE} if with_pts else {}
                    for participant in participants:
                        await provider.process_audio(PcmData(RATE, "s16", FRAME, **place), participant)
            if then is not None:
                await then(provider)
            await asyncio.sleep(1.0)
            await provider.close()

        run(call())
        return events

    return hear


@pytest.fixture(scope="session")
def speaker() -> Callable[[str], Speaker]:
    return Speaker.of
