"""Calls in real time, all on one loop: how much of the processor a second of a call takes.

In each a person talks without a pause, and frames of 20 ms come in on a grid of their own. What the agent plays is read
as WebRTC would read it. Used by the processes that measure other frameworks, too: asyncio alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol

FRAME_S = 0.02
FRAME_SAMPLES = 960
FRAMES_A_SECOND = 50

CALLS = 100
"""Enough to keep a core busy for a quarter of the time or more: in a loop that mostly sleeps, waking up costs more than
the work."""
MEASURED_S = 1.5
"""How long is measured, twice: while the agents listen, and while they talk as well."""
SETTLE_S = 0.25
"""How long a call goes on before."""
TALKING = 0.4
"""The part of the time in which the agents talk."""
SPEECH_S = TALKING * MEASURED_S

Frame = Any
"""20 ms of a microphone: 960 samples at 48 kHz, an array of int16."""


class Track(Protocol):
    """What an agent publishes."""

    def recv(self) -> Awaitable[object]:
        """Wait for the next 20 ms."""
        ...


class Line(Protocol):
    """A call as a framework has it: what the person says goes in, and the agent's track comes out."""

    @property
    def track(self) -> Track:
        """What the agent publishes."""
        ...

    @property
    def hear(self) -> Callable[[Frame, int], None]:
        """Takes the person's next 20 ms, which begin so many samples after the first."""
        ...

    async def talk(self) -> None:
        """Have the agent say `SPEECH_S` of sound."""
        ...


async def per_second_us(lines: Sequence[Line], frames: Sequence[Frame]) -> tuple[float, float]:
    """Microseconds of the processor for one second of one call: while the agent listens, and while it talks as well."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    microphones = [
        Microphone(line.hear, frames, start + number * FRAME_S / len(lines))
        for number, line in enumerate(lines)
    ]
    try:
        await asyncio.sleep(SETTLE_S)
        listening = await _us_a_second(len(lines))
        readers = [loop.create_task(_read(line.track)) for line in lines]
        await asyncio.sleep(SETTLE_S)
        talks = [loop.create_task(line.talk()) for line in lines]
        talking = await _us_a_second(len(lines))
        await _stop([*readers, *talks])
    finally:
        for microphone in microphones:
            microphone.close()
    return listening, talking


class Microphone:
    """Sends the next of ``frames`` every 20 ms, over and over."""

    def __init__(self, send: Callable[[Frame, int], None], frames: Sequence[Frame], start: float) -> None:
        self._send = send
        self._frames = frames
        self._start = start
        self._sent = 0
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_at(start, self._tick)

    def close(self) -> None:
        """Send no more."""
        self._timer.cancel()

    def _tick(self) -> None:
        self._send(self._frames[self._sent % len(self._frames)], self._sent * FRAME_SAMPLES)
        self._sent += 1
        self._timer = self._loop.call_at(self._start + self._sent * FRAME_S, self._tick)


async def _us_a_second(calls: int) -> float:
    loop = asyncio.get_running_loop()
    began, processor = loop.time(), time.process_time()
    await asyncio.sleep(MEASURED_S)
    return 1e6 * (time.process_time() - processor) / (loop.time() - began) / calls


async def _read(track: Track) -> None:
    while True:
        await track.recv()


async def _stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
