"""Networks and rooms as they are written in a scenario."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.edge import acoustics, network
from simulator.scenario import Scenario, ScenarioError, load_scenario
from simulator.scenario.model.levels import Level, Rate, Share

WHOLE = """\
people:
  alice:
    mic: true
    network:
      delay: 40ms
      jitter: 15ms
      loss: 1%
      burst: 3
      duplication: 0.5%
      outages: [{at: 3s, for: 500ms}, {at: 10s, for: 1s}]
      buffer: 60ms
      down: {loss: 2.5%, outages: [], bandwidth: 40kbit/s}
    acoustics:
      noise: restaurant.wav
      snr: 10dB
      echo: {delay: 120ms, gain: -20dB}
      room: kitchen
      gain: -6dB
      clipping: -1.5 dB
  bob: {network: {}, acoustics: {noise: pink, snr: 20dB}}
script: [wait: 1s]
"""


def _load(text: str, tmp_path: Path) -> Scenario:
    file = tmp_path / "call.yaml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def test_a_network_is_read_whole_and_one_way_may_differ(tmp_path: Path) -> None:
    alice = _load(WHOLE, tmp_path).people["alice"]
    assert alice.network is not None
    both = {"delay_s": 0.04, "jitter_s": 0.015, "burst": 3, "duplication": 0.005, "buffer_s": 0.06}
    outages = (network.Outage(3, 0.5), network.Outage(10, 1))
    assert alice.network.conditions() == network.Network(
        up=network.Conditions(**both, loss=0.01, outages=outages),  # type: ignore[arg-type]
        down=network.Conditions(**both, loss=0.025, bandwidth_bps=40_000),  # type: ignore[arg-type]
    )


def test_a_room_is_read_whole(tmp_path: Path) -> None:
    people = _load(WHOLE, tmp_path).people
    assert people["alice"].acoustics is not None
    assert people["alice"].acoustics.conditions() == acoustics.Acoustics(
        noise="restaurant.wav",
        snr_db=10,
        echo=acoustics.Echo(delay_s=0.12, gain_db=-20),
        room="kitchen",
        gain_db=-6,
        clipping_db=-1.5,
    )
    assert people["bob"].network is not None
    assert people["bob"].network.conditions() == network.Network()


def test_they_survive_being_dumped_and_validated(tmp_path: Path) -> None:
    dumped = _load(WHOLE, tmp_path).model_dump_json(by_alias=True)
    again = Scenario.model_validate_json(dumped)
    assert again.model_dump_json(by_alias=True) == dumped
    assert again.people["alice"].network is not None
    assert again.people["alice"].network.conditions().down.bandwidth_bps == 40_000


def test_what_cannot_be_is_refused_as_a_model_too() -> None:
    with pytest.raises(ValueError, match="burst: 2 in a row cannot lose 90%"):
        Scenario.model_validate(
            {
                "name": "x",
                "people": {"alice": {"network": {"loss": "90%", "burst": 2}}},
                "script": [{"kind": "wait", "duration": "1s"}],
            }
        )


def test_noise_may_lie_beside_the_scenario(tmp_path: Path) -> None:
    noise = Path(__file__).parents[3] / "fixtures" / "noise" / "restaurant.wav"
    shutil.copy(noise, tmp_path / "street.wav")
    assert _load("people: {alice: {acoustics: {noise: street, snr: 5dB}}}\nscript: [wait: 1s]", tmp_path)


# -- what is refused --------------------------------------------------------------------------------------------------


def _alice(has: str) -> str:
    return f"people: {{alice: {{{has}}}}}\nscript: [wait: 1s]"


WRONG: dict[str, tuple[str, list[str]]] = {
    "a network that is a list": (_alice("network: «[delay]"), ["what a network does", "a list", "loss: 1%"]),
    "a network that is nothing": (_alice("network:« "), ["what a network does", "nothing"]),
    "an unknown key of a network": (_alice("network: {«dealy: 40ms}"), ["did you mean 'delay'?"]),
    "a key that is like none": (_alice("network: {«colour: 1}"), ["a network has: delay, jitter, loss"]),
    "an unknown key of one way": (
        _alice("network: {up: {«los: 1%}}"),
        ["'los'", "did you mean 'loss'?"],
    ),
    "a way within a way": (_alice("network: {up: {«down: {loss: 1%}}}"), ["'down'", "one way has: delay"]),
    "a delay without unit": (_alice("network: {delay: «40}"), ["40s or 40ms"]),
    "a delay of a minute": (_alice("network: {delay: «1m}"), ["delay", "at most 10"]),
    "a loss that is a number": (_alice("network: {loss: «0.01}"), ["'0.01'", "write it like 1%"]),
    "a loss of more than all": (_alice("network: {loss: «101%}"), ["at most 100%"]),
    "a burst of nothing": (_alice("network: {loss: 1%, burst: «0}"), ["lost in a row", "at least 1"]),
    "a burst in words": (_alice("network: {loss: 1%, burst: «three}"), ["'three'", "3 or 2.5"]),
    "bursts that are too short": (
        _alice("network: {loss: 90%, burst: «2}"),
        ["burst", "cannot lose 90%", "at least 9"],
    ),
    "one outage without a list": (
        _alice("network: {outages: «{at: 3s, for: 1s}}"),
        ["a list of outages", "[{at: 3s, for: 500ms}]"],
    ),
    "an outage without an end": (_alice("network: {outages: [«{at: 3s}]}"), ["'for' is missing"]),
    "an outage with a slip": (_alice("network: {outages: [{«att: 3s}]}"), ["did you mean 'at'?"]),
    "a bandwidth without unit": (_alice("network: {bandwidth: «40}"), ["'40'", "40kbit/s"]),
    "a bandwidth of nothing": (_alice("network: {bandwidth: «0.1kbit/s}"), ["at least 1000"]),
    "a room that is a word": (_alice("acoustics: «kitchen"), ["what a room is like", "{noise: pink"]),
    "an unknown key of a room": (_alice("acoustics: {«nois: pink}"), ["did you mean 'noise'?"]),
    "noise without a level": (_alice("acoustics: {noise: «pink}"), ["needs snr beside it"]),
    "a level without noise": (_alice("acoustics: {snr: «10dB}"), ["needs noise beside it"]),
    "a level without unit": (_alice("acoustics: {noise: pink, snr: «10}"), ["'10'", "10dB"]),
    "noise that is not there": (
        _alice("acoustics: {noise: «restuarant, snr: 10dB}"),
        ["restuarant", "did you mean restaurant"],
    ),
    "noise that is too short": (
        _alice("acoustics: {noise: «hmm, snr: 10dB}"),
        ["hmm.wav", "at least 1 s"],
    ),
    "noise from elsewhere": (_alice("acoustics: {noise: «../a.wav, snr: 1dB}"), ["outside of the scenario"]),
    "an echo without a delay": (_alice("acoustics: {echo: «{gain: -20dB}}"), ["'delay' is missing"]),
    "an echo that takes minutes": (
        _alice("acoustics: {echo: {delay: «1m, gain: -20dB}}"),
        ["delay", "within 2 s"],
    ),
    "an echo that roars": (_alice("acoustics: {echo: {delay: 1s, gain: «40dB}}"), ["gain", "to 20 dB"]),
    "an amplifier": (_alice("acoustics: {gain: «61dB}"), ["gain", "to 60 dB"]),
    "clipping above full scale": (_alice("acoustics: {clipping: «3dB}"), ["clipping", "to 0 dB"]),
    "a room with two words": (_alice("acoustics: {room: «the kitchen}"), ["one word"]),
    "a room without a microphone": (
        _alice("mic: no, acoustics: «{gain: 1dB}"),
        ["no microphone", "mic: true"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_at_its_place(case: str, tmp_path: Path) -> None:
    marked, words = WRONG[case]
    before, _, after = marked.partition("«")
    with pytest.raises(ScenarioError) as refused:
        _load(before + after, tmp_path)
    error = refused.value
    assert (error.line, error.column) == (1, len(before) + 1), str(error)
    assert len(error.problems) == 1, str(error)
    for word in words:
        assert word in f"{error.message}\n{error.hint}", str(error)


# -- quantities -------------------------------------------------------------------------------------------------------


@given(st.decimals(0, 100, places=6))
def test_a_share_is_written_as_it_is_read(percent: object) -> None:
    share = Share.parse(f"{percent:f} %")
    assert share.percent == percent
    assert Share.parse(str(share)) == share


@given(st.decimals(-100, 100, places=3))
def test_a_level_is_written_as_it_is_read(db: object) -> None:
    level = Level.parse(f"{db:f}dB")
    assert level.db == db
    assert Level.parse(str(level)) == level


@pytest.mark.parametrize(
    ("written", "bps"),
    [
        ("40kbit/s", 40_000),
        ("40 kbps", 40_000),
        ("1Mbit/s", 1_000_000),
        ("0.5 Mbps", 500_000),
        ("9.6kbit/s", 9_600),
    ],
)
def test_a_bandwidth_is_read(written: str, bps: int) -> None:
    rate = Rate.parse(written)
    assert rate.bps == bps
    assert Rate.parse(str(rate)) == rate


@given(st.text(max_size=12))
def test_what_is_no_quantity_is_refused_with_an_example(text: str) -> None:
    for quantity in (Share, Level, Rate):
        if not any(char.isdecimal() for char in text):
            with pytest.raises(ValueError, match="write it like"):
                quantity.parse(text)
        else:
            with contextlib.suppress(ValueError):
                quantity.parse(text)
