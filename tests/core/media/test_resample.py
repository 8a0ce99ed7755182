"""What a listener gets of a track after it was resampled chunk by chunk."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import soxr
from getstream.video.rtc.track_util import AudioFormat, PcmData
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agentkit.core.media import StreamResampler

EDGE = 48_000
Int16 = NDArray[np.int16]


def seconds(duration_s: float, rate: int = EDGE) -> NDArray[np.float64]:
    return np.arange(round(duration_s * rate)) / rate


def tone(hz: float, duration_s: float = 1.0, rate: int = EDGE) -> Int16:
    return (16384 * np.sin(2 * np.pi * hz * seconds(duration_s, rate))).astype(np.int16)


def chirp(duration_s: float = 1.0, rate: int = EDGE, to_hz: float = 6000) -> Int16:
    t = seconds(duration_s, rate)
    return (12000 * np.sin(2 * np.pi * (100 * t + (to_hz - 100) / (2 * duration_s) * t * t))).astype(np.int16)


def pcm(samples: NDArray[Any], rate: int = EDGE, **about: Any) -> PcmData:
    form = AudioFormat.F32 if samples.dtype == np.float32 else AudioFormat.S16
    return PcmData(rate, form, samples, channels=about.pop("channels", samples.ndim), **about)


def run(resampler: StreamResampler, samples: Int16, edges: list[int], rate: int = EDGE) -> list[PcmData]:
    chunks = [pcm(samples[..., a:b], rate, pts=a, time_base=1 / rate) for a, b in pairwise(edges)]
    out = [resampler.process(chunk) for chunk in chunks]
    tail = resampler.flush()
    return out if tail is None else [*out, tail]


def joined(chunks: list[PcmData]) -> Int16:
    return np.concatenate([chunk.samples for chunk in chunks], axis=-1)


def frames(samples: Int16, rate: int = EDGE) -> list[int]:
    return [*range(0, samples.shape[-1], rate // 50), samples.shape[-1]]


def signal_to_noise_db(got: Int16, wanted: Int16) -> float:
    middle = slice(len(wanted) // 50, -len(wanted) // 50)
    noise = got[middle].astype(float) - wanted[middle]
    return float(10 * np.log10(np.mean(wanted[middle].astype(float) ** 2) / max(np.mean(noise**2), 1e-9)))


cuts = st.lists(st.integers(1, 4000), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(
    cuts,
    st.sampled_from([(48_000, 16_000), (48_000, 24_000), (24_000, 48_000), (44_100, 16_000), (8000, 48_000)]),
)
def test_chunks_of_any_size_sound_like_the_whole(sizes: list[int], rates: tuple[int, int]) -> None:
    source, target = rates
    signal = chirp(0.6, source, to_hz=min(rates) * 0.4)
    edges = [edge for edge in np.cumsum([0, *sizes]).tolist() if edge < len(signal)] + [len(signal)]
    got = joined(run(StreamResampler(target), signal, edges, source))
    wanted = soxr.resample(signal.astype(np.float64), source, target, "VHQ")
    assert abs(len(got) - len(signal) * target / source) <= 1
    assert signal_to_noise_db(got, wanted[: len(got)]) >= 60


@settings(max_examples=20, deadline=None)
@given(cuts)
def test_how_a_track_is_chopped_changes_no_sample(sizes: list[int]) -> None:
    signal = chirp(0.6)
    edges = [edge for edge in np.cumsum([0, *sizes]).tolist() if edge < len(signal)] + [len(signal)]
    got = joined(run(StreamResampler(16_000), signal, edges))
    assert np.array_equal(got, joined(run(StreamResampler(16_000), signal, frames(signal))))


def test_the_same_track_gives_the_same_samples_every_time() -> None:
    signal = chirp(0.5)
    runs = [joined(run(StreamResampler(16_000), signal, frames(signal))).tobytes() for _ in range(5)]
    assert len(set(runs)) == 1


def test_silence_stays_silent() -> None:
    silence = np.zeros(EDGE, np.int16)
    assert not joined(run(StreamResampler(16_000), silence, frames(silence))).any()


def test_no_sample_is_lost_in_a_minute() -> None:
    signal = tone(300, 60.0)
    assert len(joined(run(StreamResampler(16_000), signal, frames(signal)))) == 60 * 16_000


def test_what_the_new_rate_cannot_carry_does_not_leak_into_it() -> None:
    signal = tone(12_000)
    got = joined(run(StreamResampler(16_000), signal, frames(signal)))[500:-500].astype(float)
    assert np.sqrt(np.mean(got**2)) < 20, "of 11585 put in"


def test_sound_at_full_scale_is_clipped_and_does_not_wrap_around() -> None:
    square = np.where(np.sin(2 * np.pi * 200 * seconds(0.2)) >= 0, 32767, -32768).astype(np.int16)
    got = joined(run(StreamResampler(16_000), square, frames(square)))
    assert (np.abs(np.diff(got.astype(int))) > 30_000).sum() <= 2 * 200 * 0.2 * 2


@pytest.mark.parametrize("as_float", [False, True])
@pytest.mark.parametrize("source_channels", [1, 2])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_any_form_of_input_comes_out_in_the_form_that_was_asked_for(
    as_float: bool, source_channels: int, channels: int, rate: int
) -> None:
    signal: NDArray[Any] = chirp(0.5)
    wanted = soxr.resample(signal.astype(np.float64), EDGE, rate, "VHQ")
    if as_float:
        signal = (signal / 32768).astype(np.float32)
    if source_channels == 2:
        signal = np.stack((signal, signal))
    got = joined(run(StreamResampler(rate, channels), signal, frames(signal)))
    assert got.dtype == np.int16
    assert got.shape == ((len(wanted),) if channels == 1 else (2, len(wanted)))
    for channel in np.atleast_2d(got):
        assert signal_to_noise_db(channel, wanted) >= 60


def test_left_and_right_stay_apart() -> None:
    signal = np.stack((tone(300), tone(900)))
    got = joined(run(StreamResampler(16_000, channels=2), signal, frames(signal)))
    for channel, hz in zip(got, (300, 900), strict=True):
        assert signal_to_noise_db(channel, tone(hz, rate=16_000)) >= 60


def test_what_is_as_wanted_already_is_passed_on_untouched() -> None:
    chunk = pcm(tone(300, 0.02, 16_000), 16_000, pts=7, participant="alice")
    assert StreamResampler(16_000).process(chunk) is chunk


def test_every_chunk_says_who_speaks_and_where_it_belongs() -> None:
    resampler = StreamResampler(16_000)
    out = [
        resampler.process(pcm(tone(300, 0.02), pts=96_000 + i * 960, time_base=1 / EDGE, participant="alice"))
        for i in range(50)
    ]
    tail = resampler.flush()
    assert tail is not None
    out.append(tail)
    assert {chunk.participant for chunk in out} == {"alice"}
    assert {chunk.time_base for chunk in out} == {1 / 16_000}
    assert out[0].pts == 32_000
    for before, after in pairwise(out):
        assert before.pts is not None
        assert after.pts == before.pts + len(before.samples)


def test_a_click_is_found_where_its_position_says() -> None:
    signal = np.zeros(EDGE, np.int16)
    signal[30_000] = 30_000
    for chunk in run(StreamResampler(16_000), signal, frames(signal)):
        assert chunk.pts is not None
        loud = np.abs(chunk.samples) > 5000
        assert all(chunk.pts + at == 10_000 for at in np.flatnonzero(loud))


def test_a_gap_in_the_input_is_a_gap_in_the_output() -> None:
    resampler = StreamResampler(16_000)
    pts = [*range(0, 48_000, 960), *range(96_000, 144_000, 960)]
    out = [resampler.process(pcm(tone(300, 0.02), pts=at, time_base=1 / EDGE)) for at in pts]
    ends = [chunk.pts + len(chunk.samples) for chunk in out if chunk.pts is not None]
    assert len(ends) == 100
    assert all(at / 3 + 320 - 640 <= end <= at / 3 + 320 for at, end in zip(pts, ends, strict=True))


def test_a_clock_that_jitters_is_not_a_gap() -> None:
    resampler = StreamResampler(16_000)
    out = [resampler.process(pcm(tone(300, 0.02), pts=20 * i + i % 7, time_base=0.001)) for i in range(50)]
    assert all(a.pts is not None and b.pts == a.pts + len(a.samples) for a, b in pairwise(out))


def test_input_without_a_position_gives_output_without_one() -> None:
    out = StreamResampler(16_000).process(pcm(tone(300, 0.1)))
    assert out.pts is None
    assert out.time_base is None


@pytest.mark.parametrize("channels", [1, 2])
def test_the_rate_and_channels_of_the_input_may_change_on_the_way(channels: int) -> None:
    resampler = StreamResampler(16_000, channels)
    out: list[PcmData] = []
    at = 0.0
    for rate, stereo in [(48_000, False), (24_000, False), (24_000, True), (16_000, False), (44_100, True)]:
        sound = tone(300, 1.0, rate)
        for a, b in pairwise(frames(sound, rate)):
            samples = np.stack((sound[a:b],) * 2) if stereo else sound[a:b]
            out.append(
                resampler.process(
                    pcm(samples, rate, pts=round((at + a / rate) * 90_000), time_base=1 / 90_000)
                )
            )
        at += 1.0
    tail = resampler.flush()
    assert tail is not None
    out.append(tail)
    assert joined(out).shape[-1] == 5 * 16_000
    for before, after in pairwise(out):
        assert before.pts_seconds is not None
        assert after.pts_seconds == pytest.approx(before.pts_seconds + before.duration, abs=1 / 16_000)


def test_chunks_without_samples_do_no_harm() -> None:
    resampler = StreamResampler(16_000)
    assert len(resampler.process(pcm(np.empty(0, np.int16))).samples) == 0
    assert resampler.flush() is None


def test_after_flush_another_track_may_follow() -> None:
    resampler, signal = StreamResampler(16_000), chirp(0.5)
    first = joined(run(resampler, signal, frames(signal)))
    assert np.array_equal(joined(run(resampler, signal, frames(signal))), first)


def test_flush_before_anything_came_gives_nothing() -> None:
    assert StreamResampler(16_000).flush() is None


def test_eight_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="8 channels"):
        StreamResampler(16_000).process(pcm(np.zeros((8, 960), np.int16), channels=8))


def test_samples_that_are_not_channels_first_are_refused() -> None:
    with pytest.raises(ValueError, match="channels first"):
        StreamResampler(16_000).process(pcm(np.zeros((960, 2), np.int16), channels=2))


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (-8000, 1), (16_000, 0), (16_000, 6)])
def test_an_impossible_wish_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        StreamResampler(rate, channels)
