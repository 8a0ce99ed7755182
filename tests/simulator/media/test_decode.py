"""A recording of any format becomes 48 kHz mono; what cannot be a microphone is refused."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st

from simulator.media import decode
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio
from simulator.media.errors import MediaError


def tone(seconds: float = 1.0, rate: int = 48_000, channels: int = 1) -> np.ndarray:
    wave = 0.25 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return wave if channels == 1 else np.stack([wave] * channels, axis=1)


def write(path: Path, samples: np.ndarray, rate: int = 48_000, **how: str) -> Path:
    soundfile.write(path, samples, rate, **how)
    return path


def test_a_48_khz_recording_is_taken_as_it_is(tmp_path: Path) -> None:
    samples = np.arange(-3000, 3000, dtype=np.int16)
    audio = decode_audio(write(tmp_path / "ramp.wav", samples))
    assert audio.samples.tolist() == samples.tolist()
    assert audio.samples.dtype == np.int16
    assert not audio.samples.flags.writeable


def test_another_rate_is_resampled_as_one_signal_of_the_same_length() -> None:
    path = find_clip("go-forward").path
    original, rate = soundfile.read(path, dtype="float32")
    whole = np.rint(soxr.resample(original, rate, 48_000, "VHQ") * 32768)
    assert decode_audio(path).samples.tolist() == whole.tolist()
    assert decode_audio(path).duration_s == pytest.approx(len(original) / rate, abs=1e-4)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_a_tone_keeps_its_level_and_length_at_every_rate(tmp_path: Path, rate: int) -> None:
    audio = decode_audio(write(tmp_path / "tone.wav", tone(1.0, rate), rate))
    assert audio.duration_s == pytest.approx(1.0, abs=0.001)
    middle = audio.samples[12_000:36_000].astype(float)
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.25 * 32768 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_every_kind_of_wav_is_read(tmp_path: Path, subtype: str) -> None:
    audio = decode_audio(write(tmp_path / "tone.wav", tone(0.5), subtype=subtype))
    assert audio.duration_s == pytest.approx(0.5)
    assert np.abs(audio.samples).max() == pytest.approx(8192, rel=0.05)


@pytest.mark.parametrize("name", ["tone.flac", "tone.ogg", "tone.mp3", "tone.aiff"])
def test_other_formats_are_read(tmp_path: Path, name: str) -> None:
    assert decode_audio(write(tmp_path / name, tone(1.0))).duration_s == pytest.approx(1.0, abs=0.06)


def test_the_sound_of_a_film_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        picture = film.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        sound = film.add_stream("aac", rate=48_000, layout="mono")
        for _ in range(10):
            film.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        frame = av.AudioFrame.from_ndarray(tone(1.0).astype(np.float32)[None], "fltp", "mono")
        frame.sample_rate = 48_000
        film.mux(sound.encode(frame))
        film.mux(picture.encode(None))
        film.mux(sound.encode(None))
    assert decode_audio(path).duration_s == pytest.approx(1.0, abs=0.05)


def test_stereo_is_mixed(tmp_path: Path) -> None:
    left_only = np.stack([tone(0.1), np.zeros(4_800)], axis=1)
    audio = decode_audio(write(tmp_path / "left.wav", left_only))
    assert np.abs(audio.samples).max() == pytest.approx(4096, rel=0.01)


def test_a_recording_that_is_too_hot_saturates(tmp_path: Path) -> None:
    audio = decode_audio(write(tmp_path / "hot.wav", np.array([2.0, -2.0]), subtype="FLOAT"))
    assert audio.samples.tolist() == [32767, -32768]


def test_the_name_does_not_matter_if_the_sound_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "really-an-mp3.wav"
    write(tmp_path / "tone.mp3", tone()).rename(path)
    assert decode_audio(path).duration_s == pytest.approx(1.0, abs=0.06)


def test_frames_are_20_ms_and_the_last_is_filled_with_silence(tmp_path: Path) -> None:
    samples = np.full(2_000, 7, np.int16)
    frames = list(decode_audio(write(tmp_path / "short.wav", samples)).frames())
    assert [(frame.sample_rate, frame.channels, len(frame.samples), frame.pts) for frame in frames] == [
        (48_000, 1, 960, 0),
        (48_000, 1, 960, 960),
        (48_000, 1, 960, 1920),
    ]
    assert frames[-1].samples.tolist() == [7] * 80 + [0] * 880


def test_a_file_is_decoded_once_until_it_changes(tmp_path: Path) -> None:
    path = write(tmp_path / "tone.wav", tone(0.1))
    first = decode_audio(path)
    assert decode_audio(str(path)) is first
    write(path, tone(0.2))
    os.utime(path, ns=(1, 1))
    assert decode_audio(path).duration_s == pytest.approx(0.2)


def wav_header(*, rate: int = 48_000, channels: int = 1, data: int = 0) -> bytes:
    """The header of a 16-bit WAV, taken at its word."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16),
        *(b"data", data),
    )


def a_picture(path: Path) -> None:
    with av.open(str(path), "w", format="image2") as picture:
        stream = picture.add_stream("png", width=8, height=8, pix_fmt="rgb24")
        picture.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8))))


def cut_in_half(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        whole = write(path.with_name(name), tone(2.0)).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])

    return make


def not_a_number(path: Path) -> None:
    samples = tone(1.0).astype(np.float32)
    samples[24_000] = np.nan
    write(path, samples, subtype="FLOAT")


def five_hours(path: Path) -> None:
    sound = 5 * 3600 * 8_000 * 2
    path.write_bytes(wav_header(rate=8_000, data=sound))
    os.truncate(path, 44 + sound)  # sparse: takes no room


def two_formats_in_one(path: Path) -> None:
    mono = write(path.with_name("mono.flac"), tone(1.0)).read_bytes()
    stereo = write(path.with_name("stereo.flac"), tone(1.0, channels=2)).read_bytes()
    path.write_bytes(mono + stereo)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "found nothing to read there"),
    "a folder": (lambda path: path.mkdir(), "found a folder"),
    "a pipe": (os.mkfifo, "something that is no file"),
    "empty": (lambda path: path.touch(), "the file is empty"),
    "text": (lambda path: path.write_text("not a sound\n" * 100), "cannot be decoded|none in it"),
    "zeros": (lambda path: path.write_bytes(bytes(10_000)), "cannot be decoded|none in it"),
    "a playlist": (
        lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.wav\n"),
        "cannot be decoded",
    ),
    "a picture": (a_picture, "found none in it .only: png"),
    "8 channels": (
        lambda path: write(path, tone(0.1, channels=8)),
        "1 channel or 2, which are mixed, found 8",
    ),
    "5.1": (lambda path: write(path, tone(0.1, channels=6)), "found 6"),
    "0 channels": (
        lambda path: path.write_bytes(wav_header(channels=0, data=960) + bytes(960)),
        "declares 0 channels at 48000 Hz",
    ),
    "0 Hz": (
        lambda path: path.write_bytes(wav_header(rate=0, data=960) + bytes(960)),
        "declares 1 channels at 0 Hz",
    ),
    "only a header": (lambda path: path.write_bytes(wav_header()), "not one sample|cannot be decoded"),
    "half a header": (lambda path: path.write_bytes(wav_header()[:20]), "cannot be decoded"),
    "half a WAV": (cut_in_half("whole.wav"), "cut off: the last 96022 bytes of sound are missing"),
    "half a FLAC": (cut_in_half("whole.flac"), r"damaged after 0\.\d\d s"),
    "not a number": (not_a_number, r"NaN or infinite\) near 0\.\d\d s"),
    "half an AIFF": (cut_in_half("whole.aiff"), r"damaged after 0\.\d\d s|cut off"),
    "two formats in one": (two_formats_in_one, "goes on with 2 channels"),
    "five hours long": (five_hours, "5.0 hours of sound, more than the 4 that are read"),
    "coded in an unknown way": (
        lambda path: path.write_bytes(
            wav_header(data=400).replace(b"\x10\0\0\0\x01", b"\x10\0\0\0\xee") + bytes(400)
        ),
        "coded in an unknown way",
    ),
}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_microphone_is_refused(
    tmp_path: Path, make: Callable[[Path], object], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "person.wav"
    make(path)
    with pytest.raises(MediaError, match=says) as refusal:
        decode_audio(path)
    assert str(path) in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_does_not_say_how_long_it_is_stops_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_DURATION_S", 0.5)
    with pytest.raises(MediaError, match="more than"):
        decode_audio(write(tmp_path / "long.mp3", tone(2.0)))


def test_a_recording_of_unknown_length_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "streamed.wav"
    path.write_bytes(wav_header(data=0xFFFFFFFF - 36)[:40] + b"\xff\xff\xff\xff" + bytes(96_000))
    assert decode_audio(path).duration_s == pytest.approx(1.0)


@given(
    flips=st.lists(st.tuples(st.integers(0, 43), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 400),
)
def test_a_damaged_header_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(wav_header(data=400) + bytes(400))
    for position, value in flips:
        damaged[position] = value
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    path.write_bytes(damaged[: len(damaged) - cut])
    decode._decode.cache_clear()
    with contextlib.suppress(MediaError):
        assert len(decode_audio(path).samples) > 0


def test_a_playlist_does_not_open_the_files_that_it_lists(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "secret.ts"
    elsewhere.parent.mkdir()
    with av.open(str(elsewhere), "w") as container:
        stream = container.add_stream("mp2", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    assert decode_audio(elsewhere).duration_s > 0.9
    playlist = tmp_path / "here.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{elsewhere}\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError, match="cannot be decoded"):
        decode_audio(playlist)
