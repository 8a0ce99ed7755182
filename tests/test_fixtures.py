"""The shipped recordings are what their sidecars say, and may be shipped."""

from __future__ import annotations

import hashlib
import json
import wave
from pathlib import Path
from typing import Any

import pytest

from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDINGS = sorted(FIXTURES.glob("*/*.wav"))
SIDECAR_KEYS = ["text", "words", "voice", "kind", "duration", "source", "licence", "sha256"]

each_recording = pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)


def sidecar(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return found


@each_recording
def test_a_recording_comes_with_a_complete_sidecar(path: Path) -> None:
    assert list(sidecar(path)) == SIDECAR_KEYS


@each_recording
def test_a_recording_has_a_licence_and_its_notice_is_shipped(path: Path) -> None:
    licence = sidecar(path)["licence"]
    assert licence.split()[0] in {
        "public",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-4.0",
        "LicenseRef-CMU-ARCTIC",
    }
    assert f"`{path.parent.name}/{path.stem}`" in (FIXTURES / "LICENSES.md").read_text("utf-8")


@each_recording
def test_a_recording_is_the_one_its_sidecar_describes(path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sidecar(path)["sha256"]
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getnframes() / file.getframerate() == pytest.approx(sidecar(path)["duration"], abs=1e-6)


@each_recording
def test_words_are_in_order_inside_the_clip_and_make_up_its_text(path: Path) -> None:
    clip = find_clip(path.stem)
    times = [time for word in clip.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= clip.duration for time in times)
    assert " ".join(word.text for word in clip.words) == clip.text


@each_recording
def test_the_first_word_starts_where_the_sound_starts(path: Path) -> None:
    clip = find_clip(path.stem)
    heard = decode_audio(clip.path).first_voiced_s
    assert clip.first_voiced_s == pytest.approx(heard, abs=0.06)


@each_recording
def test_a_recording_is_in_the_table_of_the_readme(path: Path) -> None:
    assert f"| `{path.stem}` |" in (FIXTURES / "README.md").read_text("utf-8")


def test_the_recipe_makes_every_recording_and_no_other() -> None:
    recipe = json.loads((FIXTURES / "recipe.json").read_text("utf-8"))
    assert sorted(recipe["clips"]) == sorted(f"{path.parent.name}/{path.stem}" for path in RECORDINGS)


def test_names_are_unique_so_that_a_clip_is_found_by_name_alone() -> None:
    stems = [path.stem for path in RECORDINGS]
    assert len(set(stems)) == len(stems)


def test_there_is_something_to_say_to_interrupt_with_and_to_be_ignored() -> None:
    clips = [find_clip(path.stem) for path in RECORDINGS]
    assert len({clip.voice for clip in clips if clip.kind == "speech"}) >= 3
    assert sum(clip.kind == "speech" and clip.duration < 2 for clip in clips) >= 5
    assert sum(clip.kind == "speech" and 2 <= clip.duration <= 7 for clip in clips) >= 5
    assert {"back-channel", "noise"} <= {clip.kind for clip in clips}


def test_the_folder_stays_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()) < 4_000_000
