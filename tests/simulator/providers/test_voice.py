from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.providers.voice import speak, syllables

RATE = 24000
TEXT = (
    "Good evening, and welcome to the Harbour View. Our restaurant is open from half past six until ten thirty "
    "in the morning, and again from six in the evening until eleven at night. On Sundays we also serve brunch, "
    "which is very popular, so please reserve a table at the front desk. The swimming pool is on the third "
    "floor, next to the gymnasium, and it is open to all guests until nine."
)


def levels_db(samples: np.ndarray, frame_s: float = 0.02) -> np.ndarray:
    """The RMS level of each frame, in dB of full scale."""
    size = round(RATE * frame_s)
    frames = samples[: len(samples) // size * size].reshape(-1, size) / 32768
    return 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-9)


@pytest.mark.parametrize("rate_wpm", [120, 165, 220])
def test_speech_is_about_as_fast_as_asked(rate_wpm: float) -> None:
    spoken = speak(TEXT, rate_wpm, RATE)
    assert 60 * len(spoken.words) / (len(spoken.samples) / RATE) == pytest.approx(rate_wpm, rel=0.1)


def test_a_long_word_takes_longer_than_a_short_one() -> None:
    assert len(speak("information", 165, RATE).samples) > 2 * len(speak("if", 165, RATE).samples)


def test_the_peak_is_6_db_below_full_scale() -> None:
    peak = np.abs(speak(TEXT, 165, RATE).samples.astype(float)).max() / 32768
    assert 20 * np.log10(peak) == pytest.approx(-6, abs=0.2)


def test_speech_is_one_continuous_span_of_sound() -> None:
    assert levels_db(speak(TEXT, 165, RATE).samples)[:-2].min() > -45


def test_pitch_falls_over_the_sentence() -> None:
    samples = speak("a a a a a a a a a a a a.", 165, RATE).samples.astype(float)

    def pitch_hz(start_s: float) -> float:
        part = samples[round(start_s * RATE) :][:2400]
        correlation = np.correlate(part, part, "full")[len(part) :]
        return RATE / (np.argmax(correlation[150:400]) + 151)

    assert pitch_hz(0.06) == pytest.approx(130, rel=0.05)
    assert pitch_hz(len(samples) / RATE - 0.31) == pytest.approx(95, rel=0.05)


def test_synthesis_takes_less_than_a_hundredth_of_the_time_the_sound_lasts() -> None:
    began = time.process_time()
    spoken = speak(TEXT, 163, RATE)
    assert time.process_time() - began < 0.01 * len(spoken.samples) / RATE


def test_the_same_text_is_the_same_sound_in_every_process() -> None:
    code = (
        "import hashlib, sys; from simulator.providers.voice import speak; "
        "print(hashlib.sha256(speak(sys.argv[1], 165, 24000).samples.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, TEXT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(speak(TEXT, 165, RATE).samples.tobytes()).hexdigest()}


def test_a_dash_is_a_pause() -> None:
    spoken = speak("yes — no", 165, RATE)
    assert [word.text for word in spoken.words] == ["yes", "—", "no"]
    assert spoken.words[1].start_s == spoken.words[1].end_s


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("time", 1),
        ("table", 2),
        ("houses.", 2),
        ("restaurant", 3),
        ("hmm", 1),
        ("24", 2),
        ("—", 0),
        ("東京", 1),
    ],
)
def test_syllables_are_counted_as_people_would(word: str, count: int) -> None:
    assert len(syllables(word)) == count


@given(st.text(max_size=80))
def test_any_text_has_its_words_in_order_inside_its_sound(text: str) -> None:
    spoken = speak(text, 165, RATE)
    assert [word.text for word in spoken.words] == text.split()
    ends = [time for word in spoken.words for time in (word.start_s, word.end_s)]
    assert ends == sorted(ends)
    assert all(0 <= end <= len(spoken.samples) / RATE for end in ends)
