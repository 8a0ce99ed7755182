"""A call that was found is saved as the file it was explored from, with nothing changed but what was drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.explore.explorable import Explorable
from simulator.explore.reason import Reason
from simulator.explore.saved import CannotSave, save
from simulator.explore.search import Drawn, Found
from simulator.media.recording import CallRecording
from simulator.scenario.model.quantities import Duration
from simulator.scenario.playing.runner import Failure, Outcome
from simulator.trace import Trace, compute

NAMES = ["name: a call", "name: 'it''s a call'   # the name", 'name: "a: call"', "name: &n a call", ""]
DESCRIPTIONS = [
    "",
    "description: short",
    "description: short   # a comment",
    'description: "quoted: yes"',
    "description: over\n  two lines",
    "description: >\n  folded text\n  goes on\n\n  twice",
    "description: |-   # kept\n    literal\n      text",
]
SEEDS = ["", "seed: 3", "seed: 3 # chance"]
WAITS = [
    "- wait: 1s..2s",
    "- wait: 1s..2s   # a pause",
    "- {wait: '1s..2s'}",
    '- wait: "1s..2s"\n    as: then',
    "- wait:\n      1s..2s",
    "- wait: &pause 1s..2s\n  - wait: *pause",
    "- &step {wait: 1s..2s}\n  - *step",
    "- alice: stays silent\n    for: 1s..2s",
]


def scenario(name: str, description: str, seed: str, wait: str) -> str:
    head = "\n".join(filter(None, ["# first", name, description, seed]))
    script = f"script:\n  - alice: joins\n  {wait}\n  # the end\n  - alice: leaves\n"
    return f"{head}\npeople: {{alice: {{}}}}   # she\n{script}"


FLOW = '{"name": "flow", "people": {"alice": {}}, "script": [{"alice": "joins"}, {"wait": "1s..2s"}]}'
BARE_FLOW = "{people: {alice: {}}, description: 'one, two', script: [{alice: joins}, {wait: 1s..2s}]}\n"


def found(explored: Explorable, offset_ms: int, seed: int, message: str = "it was: late # 'really'") -> Found:
    trace = Trace(lambda: 0)
    outcome = Outcome("x", "", 0.0, compute([]), trace, CallRecording(), failures=[Failure(message, "", 0.0)])
    times = tuple(Duration(timing.range.lo.ns + offset_ms * 1_000_000) for timing in explored.timings)
    return Found(Drawn(times, seed), Reason("call", "it was"), outcome)


def saved(text: str, folder: Path, offset_ms: int, seed: int) -> tuple[str, Explorable]:
    path = folder / "call.yaml"
    path.write_bytes(text.encode())
    explored = Explorable.load(path)
    out, _ = save(explored, found(explored, offset_ms, seed), folder / "out.yaml")
    return out.read_bytes().decode(), Explorable.load(out)


@given(
    st.builds(
        scenario,
        st.sampled_from(NAMES),
        st.sampled_from(DESCRIPTIONS),
        st.sampled_from(SEEDS),
        st.sampled_from(WAITS),
    )
    | st.sampled_from([FLOW, BARE_FLOW]),
    st.integers(0, 1000),
    st.integers(0, 9),
    st.booleans(),
)
def test_however_a_scenario_is_written_it_is_saved_with_its_times_fixed(
    tmp_path_factory: pytest.TempPathFactory, text: str, offset_ms: int, seed: int, windows: bool
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    written, again = saved(text.replace("\n", "\r\n") if windows else text, folder, offset_ms, seed)
    original = Explorable.load(folder / "call.yaml")
    assert again.timings == ()
    assert again.scenario.seed == seed
    assert original.scenario.name.partition(" (")[0] in again.scenario.name
    assert (
        original.scenario.description.split()
        == again.scenario.description.split()[
            len(again.scenario.description.split()) - len(original.scenario.description.split()) :
        ]
    )
    assert "Found by agentkit explore in call.yaml" in " ".join(again.scenario.description.split())
    for comment in (
        "# first",
        "# she",
        "# the end",
        "# a pause",
        "# a comment",
        "# the name",
        "# chance",
        "# kept",
    ):
        assert written.count(comment) == text.count(comment), comment
    if windows:
        assert written.count("\r\n") == written.count("\n")


def test_what_is_written_once_is_one_time_wherever_it_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(scenario("", "", "", "- &step {wait: 1s..2s}\n  - *step"))
    (timing,) = Explorable.load(path).timings
    assert len(timing.locations) == 2


def test_ranges_that_are_written_apart_are_drawn_apart(tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(scenario("", "", "", "- wait: &pause 1s..2s\n  - wait: *pause\n  - wait: 1s"))
    assert [len(timing.locations) for timing in Explorable.load(path).timings] == [1, 1]


def test_what_was_not_written_before_comes_first_and_in_the_usual_order(tmp_path: Path) -> None:
    written, _ = saved(scenario("", "", "", WAITS[0]), tmp_path, 250, 7)
    keys = [line.partition(":")[0] for line in written.splitlines() if line[:1].isalpha()]
    assert keys == ["name", "description", "seed", "people", "script"]


def test_a_name_that_would_be_too_long_is_cut(tmp_path: Path) -> None:
    _, again = saved(scenario(f"name: {'x' * 118}", "", "", WAITS[0]), tmp_path, 250, 0)
    assert again.scenario.name == f"{'x' * 109} (at 1.25s)"


def test_a_description_that_would_be_too_long_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CannotSave, match="a description has at most 5000 characters"):
        saved(scenario("", f"description: {'x ' * 2499}", "", WAITS[0]), tmp_path, 250, 0)
