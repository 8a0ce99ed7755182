"""Variables, and scenarios that take from others what they do not say themselves."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import ScenarioError, load_scenario
from simulator.scenario.model.steps import AgentSpeaks, Joins, Says
from simulator.scenario.playing.runner import run_scenario
from simulator.scenario.reading.inheritance import MOST_FILES
from simulator.scenario.reading.yaml_source import MOST_BYTES

BASE = """\
name: the other
description: what the other guards
vars: {caller: alice, clip: okay.wav, patience: 2s}
people: {"${caller}": {mic: true}, bob: {mic: false}}
seed: 3
script:
  - ${caller}: joins
  - ${caller}: says ${clip}
  - agent: speaks
    within: ${patience}
expect:
  - errors: 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "base.yaml").write_text(BASE)
    return tmp_path


def write(folder: Path, text: str, name: str = "call.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def refused(file: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    return error.value


# -- variables --------------------------------------------------------------------------------------------------------


def test_a_variable_is_put_in_wherever_it_is_named(folder: Path) -> None:
    scenario = load_scenario(write(folder, BASE))
    joins, says, speaks = scenario.script
    assert isinstance(joins, Joins)
    assert isinstance(says, Says)
    assert isinstance(speaks, AgentSpeaks)
    assert (joins.who, says.who, says.clip) == ("alice", "alice", "okay.wav")
    assert speaks.within is not None
    assert speaks.within.seconds == 2
    assert list(scenario.people) == ["alice", "bob"]


def test_a_variable_may_use_those_above_it_and_a_dollar_stays_one(folder: Path) -> None:
    text = "vars: {a: b, c: '${a}-${a}'}\ndescription: ${c} costs $5, $${a} and $x\nscript: [wait: 1s]\n"
    assert load_scenario(write(folder, text)).description == "b-b costs $5, ${a} and $x"


def test_a_plain_value_stays_plain_and_a_quoted_one_quoted(folder: Path) -> None:
    text = """\
vars: {yes: true, word: "true"}
people: {alice: {}}
script:
  - alice: joins
  - alice: {sends: {a: "${yes}", b: "${word}", c: "x${yes}", d: "$${yes}"}}
  - alice:
      sends:
        a: ${yes}
"""
    _, quoted, plain = load_scenario(write(folder, text)).script
    assert quoted.data == {"a": "true", "b": "true", "c": "xtrue", "d": "${yes}"}  # type: ignore[union-attr]
    assert plain.data == {"a": True}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("vars: {caller: x}\nname: ${calle}\nscript: [wait: 1s]", 2, "no variable 'calle'", "'caller'"),
        ("name: ${x}\nscript: [wait: 1s]", 1, "no variable 'x'", "vars: {x: ...}"),
        ("vars: {a: '${b}', b: 1}\nscript: [wait: 1s]", 1, "no variable 'b'", ""),
        ("vars: [a]\nscript: [wait: 1s]", 1, "variables by name", "caller: alice"),
        ("vars: {a: [1]}\nscript: [wait: 1s]", 1, "a value for 'a', found a list", "a text, a number"),
        ("vars: {a b: 1}\nscript: [wait: 1s]", 1, "'a b' is not a name", ""),
        (
            "vars: {a: bob}\npeople:\n  bob: {}\n  ${a}: {}\nscript: [wait: 1s]",
            4,
            "'bob' comes twice",
            "another value",
        ),
        ("vars: {t: 5}\nscript:\n  - wait: ${t}", 3, "'5' has no unit", ""),
    ],
)
def test_a_variable_that_cannot_be_put_in_is_refused_at_its_place(
    text: str, line: int, message: str, hint: str, folder: Path
) -> None:
    error = refused(write(folder, text))
    assert (error.line, len(error.problems)) == (line, 1), str(error)
    assert message in error.message
    assert hint in error.hint


def test_variables_that_grow_without_bound_are_refused(folder: Path) -> None:
    doubled = "".join(f"  v{n}: ${{v{n - 1}}}${{v{n - 1}}}\n" for n in range(1, 40))
    error = refused(write(folder, f"vars:\n  v0: xxxxxxxxxx\n{doubled}script: [wait: 1s]\n"))
    assert "variables add more than 200,000 characters" in error.message


# -- what is taken from another ---------------------------------------------------------------------------------------


def test_everything_but_its_name_and_description_is_taken_from_the_other(folder: Path) -> None:
    scenario = load_scenario(write(folder, "extends: base.yaml\n"))
    assert (scenario.name, scenario.description, scenario.seed) == ("call", "", 3)
    assert [step.kind for step in scenario.script] == ["person joins", "person says", "agent speaks"]


def test_what_a_scenario_says_itself_comes_first(folder: Path) -> None:
    child = """\
extends: base.yaml
vars: {clip: hmm.wav}
people: {bob: {mic: true}}
seed: 4
expect: [{interruptions: 0}]
"""
    scenario = load_scenario(write(folder, child))
    assert scenario.seed == 4
    assert [step.clip for step in scenario.script if isinstance(step, Says)] == ["hmm.wav"]
    assert {name: person.mic for name, person in scenario.people.items()} == {"alice": True, "bob": True}
    assert [expectation.kind for expectation in scenario.expect] == ["errors", "interruptions"]


def test_a_script_of_its_own_takes_the_place_of_the_others(folder: Path) -> None:
    scenario = load_scenario(write(folder, "extends: base.yaml\nscript: [wait: 1s]\n"))
    assert [step.kind for step in scenario.script] == ["wait"]


def test_what_is_wrong_is_told_with_the_file_it_is_wrong_in(folder: Path) -> None:
    base = write(folder / "fixtures", BASE.replace("says ${clip}", "sais ${clip}"), "base.yaml")
    error = refused(write(folder, "extends: base.yaml\nlimt: 5s\n"))
    assert [(Path(p.path).name, p.line) for p in error.problems] == [("call.yaml", 2), ("base.yaml", 8)]
    assert str(error.problems[1]).startswith(f"{base}:8:")
    assert error.problems[1].source == "  - ${caller}: sais ${clip}"
    assert "did you mean 'says'?" in error.problems[1].hint


def test_a_step_that_fails_is_told_with_the_file_it_stands_in(folder: Path) -> None:
    scenario = load_scenario(
        write(folder, "extends: base.yaml\nscript:\n  - agent: speaks\n    within: 10ms\n")
    )
    (own,) = run_scenario(scenario, agent="examples.concierge:create_agent").failures
    assert own.place == f"{folder / 'call.yaml'}:3"
    scenario = load_scenario(write(folder, "extends: base.yaml\nvars: {patience: 10ms}\n"))
    (inherited,) = run_scenario(scenario, agent="examples.concierge:create_agent").failures
    assert inherited.place == f"{folder / 'fixtures' / 'base.yaml'}:9"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("../base.yaml", "outside of the scenario's folder"),
        ("/etc/passwd", "outside of the scenario's folder"),
        ("bas.yaml", "no file 'bas.yaml' to extend"),
        ("[a]", "the name of a scenario file"),
        ("call.yaml", "extends itself"),
        ("a" * 300, "outside of the scenario's folder"),
    ],
)
def test_what_cannot_be_extended_is_refused_where_it_is_named(named: str, message: str, folder: Path) -> None:
    error = refused(write(folder, f"extends: {named}\n"))
    assert (error.line, error.column) == (1, 10)
    assert message in error.message


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    here = folder / "here"
    here.mkdir()
    (here / "linked.yaml").symlink_to(folder / "fixtures" / "base.yaml")
    assert "link out" in refused(write(here, "extends: linked.yaml\n")).message


def test_a_circle_and_a_long_chain_are_refused(folder: Path) -> None:
    write(folder, "extends: two.yaml\n", "one.yaml")
    write(folder, "extends: one.yaml\n", "two.yaml")
    assert "extends itself" in refused(folder / "one.yaml").message
    for number in range(MOST_FILES + 1):
        write(folder, f"extends: chain{number + 1}.yaml\n", f"chain{number}.yaml")
    assert f"at most {MOST_FILES} files" in refused(folder / "chain0.yaml").message


def test_all_files_together_are_no_larger_than_one_may_be(folder: Path) -> None:
    comment = "#" * (MOST_BYTES // 2)
    write(folder, f"script: [wait: 1s]\n{comment}", "large.yaml")
    error = refused(write(folder, f"extends: large.yaml\n{comment}"))
    assert (error.line, error.column) == (1, 10)
    assert "more than 200,000 bytes" in error.message


def test_a_file_that_is_no_yaml_is_refused_by_its_own_name(folder: Path) -> None:
    write(folder, "a: [", "broken.yaml")
    assert Path(refused(write(folder, "extends: broken.yaml\n")).path).name == "broken.yaml"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scratch")
    (folder / "base.yaml").write_text(BASE)
    return folder


PIECES = [
    "extends: base.yaml\n",
    "vars: {a: 1, b: '${a}'}\n",
    "script:\n  - wait: ${a}s\n",
    "${",
    "}",
    "$$",
    "a",
]
PIECES += ["extends: call.yaml\n", "people: {'${b}': {}}\n", "expect: ${a}\n", "vars: 1\n", "\n", ": ", "- "]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=8), data=st.binary(max_size=20))
def test_whatever_is_shared_loads_or_is_refused_in_order(
    pieces: list[str], data: bytes, scratch: Path
) -> None:
    (scratch / "call.yaml").write_bytes("".join(pieces).encode() + data)
    with contextlib.suppress(ScenarioError):
        load_scenario(scratch / "call.yaml")
