"""Finding a recording by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.media.clips import MediaError, find_clip


def write_wav(path: Path, samples: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def silence_then_tone(silence_s: float, tone_s: float = 0.5) -> np.ndarray:
    tone = 8000 * np.sin(np.arange(round(tone_s * 16_000)) * 0.3)
    return np.concatenate([np.zeros(round(silence_s * 16_000)), tone])


@pytest.mark.parametrize("name", ["go-forward", "go-forward.wav", "people/go-forward.wav"])
def test_a_shipped_clip_is_found_with_or_without_its_ending(name: str) -> None:
    clip = find_clip(name)
    assert clip.name == "go-forward"
    assert clip.text == "Go forward ten meters."
    assert [word.text for word in clip.words] == ["Go", "forward", "ten", "meters."]
    assert clip.kind == "speech"
    assert clip.licence == "BSD-2-Clause"


def test_a_scenarios_own_clip_is_preferred_to_a_shipped_one(tmp_path: Path) -> None:
    own = write_wav(tmp_path / "go-forward.wav", silence_then_tone(0.1))
    assert find_clip("go-forward", folders=[tmp_path]).path == own


def test_a_scenarios_clips_may_lie_in_its_fixtures_folder(tmp_path: Path) -> None:
    own = write_wav(tmp_path / "fixtures" / "wait-stop.wav", silence_then_tone(0.1))
    assert find_clip("wait-stop.wav", folders=[tmp_path / "elsewhere", tmp_path]).path == own


def test_a_clip_without_a_sidecar_has_no_words_but_a_length_and_an_onset(tmp_path: Path) -> None:
    write_wav(tmp_path / "mumble.wav", silence_then_tone(0.3, 0.5))
    clip = find_clip("mumble", folders=[tmp_path])
    assert (clip.words, clip.text, clip.kind) == ((), "", "speech")
    assert clip.duration == pytest.approx(0.8)
    assert clip.first_voiced_s == pytest.approx(0.3, abs=0.005)


def test_a_short_sidecar_is_enough(tmp_path: Path) -> None:
    write_wav(tmp_path / "wait.wav", silence_then_tone(0.2, 0.3))
    words = [{"text": "wait", "start": 0.25, "end": 0.4}]
    (tmp_path / "wait.json").write_text(json.dumps({"text": "wait", "words": words}))
    clip = find_clip("wait", folders=[tmp_path])
    assert clip.first_voiced_s == 0.25
    assert clip.duration == pytest.approx(0.5)


def test_a_misspelt_clip_is_answered_with_the_nearest_names_and_the_folders(tmp_path: Path) -> None:
    write_wav(tmp_path / "opening-hours.wav", silence_then_tone(0.1))
    with pytest.raises(MediaError) as refusal:
        find_clip("openning-hours.wav", folders=[tmp_path])
    assert "did you mean opening-hours?" in str(refusal.value)
    assert str(tmp_path / "fixtures") in str(refusal.value)


@pytest.mark.parametrize("name", ["xyzzy", "", ".", "..", "people", "a" * 5000, "nul\0byte"])
def test_a_name_that_is_no_recording_is_answered_with_what_there_is(name: str) -> None:
    with pytest.raises(MediaError, match="ask-not"):
        find_clip(name)


def test_a_folder_that_is_called_like_a_recording_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").mkdir()
    with pytest.raises(MediaError, match=r"'hello' is no recording: .*hello\.wav is a folder"):
        find_clip("hello", folders=[tmp_path])


def test_a_file_that_is_no_recording_is_refused_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk")
    with pytest.raises(MediaError, match=r"notes\.txt: expected"):
        find_clip("notes.txt", folders=[tmp_path])


def test_an_installed_package_finds_the_clips_it_was_shipped_with(tmp_path: Path) -> None:
    package = Path(simulator.__file__).parent
    installed = tmp_path / "simulator"
    installed.mkdir()
    shutil.copy(package / "__init__.py", installed)
    shutil.copytree(package / "media", installed / "media")
    shutil.copytree(package.parent / "fixtures", installed / "fixtures")
    program = "from simulator.media.clips import find_clip; print(find_clip('okay').path)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(answer.stdout.strip()) == installed / "fixtures" / "people" / "okay.wav"


def test_finding_a_clip_does_not_load_the_decoders() -> None:
    program = (
        "import sys; from simulator.media.clips import find_clip; find_clip('okay'); "
        "print({'av', 'getstream', 'numpy'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
