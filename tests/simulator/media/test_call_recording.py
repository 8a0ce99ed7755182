"""What is written and digested is what was heard, when it was heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE
from simulator.media.recording import CallRecording


def frame(level: int) -> np.ndarray:
    return np.full(FRAME_SAMPLES, level, np.int16)


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getframerate() == SAMPLE_RATE
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels())


def levels(channel: np.ndarray) -> list[int]:
    """The level of each frame; every frame of these tests is constant."""
    frames = channel.reshape(-1, FRAME_SAMPLES)
    assert (frames == frames[:, :1]).all()
    return [int(level) for level in frames[:, 0]]


def test_people_are_on_the_left_and_the_agent_on_the_right(tmp_path: Path) -> None:
    call = CallRecording()
    call.add("alice", 0, frame(100))
    call.add("agent", 1, frame(7))
    call.add("bob", 1, frame(20))
    call.add("alice", 1, frame(1))
    call.write(tmp_path)
    left, right = read(tmp_path / "call.wav").T
    assert levels(left) == [100, 21]
    assert levels(right) == [0, 7]


def test_each_voice_has_a_stem_as_long_as_the_call_even_who_came_late(tmp_path: Path) -> None:
    call = CallRecording()
    call.add("alice", 0, frame(5))
    call.add("bob", 3, frame(6))
    call.add("carol", 4, call.silence, silent=True)
    call.write(tmp_path)
    assert {path.stem: levels(read(path)) for path in (tmp_path / "stems").iterdir()} == {
        "alice": [5, 0, 0, 0, 0],
        "bob": [0, 0, 0, 6, 0],
        "carol": [0, 0, 0, 0, 0],
    }
    assert call.voices == ("alice", "bob", "carol")
    assert call.duration_s == pytest.approx(0.1)


def test_two_loud_people_saturate_and_do_not_wrap_around(tmp_path: Path) -> None:
    call = CallRecording()
    for number, level in enumerate((30_000, -30_000)):
        call.add("alice", number, frame(level))
        call.add("bob", number, frame(level))
    call.write(tmp_path)
    assert levels(read(tmp_path / "call.wav")[:, 0]) == [32767, -32768]


def test_a_call_without_sound_is_written_too(tmp_path: Path) -> None:
    CallRecording().write(tmp_path / "new")
    assert read(tmp_path / "new" / "call.wav").shape == (0, 2)


def test_a_name_with_a_slash_stays_inside_the_folder(tmp_path: Path) -> None:
    call = CallRecording()
    call.add("../alice", 0, frame(1))
    call.add("..", 0, frame(2))
    call.write(tmp_path)
    assert len(list((tmp_path / "stems").iterdir())) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.wav", "stems"]


def test_the_digest_does_not_care_who_was_added_first_or_how_silence_was_given() -> None:
    one, other = CallRecording(), CallRecording()
    one.add("alice", 0, frame(3))
    one.add("bob", 1, frame(4))
    one.add("bob", 2, one.silence, silent=True)
    other.add("bob", 0, frame(0))
    other.add("bob", 1, frame(4))
    other.add("alice", 0, frame(3))
    other.add("alice", 2, frame(0))
    assert one.digest() == other.digest()
    assert one.digests() == other.digests()


@pytest.mark.parametrize(
    "change",
    [("alice", 0, 4), ("alice", 1, 3), ("bob", 0, 3)],
    ids=["another sound", "another instant", "another voice"],
)
def test_the_digest_tells_calls_apart(change: tuple[str, int, int]) -> None:
    one, other = CallRecording(), CallRecording()
    for call in (one, other):
        call.add("carol", 5, frame(1))
    one.add("alice", 0, frame(3))
    name, number, level = change
    other.add(name, number, frame(level))
    assert one.digest() != other.digest()


def test_a_longer_call_is_another_call() -> None:
    one, other = CallRecording(), CallRecording()
    one.add("alice", 0, frame(3))
    other.add("alice", 0, frame(3))
    other.add("alice", 1, other.silence, silent=True)
    assert one.digest() != other.digest()


@pytest.mark.parametrize("number", [3, 2])
def test_a_frame_that_comes_late_or_twice_is_refused(number: int) -> None:
    call = CallRecording()
    call.add("alice", 3, frame(1))
    with pytest.raises(ValueError, match=r"alice: frames come in order"):
        call.add("alice", number, frame(1))


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 960 samples, frame 0 has 480"):
        CallRecording().add("alice", 0, frame(1)[:480])


voices = st.dictionaries(
    st.sampled_from(["agent", "alice", "bob"]),
    st.dictionaries(st.integers(0, 1_100), st.integers(-32768, 32767), max_size=8),
)


@given(heard=voices)
def test_stems_and_mix_are_aligned_whatever_was_left_out(
    tmp_path_factory: pytest.TempPathFactory, heard: dict[str, dict[int, int]]
) -> None:
    call = CallRecording()
    ticks = 1 + max((number for frames in heard.values() for number in frames), default=-1)
    for name, frames in heard.items():
        for number in sorted(frames):
            call.add(name, number, frame(frames[number]), silent=frames[number] == 0)
    folder = tmp_path_factory.mktemp("call")
    call.write(folder)

    expected = {name: [frames.get(tick, 0) for tick in range(ticks)] for name, frames in heard.items()}
    expected = {name: stem for name, stem in expected.items() if heard[name]}
    assert {path.stem: levels(read(path)) for path in (folder / "stems").iterdir()} == expected
    left, right = read(folder / "call.wav").T
    people = [sum(stem[tick] for name, stem in expected.items() if name != "agent") for tick in range(ticks)]
    assert levels(left) == [max(-32768, min(32767, level)) for level in people]
    assert levels(right) == expected.get("agent", [0] * ticks)
