"""The agent's track gives a frame every 20 ms, whatever the load, until it is stopped."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

import simulator.clock
from agentkit.core.media import OutputTrack


class Counting:
    """An output whose samples count up."""

    def __init__(self) -> None:
        self.taken = 0

    def pull(self, n: int) -> NDArray[np.int16]:
        samples = np.arange(self.taken, self.taken + n).astype(np.int16)
        self.taken += n
        return samples


async def test_frames_carry_the_sound_of_the_output_in_the_form_webrtc_wants() -> None:
    output = Counting()
    track = OutputTrack(output)
    assert track.kind == "audio"
    assert track.output is output
    frames = [await track.recv() for _ in range(2)]
    for index, frame in enumerate(frames):
        assert (frame.format.name, frame.layout.name, frame.sample_rate) == ("s16", "mono", 48_000)
        assert (frame.pts, frame.time_base) == (960 * index, Fraction(1, 48_000))
        assert frame.to_ndarray()[0].tolist() == list(range(960 * index, 960 * index + 960))


def test_each_frame_is_due_20_ms_after_the_one_before() -> None:
    async def call() -> None:
        now, track = asyncio.get_running_loop().time, OutputTrack(Counting())
        await asyncio.sleep(1.234)
        start = now()
        for index in range(3000):
            await track.recv()
            assert now() - start == pytest.approx(0.020 * index, abs=1e-9)

    simulator.clock.run(call())


def test_a_late_receiver_catches_up_without_waiting() -> None:
    async def call() -> None:
        now, track = asyncio.get_running_loop().time, OutputTrack(Counting())
        start = now()
        await track.recv()
        await asyncio.sleep(0.05)
        taken = []
        for _ in range(4):
            await track.recv()
            taken.append(now() - start)
        assert taken == pytest.approx([0.05, 0.05, 0.06, 0.08])

    simulator.clock.run(call())


async def test_a_stopped_track_gives_no_more_frames_not_even_to_who_waits() -> None:
    track = OutputTrack(Counting())
    await track.recv()
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await waiting
    with pytest.raises(MediaStreamError):
        await track.recv()
