"""Golden traces in a folder: made, kept, updated, and held against shipped scenarios."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import examples
from simulator.cli import main
from simulator.golden import EXACT, GoldenError, Goldens, Rules, read_rules
from simulator.scenario import ScenarioError
from simulator.trace import Record, read_jsonl

CHECKOUT = Path(examples.__file__).parents[1]
SHIPPED = Path(__file__).parent / "records"
"""After a change that is right: ``agentkit simulate <those scenarios> --golden tests/simulator/golden
--update-golden``"""

SCENARIOS = ("turn_taking/question-and-answer", "barge_in/1-silent-first", "barge_in/5-cough")

CALL = [
    Record(0, "alice", "joined", {}),
    Record(1_000_000_000, "scenario", "step", {"text": "wait: 1s", "line": 4}),
    Record(2_000_000_000, "agent", "agent.turn_ended", {"heard_ms": 500.0, "text": "Hello"}),
]


def test_three_shipped_scenarios_go_as_their_golden_calls_did(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(CHECKOUT / "scenarios" / f"{name}.yaml") for name in SCENARIOS]
    status = main(["simulate", *paths, "--golden", str(SHIPPED)])
    assert status == 0, capsys.readouterr().out


def test_a_golden_is_small_and_has_one_line_a_record(tmp_path: Path) -> None:
    assert Goldens(tmp_path).update("call", CALL) == f"made: {tmp_path / 'call.jsonl'}"
    assert (tmp_path / "call.jsonl").read_text().splitlines()[1] == (
        '{"data":{"text":"wait: 1s"},"kind":"step","source":"scenario","t_ns":1000000000}'
    )
    for shipped in SHIPPED.glob("*.jsonl"):
        assert shipped.stat().st_size < 20_000


def test_a_golden_that_still_holds_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "golden.yaml").write_text("ignore: {agent.turn_ended: [heard_ms]}")
    Goldens(tmp_path).update("call", CALL)
    before = (tmp_path / "call.jsonl").read_bytes()
    other = [*CALL[:2], CALL[2]._replace(data={"heard_ms": 7.0, "text": "Hello"})]
    assert Goldens(tmp_path).update("call", other) == f"unchanged: {tmp_path / 'call.jsonl'}"
    assert (tmp_path / "call.jsonl").read_bytes() == before


def test_updating_says_what_changes(tmp_path: Path) -> None:
    Goldens(tmp_path).update("call", CALL)
    other = [*CALL[:2], CALL[2]._replace(data={"heard_ms": 500.0, "text": "Good day"})]
    told = Goldens(tmp_path).update("call", other)
    assert told.startswith(f"updated: {tmp_path / 'call.jsonl'}; ")
    assert 'text: expected "Hello", found "Good day"' in told
    assert Goldens(tmp_path).check("call", other) is None


def test_a_golden_that_is_missing_or_broken_is_told_with_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(GoldenError, match=r"there is no golden trace .*; make it: do this"):
        Goldens(tmp_path, how_to_make="do this").check("call", CALL)
    (tmp_path / "call.jsonl").write_text("nonsense")
    with pytest.raises(GoldenError, match=r"line 1: expected .*; make it again: do this"):
        Goldens(tmp_path, how_to_make="do this").check("call", CALL)
    assert "updated" in Goldens(tmp_path).update("call", CALL)


# -- golden.yaml ----------------------------------------------------------------------------------------------------


def test_without_a_file_of_rules_everything_matters(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "golden.yaml") == EXACT


def test_a_folder_in_the_place_of_the_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_rules(tmp_path)


def test_the_rules_are_read(tmp_path: Path) -> None:
    file = tmp_path / "golden.yaml"
    file.write_text(
        'tolerance: 5ms\nignore:\n  stt.partial_transcript: all\n  says: [text, clip]\n  "*": [epoch]\n'
    )
    fields = {"says": frozenset({"text", "clip"}), "*": frozenset({"epoch"})}
    assert read_rules(file) == Rules(5_000_000, frozenset({"stt.partial_transcript"}), fields)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tolerances: 5ms", "did you mean 'tolerance'?"),
        ("tolerance: 5", "has no unit"),
        ("ignore: [says]", "expected kinds of records, found a list"),
        ("ignore: {says: text}", "expected a list of fields, or 'all' for the whole record, found 'text'"),
        ('ignore: {"*": all}', "expected a list of fields"),
        ("ignore: {stt.transcipt: all}", "did you mean 'stt.transcript'?"),
        ("[", "golden.yaml:1"),
    ],
)
def test_wrong_rules_are_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "golden.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as refused:
        read_rules(file)
    assert told in str(refused.value)


@given(
    st.binary(max_size=60) | st.text(alphabet="toleranceignore: {}[]*al5ms\n-", max_size=60).map(str.encode)
)
def test_whatever_bytes_the_rules_are_nothing_else_is_raised(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    with contextlib.suppress(ScenarioError):
        read_rules(file)


# -- agentkit simulate --golden -------------------------------------------------------------------------------------

TALK = """\
name: Somebody asks!
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - wait: 1s
  - call: ends
"""

Simulate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def simulate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Simulate:
    monkeypatch.chdir(tmp_path)
    Path("talk.yaml").write_text(TALK)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["simulate", "talk.yaml", *arguments])
        return status, *capsys.readouterr()

    return run


def test_a_scenario_is_held_against_its_golden(simulate: Simulate) -> None:
    status, out, _ = simulate("--golden", "gold", "--update-golden")
    assert (status, "made: gold/somebody-asks.jsonl" in out) == (0, True)
    assert len(read_jsonl("gold/somebody-asks.jsonl")) > 5
    assert simulate("--golden", "gold")[0] == 0
    Path("talk.yaml").write_text("# a comment changes no call\n" + TALK)
    assert simulate("--golden", "gold")[0] == 0
    Path("talk.yaml").write_text(TALK.replace("1s", "1005ms"))
    status, out, _ = simulate("--golden", "gold")
    assert status == 1
    assert "talk.yaml: parts from gold/somebody-asks.jsonl at " in out
    assert "last in common: " in out
    assert "if the new call is right: agentkit simulate talk.yaml --golden gold --update-golden" in out


def test_times_within_the_tolerance_are_the_same(simulate: Simulate) -> None:
    Path("talk.yaml").write_text(TALK + "expect:\n  - errors: 0\n")
    simulate("--golden", "gold", "--update-golden")
    Path("gold/golden.yaml").write_text("ignore: {step: [text]}")
    Path("talk.yaml").write_text(TALK.replace("1s", "1004ms"))
    assert simulate("--golden", "gold")[0] == 1
    assert simulate("--golden", "gold", "--golden-tolerance", "5ms")[0] == 0
    assert simulate("--golden", "gold", "--golden-tolerance", "3ms")[0] == 1


def test_a_golden_that_is_missing_fails_its_scenario(simulate: Simulate) -> None:
    Path("gold").mkdir()
    status, out, _ = simulate("--golden", "gold")
    assert status == 1
    assert "there is no golden trace gold/somebody-asks.jsonl; make it: agentkit simulate " in out


def test_no_golden_is_made_of_a_scenario_that_fails(simulate: Simulate) -> None:
    Path("talk.yaml").write_text(TALK + "expect:\n  - errors: 7\n")
    status, out, _ = simulate("--golden", "gold", "--update-golden")
    assert status == 1
    assert "kept as it was, as the scenario failed: gold/somebody-asks.jsonl" in out
    assert not Path("gold/somebody-asks.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--golden", "nowhere"], "--golden nowhere: there is no such folder; make it"),
        (["--golden", "talk.yaml"], "--golden talk.yaml: this is not a folder"),
        (["--update-golden"], "--update-golden needs to know the folder of the goldens: --golden DIR"),
        (["--golden-tolerance", "5ms"], "--golden-tolerance needs to know the folder"),
        (["--golden", "gold", "--golden-tolerance", "5"], "'5' has no unit"),
        (["other.yaml", "--golden", "gold"], "would share the golden trace somebody-asks.jsonl"),
        (["--golden", "wrong"], "wrong/golden.yaml:1:1: unknown key 'tol'"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_runs(
    simulate: Simulate, arguments: list[str], told: str
) -> None:
    Path("gold").mkdir()
    Path("wrong").mkdir()
    Path("wrong/golden.yaml").write_text("tol: 1ms")
    Path("other.yaml").write_text(TALK.replace("asks!", "asks?"))
    status, out, err = simulate(*arguments)
    assert (status, out) == (2, "")
    assert told in err
