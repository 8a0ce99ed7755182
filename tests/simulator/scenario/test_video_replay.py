"""A person who is a video: what the models see of it is what the trace says, in step with the sound."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from agentkit.core import Agent
from examples import onlooker
from simulator.providers import ScriptedVLM, Sight
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import Outcome, run_scenario

ROOT = Path(__file__).parents[3] / "scenarios" / "video"
CARD = ROOT / "fixtures" / "card.mp4"
FRAME_S = 0.1
"""How long a picture of ``card.mp4`` stands."""


def watched(name: str, **options: Any) -> tuple[Outcome, list[Sight]]:
    """The scenario played with a model that watches so often, and what that was shown."""
    made: list[ScriptedVLM] = []

    async def create_agent(**parts: Any) -> Agent:
        made.append(ScriptedVLM(views=onlooker.VIEWS, default="I see something.", **options))
        return await onlooker.create_agent(**parts, llm=made[-1])

    return run_scenario(load_scenario(ROOT / f"{name}.yaml"), agent=create_agent), made[0].seen


def read(outcome: Outcome) -> list[tuple[int, str, float]]:
    """When which frame of which track was read: ns, track, its own time in s."""
    return [
        (r.t_ns, r.data["track"], float(r.data["pts"] * Fraction(r.data["time_base"])))
        for r in outcome.trace.select(kind="video.frame")
    ]


@pytest.mark.parametrize("name", ["answers-what-is-shown", "screen-before-camera", "camera-off"])
def test_a_model_that_looks_at_every_frame_is_shown_exactly_those_in_the_trace(name: str) -> None:
    outcome, seen = watched(name, fps=30)
    shown = [(sight.track_id, sight.pts_s) for sight in seen]
    assert shown == [(track, pts_s) for _, track, pts_s in read(outcome)]
    assert len(shown) >= 9


def test_a_model_that_looks_once_a_second_is_shown_some_of_those_in_the_trace() -> None:
    outcome, seen = watched("answers-what-is-shown", fps=1)
    in_trace = [pts_s for _, _, pts_s in read(outcome)]
    assert [sight.pts_s for sight in seen] == in_trace[::10]


def test_no_frame_is_read_before_its_time_and_none_later_than_the_next_is_due() -> None:
    outcome, _ = watched("answers-what-is-shown", fps=30)
    (plays,) = outcome.trace.select("alice", "says")
    late = [t_ns / 1e9 - plays.data["at_ns"] / 1e9 - pts_s for t_ns, _, pts_s in read(outcome)]
    assert min(late) >= -1e-9
    assert max(late) < FRAME_S


def test_the_picture_changes_within_a_frame_of_the_voice_that_begins_with_it() -> None:
    """Held against the sound that the call measured, and against the file, not against each other's plans."""
    outcome, seen = watched("answers-what-is-shown", fps=30)
    assert [sight.colour for sight in seen[:12]] == ["red"] * 11 + ["blue"]
    turned_s = next(
        t_ns / 1e9 for (t_ns, _, _), sight in zip(read(outcome), seen, strict=True) if sight.colour == "blue"
    )
    (voice, *_) = outcome.trace.select("alice", "voice.started")
    assert abs(turned_s - voice.at_ns / 1e9) <= FRAME_S


def test_the_shipped_video_says_in_its_sidecar_when_she_speaks_and_turns_blue_then() -> None:
    said = json.loads(CARD.with_suffix(".json").read_text())
    with av.open(str(CARD)) as container:
        pictures = [frame.time for frame in container.decode(video=0)]
    assert said["words"][0]["start"] == pytest.approx(pictures[11])
    assert said["licence"] == "BSD-2-Clause"
