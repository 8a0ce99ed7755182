"""A microphone in its room: how much louder a voice is than the noise, echo to the sample, and clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulator.edge.acoustics import Acoustics, Echo, EchoPath, Pickup
from simulator.edge.acoustics.amplify import FULL_SCALE, amplified, mixed
from simulator.edge.acoustics.conditions import factor
from simulator.edge.acoustics.level import in_frames, powers, voiced
from simulator.edge.acoustics.pickup import SPEECH_DBFS
from simulator.edge.surroundings import noise_called
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio
from simulator.media.frames import FRAME_SAMPLES, SILENCE, Samples

PEOPLE = ("across-the-table", "do-something", "okay", "project-documents-link", "queen-of-clubs", "ask-not")
FRAMES = st.lists(st.sampled_from([True, False]), min_size=1, max_size=40)


def clip(name: str) -> Samples:
    return decode_audio(find_clip(name).path).samples


def in_noise(snr_db: float, noise: str = "restaurant", **more: float) -> Pickup:
    return Pickup(Acoustics(noise=noise, snr_db=snr_db, **more), "noise", noise=noise_called(noise))  # type: ignore[arg-type]


def recorded(pickup: Pickup, samples: Samples, first: int) -> np.ndarray:
    """What is recorded while a clip is said from frame ``first`` on, shape (frames, 960)."""
    pickup.voice_begins(samples, first)
    frames = in_frames(samples)
    return np.array([pickup.frame(first + n, frame, False)[0] for n, frame in enumerate(frames)])


def noise_alone(pickup: Pickup, first: int, count: int) -> np.ndarray:
    return np.array([pickup.frame(first + n, SILENCE, True)[0] for n in range(count)])


def dbfs(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2)) - 20 * np.log10(32768))


def measured_snr_db(pickup: Pickup, samples: Samples, first: int) -> float:
    """Over the voiced frames of a clip: the recording without the noise, against the noise."""
    both = recorded(pickup, samples, first).astype(float)
    noise = noise_alone(pickup, first, len(both)).astype(float)
    there = voiced(powers(in_frames(samples)))
    return dbfs((both - noise)[there]) - dbfs(noise[there])


# -- noise ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", ["restaurant", "pink"])
@pytest.mark.parametrize("snr_db", [-5, 0, 10, 20, 35])
@pytest.mark.parametrize("name", PEOPLE)
def test_the_voice_is_as_much_louder_than_the_noise_as_was_asked_for(
    name: str, snr_db: float, noise: str
) -> None:
    assert measured_snr_db(in_noise(snr_db, noise), clip(name), first=77) == pytest.approx(snr_db, abs=0.1)


def test_it_is_so_wherever_in_the_noise_somebody_speaks_and_however_loud_they_were_recorded() -> None:
    pickup = in_noise(12)
    for first in range(0, 3000, 271):
        assert measured_snr_db(pickup, clip("okay"), first) == pytest.approx(12, abs=0.1)
    whispered = (clip("okay") // 30).astype(np.int16)
    assert measured_snr_db(pickup, whispered, 4000) == pytest.approx(12, abs=0.2)


def test_amplifying_changes_nothing_of_that() -> None:
    assert measured_snr_db(in_noise(10, gain_db=-12), clip("okay"), 5) == pytest.approx(10, abs=0.1)


def test_noise_is_steady_and_as_far_below_speech_as_the_voice_is_above_it() -> None:
    pickup = in_noise(15, "pink")
    before = noise_alone(pickup, 0, 600)
    recorded(pickup, clip("ask-not"), 600)
    after = noise_alone(pickup, 1200, 600)
    assert dbfs(before) == pytest.approx(SPEECH_DBFS - 15, abs=0.1)
    assert dbfs(after) == pytest.approx(dbfs(before), abs=0.1)


def test_noise_goes_on_through_a_clip_without_a_break() -> None:
    pickup = in_noise(10)
    alone = noise_alone(pickup, 0, 20)
    pickup.voice_begins(np.zeros(5 * FRAME_SAMPLES, np.int16), 10)
    through = [pickup.frame(n, SILENCE, not 10 <= n < 15)[0] for n in range(20)]
    assert np.array_equal(alone, np.array(through))


def test_a_cough_is_as_loud_as_the_voice_before_it() -> None:
    def cough_db(pickup: Pickup) -> float:
        pickup.voice_begins(clip("huff"), 500, speaks=False)
        frames = in_frames(clip("huff"))
        both = [pickup.frame(500 + n, frame, False)[0].astype(float) for n, frame in enumerate(frames)]
        return dbfs(np.array(both) - noise_alone(pickup, 500, len(frames)))

    unheard = in_noise(20, "pink")
    assert cough_db(unheard) == pytest.approx(dbfs(in_frames(clip("huff"))), abs=0.1)
    spoken = in_noise(20, "pink")
    softly = (clip("okay") // 4).astype(np.int16)  # which is made up for
    recorded(spoken, softly, 0)
    assert cough_db(spoken) == pytest.approx(dbfs(in_frames(clip("huff"))) + 12, abs=1)


def test_two_microphones_do_not_hear_the_same_piece_of_noise() -> None:
    noise, acoustics = noise_called("restaurant"), Acoustics(noise="restaurant", snr_db=10)
    alice, bob = (Pickup(acoustics, name, noise=noise) for name in ("alice", "bob"))
    assert not np.array_equal(noise_alone(alice, 0, 5), noise_alone(bob, 0, 5))


# -- without noise ----------------------------------------------------------------------------------------------------


def test_an_ideal_room_changes_nothing() -> None:
    pickup = Pickup(Acoustics(), "ideal")
    assert np.array_equal(recorded(pickup, clip("okay"), 3), in_frames(clip("okay")))
    assert pickup.frame(500, SILENCE, True) == (SILENCE, True)


@given(gain_db=st.floats(-60, 30), samples=st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
@example(gain_db=0.0, samples=[-32768])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gain_makes_every_sample_so_much_louder_and_never_wraps(gain_db: float, samples: list[int]) -> None:
    voice = np.resize(np.array(samples, np.int16), FRAME_SAMPLES)
    found = recorded(Pickup(Acoustics(gain_db=gain_db), "gain"), voice, 0)[0]
    exact = np.clip(voice.astype(float) * factor(gain_db), -FULL_SCALE, FULL_SCALE)
    if factor(gain_db) == 1:
        assert np.array_equal(found, voice)
    else:
        assert np.abs(found - exact).max() <= 0.51 + np.abs(exact).max() * 1e-6


@pytest.mark.parametrize("clipping_db", [-1, -6, -20])
def test_a_microphone_cuts_off_what_is_too_loud(clipping_db: float) -> None:
    ceiling = 32768 * factor(clipping_db)
    found = recorded(Pickup(Acoustics(gain_db=20, clipping_db=clipping_db), "clip"), clip("okay"), 0)
    assert np.abs(found.astype(int)).max() == round(ceiling)
    untouched = np.abs(in_frames(clip("okay")).astype(float) * 10) < ceiling - 1
    louder = np.rint(in_frames(clip("okay")).astype(np.float32) * np.float32(factor(20)))
    assert np.array_equal(found[untouched], louder[untouched].astype(np.int16))


@given(one=st.integers(-32768, 32767), other=st.integers(-32768, 32767), ceiling=st.integers(1, FULL_SCALE))
def test_what_is_mixed_is_cut_off_and_never_wraps(one: int, other: int, ceiling: int) -> None:
    one, other = (int(np.clip(level, -ceiling, ceiling)) for level in (one, other))
    found = mixed(np.array([one], np.int16), np.array([other], np.int16), abs(one) + abs(other), ceiling)
    assert found.dtype == np.int16
    assert found[0] == np.clip(one + other, -ceiling, ceiling)


def test_the_greatest_magnitude_is_told_at_most() -> None:
    sound, loudest = amplified(np.array([[100, -300, 7]], np.int16), 0.5)
    assert list(sound[0]) == [50, -150, 4]
    assert loudest == 150


# -- echo -------------------------------------------------------------------------------------------------------------


def agent_frames(sounding: list[bool]) -> np.ndarray:
    rng = np.random.default_rng(1)
    sound = rng.integers(-20_000, 20_000, (len(sounding), FRAME_SAMPLES)).astype(np.int16)
    sound[~np.array(sounding)] = 0
    return sound


@given(
    sounding=FRAMES,
    delay=st.integers(0, 5 * FRAME_SAMPLES),
    gain_db=st.sampled_from([-40.0, -20.0, -6.0, 0.0, 12.0]),
    amplified_db=st.sampled_from([0.0, -3.0]),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_echo_is_what_was_played_later_to_the_sample_and_softer(
    sounding: list[bool], delay: int, gain_db: float, amplified_db: float
) -> None:
    played = agent_frames(sounding)
    echo = EchoPath(Echo(delay / 48_000, gain_db), amplified_db)
    heard = []
    for number, frame in enumerate(played):
        if sounding[number]:
            echo.play(number, frame)
        found = echo.heard(number)
        heard.append(np.zeros(FRAME_SAMPLES, np.int16) if found is None else found)
    later = np.concatenate([np.zeros(delay), played.reshape(-1)])[: played.size]
    gain = np.float32(factor(gain_db + amplified_db))
    expected = np.clip(np.rint(later.astype(np.float32) * gain), -FULL_SCALE, FULL_SCALE)
    assert np.array_equal(np.concatenate(heard), expected)


def test_a_silent_agent_has_no_echo() -> None:
    echo = EchoPath(Echo(0.1, -20))
    for number in range(20):
        assert echo.heard(number) is None
    echo.play(20, np.ones(FRAME_SAMPLES, np.int16) * 100)
    heard = {n: echo.heard(n) for n in range(20, 40)}
    assert [n for n, found in heard.items() if found is not None and found.any()] == [25]
    assert all(heard[n] is None for n in range(30, 40))


def test_an_echo_that_was_not_listened_to_is_gone() -> None:
    """While a microphone is muted nobody asks for what it hears."""
    echo = EchoPath(Echo(0.05, 0))
    for number in range(100):
        echo.play(number, np.full(FRAME_SAMPLES, number, np.int16))
    found = echo.heard(100)
    assert found is not None
    assert set(found) == {97, 98}
    assert len(echo._played) < 10


def test_echo_comes_on_top_of_voice_and_noise() -> None:
    echo = EchoPath(Echo(0, -20))
    acoustics = Acoustics(noise="pink", snr_db=20, echo=Echo(0, -20))
    pickup = Pickup(acoustics, "all", noise=noise_called("pink"), echo=echo)
    without = Pickup(Acoustics(noise="pink", snr_db=20), "all", noise=noise_called("pink"))
    pickup._shift = without._shift
    voice = clip("okay")[: 10 * FRAME_SAMPLES]
    pickup.voice_begins(voice, 0)
    without.voice_begins(voice, 0)
    for number, frame in enumerate(in_frames(voice)):
        echo.play(number, np.full(FRAME_SAMPLES, 1000, np.int16))
        both, _ = pickup.frame(number, frame, False)
        assert np.array_equal(both, without.frame(number, frame, False)[0] + 100)
    echo.play(10, np.full(FRAME_SAMPLES, 1000, np.int16))
    assert np.array_equal(pickup.frame(10, SILENCE, True)[0], without.frame(10, SILENCE, True)[0] + 100)


# -- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acoustics", "complaint"),
    [
        ({"noise": "pink"}, "noise: it needs snr"),
        ({"snr_db": 10}, "snr: it needs noise"),
        ({"noise": "pink", "snr_db": 1000}, "snr: from -100 to 100 dB"),
        ({"gain_db": 90}, "gain: from -100 to 60 dB, found 90"),
        ({"clipping_db": 3}, "clipping: from -100 to 0 dB"),
    ],
)
def test_a_room_that_cannot_be_is_refused(acoustics: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Acoustics(**acoustics)  # type: ignore[arg-type]


def test_an_echo_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="delay: an echo comes within 2 s"):
        Echo(delay_s=3, gain_db=-20)
    with pytest.raises(ValueError, match="gain: from -100 to 20 dB"):
        Echo(delay_s=0.1, gain_db=float("nan"))
