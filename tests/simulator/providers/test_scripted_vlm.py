"""A scripted model sees what it is shown, remembers it, and answers by it."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import numpy as np
import pytest
from av import VideoFrame

from agentkit.core.media import QueuedVideoTrack, VideoForwarder
from simulator.clock import run
from simulator.providers import ScriptedVLM
from simulator.providers.vlm import colour_of

COLOURS = {"red": (220, 20, 30), "blue": (10, 20, 250), "grey": (120, 130, 125), "yellow": (250, 240, 10)}


def picture(colour: str, ms: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(np.full((48, 64, 3), COLOURS[colour], np.uint8), format="rgb24")
    frame.pts, frame.time_base = ms, Fraction(1, 1000)
    return frame.reformat(format="yuv420p")


async def show(track: QueuedVideoTrack, colours: list[str], every_s: float = 1.0) -> None:
    for number, colour in enumerate(colours):
        track.write(picture(colour, round(1000 * number * every_s)))
        await asyncio.sleep(every_s)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_goes_by_its_name(colour: str) -> None:
    assert colour_of(picture(colour, 0)) == colour


def test_it_remembers_each_frame_and_when_it_came() -> None:
    async def watch() -> ScriptedVLM:
        vlm, track = ScriptedVLM(fps=2), QueuedVideoTrack()
        await vlm.watch_video_track(track)
        await show(track, ["red", "blue", "blue"], every_s=0.25)
        await vlm.close()
        return vlm

    vlm = run(watch())
    assert [(sight.at_s, sight.pts_s, sight.colour) for sight in vlm.seen] == [
        (1000.0, 0.0, "red"),
        (1000.5, 0.5, "blue"),
    ]
    assert {(sight.width, sight.height) for sight in vlm.seen} == {(64, 48)}


def test_it_answers_by_what_is_in_view() -> None:
    async def ask() -> list[str]:
        vlm = ScriptedVLM(
            rules={"good bye*": "Bye."},
            views={"nothing": "I cannot see you.", "*, red": "Red.", "3 frames, *": "Three."},
            default="Something.",
        )
        track = QueuedVideoTrack()
        answers = [(await vlm.simple_response("what do you see?")).text]
        await vlm.watch_video_track(track)
        for colour, ms in (("red", 0), ("blue", 1000), ("blue", 2000)):
            track.write(picture(colour, ms))
            await asyncio.sleep(0.1)
            answers.append((await vlm.simple_response("and now?")).text)
        answers.append((await vlm.simple_response("Good bye then")).text)
        await vlm.stop_watching_video_track()
        answers.append((await vlm.simple_response("and now?")).text)
        return answers

    assert run(ask()) == ["I cannot see you.", "Red.", "Something.", "Three.", "Bye.", "I cannot see you."]


def test_only_the_last_seconds_are_in_view() -> None:
    async def watch() -> list[str]:
        vlm, track, views = ScriptedVLM(fps=1, frame_buffer_seconds=3), QueuedVideoTrack(), []
        await vlm.watch_video_track(track)
        for number in range(5):
            track.write(picture("grey", 1000 * number))
            await asyncio.sleep(1)
            views.append(vlm.view)
        await vlm.close()
        return views

    assert run(watch()) == ["1 frame, grey", "2 frames, grey", *["3 frames, grey"] * 3]


def test_it_stops_only_a_forwarder_of_its_own() -> None:
    async def watch() -> tuple[bool, bool]:
        track = QueuedVideoTrack()
        shared = VideoForwarder(track, shared=True)
        await shared.start()
        vlm = ScriptedVLM()
        await vlm.watch_video_track(track, shared_forwarder=shared)
        await vlm.close()
        still = shared.running
        await shared.stop()
        return still, shared.running

    assert run(watch()) == (True, False)


def test_watching_another_track_ends_watching_the_first() -> None:
    async def watch() -> list[str]:
        vlm, first, second = ScriptedVLM(fps=10), QueuedVideoTrack(), QueuedVideoTrack()
        await vlm.watch_video_track(first)
        await vlm.watch_video_track(second)
        await asyncio.gather(show(first, ["red"] * 3), show(second, ["blue"] * 3))
        assert vlm.watching == second.id
        await vlm.close()
        return [sight.colour for sight in vlm.seen]

    assert run(watch()) == ["blue"] * 3
