"""What a call cannot do without: its ticks, its resampling and, with a real detector, the detector's inference."""

from __future__ import annotations

import asyncio

import numpy as np
import soxr
from numpy.typing import NDArray

from agentkit.core.media.output import Samples
from agentkit.plugins import silero
from benchmarks.conversation import DURATION_S
from simulator.clock import run
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE

TICK_S = 0.02
TICKS = round(DURATION_S / TICK_S)
LISTENING_RATE, SPEAKING_RATE = 16_000, 24_000
WINDOW = 512

Windows = list[memoryview]


def ticks_alone() -> None:
    """One callback every 20 ms of 60 s, each of which sets the next."""
    _every_tick([], [])


def ticks_and_resampling(microphone: list[Samples], speech: list[Samples]) -> None:
    """The same, and in each tick one of the microphone's frames to 16 kHz and the agent's next sound to 48 kHz."""
    _every_tick(microphone, speech)


def frames(sound: Samples) -> list[Samples]:
    """The 48 kHz ``sound`` of a microphone as the frames of 20 ms in which it arrives."""
    return [sound[start : start + FRAME_SAMPLES] for start in range(0, len(sound), FRAME_SAMPLES)]


def pieces(speech: list[Samples], chunk_ms: float) -> list[Samples]:
    """``speech`` at 24 kHz in the chunks in which a voice delivers it."""
    size = round(SPEAKING_RATE * chunk_ms / 1000)
    return [sound[start : start + size] for sound in speech for start in range(0, len(sound), size)]


def windows(microphone: Samples) -> Windows:
    """What Silero gets to see of the 48 kHz ``microphone``: windows of 512 float32 samples at 16 kHz."""
    sound = soxr.resample(microphone.astype(np.float32) / 32768, SAMPLE_RATE, LISTENING_RATE, "HQ")
    count = len(sound) // WINDOW
    return [window.data for window in np.ascontiguousarray(sound[: count * WINDOW]).reshape(count, WINDOW)]


def inference_alone(detector: silero.Detector, windows: Windows) -> None:
    """The model, window after window, and nothing else."""
    detector.reset()
    for window in windows:
        detector.process(window)


def _every_tick(microphone: list[Samples], speech: list[Samples]) -> None:
    run(_tick_through(microphone, speech))


async def _tick_through(microphone: list[Samples], speech: list[Samples]) -> None:
    loop = asyncio.get_running_loop()
    start, over = loop.time(), loop.create_future()
    down = soxr.ResampleStream(SAMPLE_RATE, LISTENING_RATE, 1, "float32", "HQ")
    up = soxr.ResampleStream(SPEAKING_RATE, SAMPLE_RATE, 1, "float32", "HQ")
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        if ticks == TICKS:
            over.set_result(None)
            return
        if ticks < len(microphone):
            resample(down, microphone[ticks])
        if ticks < len(speech):
            resample(up, speech[ticks])
        ticks += 1
        loop.call_at(start + ticks * TICK_S, tick)

    loop.call_at(start, tick)
    await over


class BareLine:
    """A call without a framework: what comes in and what goes out is resampled, and every 20 ms a frame is taken."""

    def __init__(self, speech: list[Samples]) -> None:
        self.track = self
        self._speech = speech
        self._down = soxr.ResampleStream(SAMPLE_RATE, LISTENING_RATE, 1, "float32", "HQ")
        self._up = soxr.ResampleStream(SPEAKING_RATE, SAMPLE_RATE, 1, "float32", "HQ")
        self._start = 0.0
        self._frames = 0

    def hear(self, samples: Samples, position: int) -> None:
        """Resample what the person says."""
        resample(self._down, samples)

    async def talk(self) -> None:
        """Resample what an agent would say."""
        for piece in self._speech:
            resample(self._up, piece)

    async def recv(self) -> None:
        """Return when the next frame is due."""
        loop = asyncio.get_running_loop()
        self._start = self._start or loop.time()
        await asyncio.sleep(self._start + self._frames * TICK_S - loop.time())
        self._frames += 1


def resample(stream: soxr.ResampleStream, samples: Samples) -> NDArray[np.int16]:
    """The next piece of a stream, int16 in and out."""
    sound = stream.resample_chunk(samples.astype(np.float32))
    np.rint(sound, sound)
    return sound.clip(-32768, 32767, sound).astype(np.int16)
