"""The folders that calls are written to: what they are called."""

from __future__ import annotations

from pathlib import Path, PurePath

from hypothesis import given
from hypothesis import strategies as st

from simulator.report.folder import slugs, write_call
from simulator.scenario.load import load_scenario
from simulator.scenario.playing.runner import run_scenario

TITLES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=120)


def test_a_name_becomes_lower_case_with_dashes() -> None:
    assert slugs(["Caller interrupts a long answer!"]) == ["caller-interrupts-a-long-answer"]


def test_names_that_look_alike_get_numbers() -> None:
    assert slugs(["A b", "a, b", "a b 2", "***"]) == ["a-b", "a-b-2", "a-b-2-2", "scenario"]


@given(
    st.lists(TITLES, max_size=30) | st.lists(st.sampled_from(["a", "a 2", "a-2-2", "A", "?"]), max_size=30)
)
def test_every_scenario_has_a_folder_of_its_own_right_below_the_one_given(names: list[str]) -> None:
    given_names = slugs(names)
    assert len(set(given_names)) == len(names) == len(given_names)
    assert all(PurePath(slug).name == slug and slug not in (".", "..") for slug in given_names)
    assert all(len(slug.encode()) < 255 for slug in given_names)


@given(st.lists(TITLES, max_size=10))
def test_the_folders_are_the_same_in_every_run(names: list[str]) -> None:
    assert slugs(names) == slugs(names)


LOUD = """\
agent: examples.concierge:create_agent
people: {alice: {mic: true, network: {delay: 40ms}}}
script:
  - alice: joins
  - alice: shares sound restaurant.wav
  - wait: 1s
"""
QUIET = """\
agent: examples.concierge:create_agent
people: {bob: {}}
script:
  - bob: joins
  - wait: 1s
"""


def test_no_sound_of_an_earlier_run_is_left_in_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    heard = []
    for text in (LOUD, QUIET):
        file.write_text(text)
        write_call(tmp_path / "out", run_scenario(load_scenario(file)))
        heard.append({stem.stem for stem in (tmp_path / "out" / "stems").iterdir()})
    assert {"alice screen", "alice at the agent", "agent at alice"} < heard[0]
    assert heard[1] == {"agent", "bob"}
