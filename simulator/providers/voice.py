"""A voice made of harmonics: what text sounds like when only rhythm, pitch and loudness have to be right.

Every syllable is a steady vowel with an envelope: one period of its waveform, shaped by the vowel's formants,
repeated. It is no word anybody would understand, but it is as long, as loud and as continuous as speech, and
the same text is the same sound in every process.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agentkit.core.tts import SpokenWord

Float32 = NDArray[np.float32]

PEAK = 0.5
"""Of full scale: -6 dBFS."""
FLOOR = 0.08
"""Of the peak: how loud the voice stays between words, so that a sentence is one span of sound."""
PITCH_HZ = (130.0, 95.0)
"""Of a man's voice, at the beginning and at the end of a sentence."""

FORMANTS_HZ = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "": (500, 1500, 2500),
}
"""Averages of men's vowels in Peterson and Barney, "Control methods used in a study of the vowels" (1952); ""
is a neutral tube of 17.5 cm.
"""
BANDWIDTHS_HZ = (60, 90, 150)
HIGHEST_HARMONIC_HZ = 4000
LEAST_HZ = 2 * HIGHEST_HARMONIC_HZ
"""The lowest sample rate that can hold it."""

SYLLABLE, GAP, COMMA, STOP = 0.6, 0.11, 0.33, 0.38
"""A vowel, and the gap after a word, a comma and a sentence, in parts of the mean duration of a word."""
LONGEST_GAP_S = 0.14
RISE_S, FALL_S = 0.025, 0.045

_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœ]+|\d")
_SILENT_E = re.compile(r"(?<=[^aeiouyl\W])e$|(?<=[^aeiouylcgshxz\W])es$")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound, int16 mono, and when each word of the text is in it."""

    samples: NDArray[np.int16]
    words: tuple[SpokenWord, ...]


def check_voice(of: str, sample_rate: int, **rates: float) -> None:
    """Refuse, as a parameter of the class ``of``, what no voice can have. Raises `ValueError`."""
    for name, value in rates.items():
        if not value > 0:
            raise ValueError(f"{of}({name}): expected more than 0, got {value!r}")
    if sample_rate < LEAST_HZ:
        raise ValueError(f"{of}(sample_rate): expected {LEAST_HZ} Hz or more, got {sample_rate!r}")


def speak(text: str, rate_wpm: float, sample_rate: int) -> Spoken:
    """Speak ``text`` at ``rate_wpm`` words a minute, into sound of ``sample_rate`` Hz."""
    mean_s = 60 / rate_wpm
    pieces: list[Float32] = []
    words: list[SpokenWord] = []
    position = 0
    for word, progress in _intonated(text.split()):
        pitch_hz = PITCH_HZ[0] + (PITCH_HZ[1] - PITCH_HZ[0]) * progress
        period = round(sample_rate / pitch_hz)
        start = end = position
        gap = round(sample_rate * min(LONGEST_GAP_S, mean_s * _gap_after(word)))
        vowels = syllables(word)
        for index, vowel in enumerate(vowels):
            voiced = round(sample_rate * mean_s * SYLLABLE)
            last = index == len(vowels) - 1
            sound = _syllable(vowel, period, voiced, gap if last else 0, sample_rate)
            pieces.append(sound if index == 0 else sound * np.float32(0.85))
            end += voiced
        position = end + gap
        if not vowels:
            pieces.append(np.zeros(gap, np.float32))
        words.append(SpokenWord(word, start / sample_rate, end / sample_rate))
    if not pieces:
        return Spoken(np.empty(0, np.int16), ())
    sound = np.concatenate(pieces)
    fade = min(len(sound), round(sample_rate * FALL_S))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return Spoken((sound * np.float32(32767)).astype(np.int16), tuple(words))


def syllables(word: str) -> list[str]:
    """The vowel of each syllable of ``word``: a key of `FORMANTS_HZ`. Nothing to say, such as a dash, has
    none.
    """
    letters = word.lower().strip("\"'.,;:!?()[]-–—")
    groups = _VOWELS.findall(letters)
    if len(groups) > 1 and _SILENT_E.search(letters):
        groups.pop()
    if not groups:
        return [""] * ((sum(map(str.isalnum, letters)) + 2) // 3)
    return [group[0] if group[0] in FORMANTS_HZ else "i" if group[0] == "y" else "" for group in groups]


def _intonated(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Each word with how far its sentence has come: 0.0 with the first word, 1.0 with the last."""
    sentence: list[str] = []
    for index, word in enumerate(words):
        sentence.append(word)
        if word.endswith((".", "!", "?")) or index == len(words) - 1:
            yield from ((said, place / max(1, len(sentence) - 1)) for place, said in enumerate(sentence))
            sentence = []


def _gap_after(word: str) -> float:
    if word.endswith((".", "!", "?")):
        return STOP
    return COMMA if word.endswith((",", ";", ":", "-", "–", "—")) else GAP


@functools.lru_cache(maxsize=1024)
def _syllable(vowel: str, period: int, voiced: int, gap: int, sample_rate: int) -> Float32:
    sound = np.resize(_period(vowel, period, sample_rate), voiced + gap)
    sound *= _envelope(voiced, gap, sample_rate)
    sound.setflags(write=False)
    return sound


@functools.lru_cache(maxsize=64)
def _envelope(voiced: int, gap: int, sample_rate: int) -> Float32:
    """From the floor up to 1, and down to the floor again, which lasts for ``gap`` samples."""
    rise, fall = round(sample_rate * RISE_S), round(sample_rate * FALL_S)
    level = np.full(voiced + gap, FLOOR, np.float32)
    shape = np.interp(np.arange(voiced), (0, rise, voiced - fall, voiced), (0.0, 1.0, 1.0, 0.0))
    level[:voiced] += (1 - FLOOR) * np.sin(0.5 * np.pi * shape) ** 2
    return level


@functools.lru_cache(maxsize=1024)
def _period(vowel: str, period: int, sample_rate: int) -> Float32:
    """One period of a vowel, ``period`` samples long, with its peak at `PEAK`."""
    pitch_hz = sample_rate / period
    number = np.arange(1, int(HIGHEST_HARMONIC_HZ / pitch_hz) + 1)[:, None]
    detuned = (number * pitch_hz - np.array(FORMANTS_HZ[vowel])) / (0.5 * np.array(BANDWIDTHS_HZ))
    gain = (1 / (1 + detuned**2)).sum(axis=1) ** 0.5 / number[:, 0]
    wave = gain @ np.sin(2 * np.pi / period * number * np.arange(period))
    scaled: Float32 = (wave * (PEAK / np.abs(wave).max())).astype(np.float32)
    return scaled
