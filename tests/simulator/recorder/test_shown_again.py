"""What people showed in a recorded call is shown again in its scenario, and nobody hears it as their voice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.recorder.conversion import convert
from simulator.recorder.retelling.recorded import RecordingError
from simulator.scenario.playing.runner import run_scenario
from tests.simulator.recorder.recorded_scenarios import heard, recorded


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown") / "call"
    recorded("video/camera-off.yaml", folder)
    return folder


@pytest.fixture
def folder(recording: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recording, tmp_path / "call"))


def test_a_camera_is_turned_on_and_off_when_it_was(folder: Path) -> None:
    made = convert(folder, texts=True)
    shows = [line.strip() for line in made.path.read_text().splitlines() if "camera" in line]
    assert shows == [
        "- alice: turns camera on alice-camera-1.webm",
        "- alice: turns camera off",
        "- alice: turns camera on alice-camera-2.webm",
    ]
    after = run_scenario(made.scenario)
    assert not after.failures
    assert heard(after) == ["I see your face.", "I cannot see you.", "I see your face."]


def test_the_sound_of_a_screen_is_kept_apart_from_the_voice(tmp_path: Path) -> None:
    before = recorded("video/film-with-sound.yaml", tmp_path / "call")
    made = convert(tmp_path / "call", texts=True)
    assert "alice: shares sound alice-screen-sound-1.wav" in made.path.read_text()
    assert [clip.name for clip in (tmp_path / "call" / "shared").iterdir()] == ["alice.wav"]
    assert made.clips == 2, "what she said herself"
    after = run_scenario(made.scenario)
    assert not after.failures
    assert heard(after) == heard(before)


def test_damaged_pictures_are_refused_in_one_line_and_nothing_is_left_behind(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next((folder / "pictures").iterdir()).write_bytes(b"RIFF")
    assert main(["scenario", "from-recording", str(folder)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "pictures/" in told
    assert not (folder / "scenario.yaml").exists()
    assert not any((folder / "fixtures").glob("*"))


def test_pictures_from_elsewhere_are_refused(folder: Path) -> None:
    trace = folder / "trace.jsonl"
    kept = json.dumps("pictures/alice%3Avideo.webm")
    trace.write_text(trace.read_text().replace(kept, json.dumps("../../somebody.webm")))
    with pytest.raises(RecordingError, match="expected a file in pictures/"):
        convert(folder)
