"""Sharing what can be heard, in a file and in Python."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.scenario import Scenario, ScenarioError, load_scenario
from simulator.scenario.model.scenario import Person
from simulator.scenario.playing.runner import Outcome, run_scenario
from simulator.scenario.playing.stage import Stage

ROOT = Path(__file__).parents[3] / "scenarios" / "video"


def scenario(folder: Path, people: str, script: str) -> Scenario:
    """A scenario beside the shipped videos."""
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    file = folder / "shared.yaml"
    steps = textwrap.indent(textwrap.dedent(script), "  ")
    file.write_text(f"name: shared\npeople: {people}\nscript:\n{steps}")
    return load_scenario(file)


def played(outcome: Outcome) -> list[tuple[str, str]]:
    """What was shown and heard of screens: track and file."""
    assert [failure.message for failure in outcome.failures] == []
    return [
        (record.data["track"], record.data["clip"])
        for record in outcome.trace.records
        if record.kind in ("shows", "plays")
    ]


@pytest.mark.parametrize(
    ("alice", "expected"),
    [
        ("{screen: film.mp4}", ["screen film.mp4", "screen-audio film.mp4"]),
        ("{screen: film.mp4, screen_sound: true}", ["screen film.mp4", "screen-audio film.mp4"]),
        ("{screen: film.mp4, screen_sound: false}", ["screen film.mp4"]),
        ("{screen: slides.mp4}", ["screen slides.mp4"]),
        ("{screen_sound: film.mp4}", ["screen-audio film.mp4"]),
        ("{screen_sound: huff, mic: false}", ["screen-audio huff.wav"]),
        ("{screen: slides.mp4, screen_sound: huff.wav}", ["screen slides.mp4", "screen-audio huff.wav"]),
        ("{screen: film.mp4, screen_sound: huff.wav}", ["screen film.mp4", "screen-audio huff.wav"]),
    ],
)
def test_people_share_from_the_moment_they_join(alice: str, expected: list[str], tmp_path: Path) -> None:
    call = scenario(tmp_path, f"{{alice: {alice}}}", "- alice: joins\n- wait: 100ms\n")
    outcome = run_scenario(call, agent="examples.concierge:create_agent")
    assert [f"{track.removeprefix('alice:')} {clip}" for track, clip in played(outcome)] == expected


def test_a_sound_that_is_shared_already_goes_on_when_a_screen_comes_to_it(tmp_path: Path) -> None:
    script = """\
        - alice: joins
        - alice: shares sound huff.wav
        - alice: shares screen film.mp4
        - alice: stops sharing
        - alice: shares screen film.mp4
        - wait: 100ms
    """
    outcome = run_scenario(scenario(tmp_path, "{alice: {}}", script), agent="examples.concierge:create_agent")
    assert played(outcome) == [
        ("alice:screen-audio", "huff.wav"),
        ("alice:screen", "film.mp4"),
        ("alice:screen", "film.mp4"),
        ("alice:screen-audio", "film.mp4"),
    ]
    assert (
        len(outcome.trace.select("alice", "audio.stopped")) == 2
    )  # once by her, once at the end of the call


@pytest.mark.agent("examples.concierge:create_agent")
async def test_in_python_it_is_the_same(call: Stage) -> None:
    alice = await call.join("alice", screen_sound="huff.wav")
    await call.wait(0.1)
    assert call.trace.select("alice", "audio.started")
    alice.stops_sharing()
    assert call.trace.select("alice", "audio.stopped")
    moment = alice.shares_sound()
    assert moment.at_ns == 100_000_000
    await call.wait(0.5)
    alice.stops_sharing()
    alice.shares_sound("okay.wav")
    await call.wait(0.5)
    assert [r.data["clip"] for r in call.trace.select("alice", "plays")] == ["huff.wav"] * 2 + ["okay.wav"]
    assert not call.trace.select(kind="vad.speech_started")
    assert not call.trace.select("alice", "voice.started")


def test_a_film_is_told_by_its_sound_too_when_a_call_is_compared_with_another(tmp_path: Path) -> None:
    digests = []
    for number, sound in enumerate(("true", "true", "false", "huff.wav")):
        folder = tmp_path / str(number)
        folder.mkdir()
        call = scenario(
            folder, f"{{alice: {{screen: film.mp4, screen_sound: {sound}}}}}", "- alice: joins\n- wait: 2s\n"
        )
        outcome = run_scenario(call, agent="examples.concierge:create_agent")
        (recorded,) = outcome.trace.select("call", "sound")
        digests.append((outcome.trace.digest(), recorded.data["sha256"]))
    assert digests[0] == digests[1]
    assert len({digest for digest, _ in digests}) == len({sound for _, sound in digests}) == 3


def test_the_model_takes_what_the_file_takes() -> None:
    assert Person().screen_sound is True
    assert Person(screen_sound="radio.wav").screen_sound == "radio.wav"
    with pytest.raises(ValidationError):
        Person(screen_sound="")


WRONG = {
    "{alice: {«scren_sound: true}}": "did you mean 'screen_sound'?",
    "{alice: {screen_sound: «[1]}}": "expected true, false or the name of a clip, found a list",
    "{alice: {screen_sound: «hufff.wav}}": "did you mean huff?",
    "{alice: {screen_sound: «slides.mp4}}": "expected sound, found none in it",
    "{alice: {screen_sound: «../radio.wav}}": "outside",
    "{alice: {screen: «okay.wav}}": "no video called 'okay.wav'",
}
"""With « where the complaint has to point."""


@pytest.mark.parametrize("people", WRONG)
def test_a_wrong_sound_is_refused_where_it_stands(people: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(tmp_path, people.replace("«", ""), "- wait: 1s\n")
    assert WRONG[people] in str(caught.value)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, f"people: {people}".index("«") + 1)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("alice: shares sound", "alice has no sound to share"),
        ("alice: shares sonud huff.wav", "did you mean 'shares sound'?"),
        ("alice: shares sound hufff.wav", "did you mean huff?"),
        ("alice: shares sound slides.mp4", "expected sound, found none in it"),
    ],
)
def test_a_wrong_step_is_refused_with_the_nearest_word(step: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario(tmp_path, "{alice: {}}", f"- alice: joins\n- {step}\n")
    assert told in str(caught.value)
    assert [problem.line for problem in caught.value.problems] == [5]


def test_a_film_whose_sound_cannot_be_shared_is_refused_unless_it_is_not(tmp_path: Path) -> None:
    """Its pictures are well; its sound has six channels."""
    import av

    with av.open(str(tmp_path / "cinema.mkv"), "w") as container:
        pictures = container.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=48_000, layout="5.1")
        noise = av.AudioFrame.from_ndarray(np.zeros((1, 6 * 4_800), np.int16), format="s16", layout="5.1")
        noise.sample_rate = 48_000
        container.mux(sound.encode(noise))
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        container.mux([*pictures.encode(picture), *pictures.encode(None)])
    with pytest.raises(ScenarioError, match="expected 1 channel or 2, which are mixed, found 6"):
        scenario(tmp_path, "{alice: {screen: cinema.mkv}}", "- alice: joins\n")
    (tmp_path / "fixtures").unlink()
    assert scenario(tmp_path, "{alice: {screen: cinema.mkv, screen_sound: false}}", "- alice: joins\n").script
