from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.plugins import silero
from agentkit.plugins.silero.vad import load
from simulator.clock import run

RATE = 16000
PEOPLE = Path(__file__).parents[3] / "fixtures" / "people"
SPOKEN = sorted(
    path for path in PEOPLE.glob("*.wav") if json.loads(path.with_suffix(".json").read_text())["words"]
)
ALICE, BOB = Participant(None, "alice", "alice"), Participant(None, "bob", "bob")


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(RATE * seconds), np.int16)


def noise(seconds: float, level: float) -> np.ndarray:
    """White noise with an RMS of ``level`` of full scale."""
    drawn = np.random.RandomState(7).randn(round(RATE * seconds))
    return (32768 * level * drawn).clip(-32768, 32767).astype(np.int16)


def events(
    sound: np.ndarray, sizes: Sequence[int] = (320,), vad: Callable[[], silero.VAD] = silero.VAD
) -> list[tuple[float, str]]:
    """What is said of ``sound``, cut into frames of ``sizes``, each with the seconds heard by then."""
    said: list[tuple[float, str]] = []

    async def listen() -> None:
        detector, position, number = vad(), 0, 0
        detector.events.tap(lambda event: said.append((position / RATE, event.type)))
        while position < len(sound):
            frame = sound[position : position + sizes[number % len(sizes)]]
            position, number = position + len(frame), number + 1
            await detector.process_audio(PcmData(RATE, "s16", frame), ALICE)
        await detector.close()

    run(listen())
    return said


def timed(path: Path) -> tuple[float, float, list[tuple[float, str]]]:
    """When a clip's first word starts and its last one ends, and what is said of it, in quiet surroundings."""
    words = json.loads(path.with_suffix(".json").read_text())["words"]
    said = events(np.concatenate([silence(0.5), read(path), silence(1.0)]))
    return 0.5 + words[0]["start"], 0.5 + words[-1]["end"], said


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.stem)
def test_speech_starts_with_the_first_word_and_ends_after_the_last(path: Path) -> None:
    first_s, last_s, said = timed(path)
    (started_s, started), (ended_s, ended) = said[0], said[-1]
    assert (started, ended) == ("vad.speech_started", "vad.speech_ended")
    assert first_s - 0.1 <= started_s <= first_s + 0.22  # a soft onset, as in "who", takes longest
    assert last_s <= ended_s <= last_s + 0.6


@pytest.mark.skipif(not SPOKEN, reason="no recorded people")
def test_most_people_are_heard_within_150_ms_of_their_first_word() -> None:
    late = [path.stem for path in SPOKEN if timed(path)[2][0][0] > timed(path)[0] + 0.15]
    assert len(late) <= len(SPOKEN) // 5, late


@pytest.mark.parametrize(
    "sound", [silence(3.0), noise(3.0, 0.001), noise(3.0, 0.02)], ids=["silence", "quiet", "loud"]
)
def test_silence_and_noise_are_no_speech(sound: np.ndarray) -> None:
    assert events(sound) == []


@pytest.mark.skipif(not SPOKEN, reason="no recorded people")
def test_how_the_sound_is_cut_makes_no_difference() -> None:
    sound = np.concatenate([silence(0.5), read(SPOKEN[0]), silence(1.0)])
    at_once, in_frames, ragged = (events(sound, sizes) for sizes in ((512,), (320,), (37, 900, 1)))
    assert [kind for _, kind in in_frames] == [kind for _, kind in ragged] == [kind for _, kind in at_once]
    assert [at for at, _ in in_frames] == pytest.approx([at for at, _ in at_once], abs=0.032)


@pytest.mark.skipif(not SPOKEN, reason="no recorded people")
def test_the_same_sound_gives_the_same_events_in_every_process() -> None:
    code = (
        "import runpy, sys; "
        "test = runpy.run_path(sys.argv[1]); print(test['events'](test['read'](test['SPOKEN'][0])))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, __file__],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


class Detector:
    """A model for which every window that is not silent is voice."""

    def __init__(self) -> None:
        self.resets = 0

    def process(self, data: memoryview) -> float:
        assert (data.format, len(data)) == ("f", 512)
        return float(max(map(abs, data)) > 0.0)

    def reset(self) -> None:
        self.resets += 1


def frame(level: float, samples: int = 512) -> np.ndarray:
    return np.full(samples, round(32767 * level), np.int16)


def test_everyone_is_heard_by_a_detector_of_their_own() -> None:
    said: list[BaseEvent] = []

    async def listen() -> None:
        vad = silero.VAD(client=Detector)
        vad.events.tap(said.append)
        for _ in range(3):
            await vad.process_audio(PcmData(RATE, "s16", frame(0.5)), ALICE)
            await vad.process_audio(PcmData(RATE, "s16", frame(0.0)), BOB)

    run(listen())
    assert [(event.type, event.participant) for event in said] == [("vad.speech_started", ALICE)]


def test_someone_who_left_in_the_middle_of_a_word_comes_back_as_new() -> None:
    said: list[str] = []

    async def listen() -> None:
        vad = silero.VAD(client=Detector)
        vad.events.tap(lambda event: said.append(event.type))
        for _ in range(2):
            for _ in range(2):
                await vad.process_audio(PcmData(RATE, "s16", frame(0.5, 600)), ALICE)
            vad.forget(ALICE)

    run(listen())
    assert said == ["vad.speech_started"] * 2


def test_the_detector_of_someone_who_left_is_reset_and_used_again() -> None:
    made: list[Detector] = []

    def make() -> Detector:
        made.append(Detector())
        return made[-1]

    async def listen() -> None:
        vad = silero.VAD(client=make)
        await vad.start()
        for participant in (ALICE, BOB):
            await vad.process_audio(PcmData(RATE, "s16", frame(0.5)), participant)
            vad.forget(participant)

    run(listen())
    assert [detector.resets for detector in made] == [2]


def test_float_samples_are_taken_as_they_are() -> None:
    heard: list[float] = []

    class Listening(Detector):
        def process(self, data: memoryview) -> float:
            heard.append(data[0])
            return 0.0

    async def listen() -> None:
        vad = silero.VAD(client=Listening)
        await vad.process_audio(PcmData(RATE, "f32", np.full(512, 0.25, np.float32)), ALICE)
        await vad.process_audio(PcmData(RATE, "s16", np.full(512, 8192, np.int16)), ALICE)

    run(listen())
    assert heard == [0.25, 0.25]


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (16000, 2)])
def test_sound_in_another_format_is_refused_with_what_it_is(rate: int, channels: int) -> None:
    samples = np.zeros((channels, 320) if channels > 1 else 320, np.int16)

    async def listen() -> None:
        await silero.VAD(client=Detector).process_audio(
            PcmData(rate, "s16", samples, channels=channels), ALICE
        )

    with pytest.raises(ValueError, match=f"mono at 16000 Hz, got {channels} channels at {rate} Hz"):
        run(listen())


def test_nothing_is_heard_after_closing() -> None:
    def never() -> Any:
        raise AssertionError("no detector is needed")

    async def listen() -> None:
        vad = silero.VAD(client=never)
        await vad.close()
        await vad.process_audio(PcmData(RATE, "s16", frame(0.5)), ALICE)

    run(listen())


def test_it_is_found_as_a_plugin() -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="agentkit.plugins", name="silero")
    assert found.load() is silero
    assert silero.VAD(client=Detector).provider_name == "silero"


class Counting:
    """A real detector that counts how often its model is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._model = load()

    def process(self, data: memoryview) -> float:
        self.asked += 1
        return self._model.process(data)

    def reset(self) -> None:
        self._model.reset()


def test_the_model_rests_while_a_microphone_is_muted_and_hears_what_comes_then() -> None:
    spoken = read(PEOPLE / "go-forward.wav")
    model = Counting()
    said = events(
        np.concatenate([silence(20), spoken, silence(20)]), vad=lambda: silero.VAD(client=lambda: model)
    )
    assert [kind for _, kind in said] == ["vad.speech_started", "vad.speech_ended"]
    assert 20 < said[0][0] < 20.4
    assert model.asked < (len(spoken) / RATE + 3) / 0.032
