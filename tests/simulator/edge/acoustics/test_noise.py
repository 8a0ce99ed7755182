"""Noise that goes on for ever, and the pink kind against theory."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from simulator.edge.acoustics.level import in_frames, powers, voiced
from simulator.edge.acoustics.noise import PINK_RMS, SEAM, Noise, endless, pink
from simulator.edge.surroundings import noise_called
from simulator.media.clips import find_clip
from simulator.media.decode import SpeechAudio, decode_audio
from simulator.media.errors import MediaError
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, Samples


def recording(samples: Samples) -> SpeechAudio:
    return SpeechAudio(Path("noise.wav"), samples)


def sound_of(noise: Noise) -> np.ndarray:
    return noise.frames.reshape(-1).astype(float)


# -- pink -------------------------------------------------------------------------------------------------------------


def test_pink_noise_is_as_loud_in_every_octave() -> None:
    spectrum = np.abs(np.fft.rfft(sound_of(pink()))) ** 2
    hertz = np.fft.rfftfreq(len(sound_of(pink())), 1 / SAMPLE_RATE)
    edges = [20.0 * 2**n for n in range(10)]
    octaves = [spectrum[(hertz >= low) & (hertz < high)].sum() for low, high in itertools.pairwise(edges)]
    in_db = 10 * np.log10(octaves)
    assert np.abs(in_db - in_db.mean()).max() < 0.25
    assert spectrum[hertz < 19].sum() < 1e-3 * spectrum.sum()


def test_pink_noise_sounds_like_noise_and_not_like_clicks() -> None:
    sound = sound_of(pink())
    assert sound.std() == pytest.approx(PINK_RMS, rel=0.001)
    kurtosis = np.mean((sound / sound.std()) ** 4)
    assert kurtosis == pytest.approx(3, abs=0.1)  # that of a normal distribution
    each_second = sound.reshape(6, -1).std(axis=1)
    assert each_second.max() / each_second.min() < 1.3


def test_pink_noise_meets_its_own_beginning() -> None:
    sound = sound_of(pink())
    assert abs(sound[0] - sound[-1]) <= np.abs(np.diff(sound)).max()


# -- recorded ---------------------------------------------------------------------------------------------------------


def test_recorded_noise_is_what_was_recorded() -> None:
    original = decode_audio(find_clip("restaurant").path).samples
    frames = sound_of(noise_called("restaurant"))
    assert np.array_equal(frames[SEAM:], original[SEAM : len(frames)])
    assert len(frames) > 0.97 * len(original)


def test_the_end_of_recorded_noise_fades_into_its_beginning() -> None:
    rising = np.linspace(-8000, 8000, 3 * SAMPLE_RATE).astype(
        np.int16
    )  # cut and repeated, it would jump by 16,000
    sound = sound_of(endless(recording(rising)))
    assert np.abs(np.diff(np.concatenate([sound, sound]))).max() < 100


def test_noise_does_not_get_softer_where_it_meets_its_beginning() -> None:
    rng = np.random.default_rng(5)
    sound = sound_of(endless(recording(rng.normal(0, 3000, 4 * SAMPLE_RATE).astype(np.int16))))
    assert sound[:SEAM].std() == pytest.approx(3000, rel=0.05)


def test_what_is_too_short_or_silent_is_no_noise() -> None:
    with pytest.raises(MediaError, match=r"at least 1 s, found 0\.50 s"):
        endless(recording(np.ones(SAMPLE_RATE // 2, np.int16)))
    with pytest.raises(MediaError, match="silent"):
        endless(recording(np.zeros(2 * SAMPLE_RATE, np.int16)))
    with pytest.raises(MediaError, match="did you mean restaurant"):
        noise_called("restuarant")


# -- what is voice ----------------------------------------------------------------------------------------------------


def test_a_frame_holds_voice_when_it_is_not_far_below_the_loudest() -> None:
    levels = [0, 1000, 101, 99, 500, 0]
    frames = np.repeat(np.array(levels, np.int16)[:, np.newaxis], FRAME_SAMPLES, axis=1)
    assert list(voiced(powers(frames))) == [1, 2, 4]
    assert list(voiced(powers(frames[:1]))) == []
    assert list(voiced(powers(frames[:0]))) == []


def test_the_power_of_a_frame_is_exact() -> None:
    loudest = np.full((60, FRAME_SAMPLES), -32768, np.int16)
    assert list(powers(loudest)) == [FRAME_SAMPLES * 2**30] * 60


def test_a_clip_is_filled_up_to_whole_frames() -> None:
    frames = in_frames(np.ones(FRAME_SAMPLES + 1, np.int16))
    assert frames.shape == (2, FRAME_SAMPLES)
    assert frames.sum() == FRAME_SAMPLES + 1
