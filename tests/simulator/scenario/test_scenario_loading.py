from __future__ import annotations

import contextlib
import os
import pickle
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import Scenario, ScenarioError, load_folder, load_scenario
from simulator.scenario.model.expectations import EventExpectation
from simulator.scenario.model.quantities import Comparison, Duration, Range
from simulator.scenario.model.steps import AgentFallsSilent, Joins, Says, Wait

WHOLE = """\
name: caller interrupts a long answer
description: |
  It used to talk over the caller.
agent: examples.concierge:create_agent
seed: 42
limit: 2m
people:
  alice: {mic: true}
  bob:                                   # a microphone, silent until he says something
  carol: {mic: false}
script:
  - alice: joins
    as: start
  - alice: says go-forward.wav
  - agent: speaks                        # waits until the agent is audible
    within: &patience 1.5s
    of: start
  - wait: 500ms..2s
  - alice: starts saying okay
    as: barge-in
  - agent: falls silent
    within: 300ms
    of: barge-in
  - alice: stops talking
  - alice: {sends: {kind: poke, level: 2, quiet: true}}
  - alice: stays silent
    for: 1s
  - agent: says "we open at *"
    within: *patience
  - wait for: turn.ended
    where: {participant: alice}
  - alice: leaves
  - call: ends
expect:
  - interruptions: 1
  - errors: "<= 1"
  - agent said: "we open at *"
  - conversation:
      - user: "*"
      - assistant: "we open *"
  - event: turn.started
    count: ">= 1"
    where: {participant: alice}
  - metric: yield_latency.p95 <= 300ms
"""


def _minimal(name: str) -> str:
    return f"name: {name}\nscript:\n  - wait: 1s\n"


def test_a_scenario_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(WHOLE)
    scenario = load_scenario(file)
    assert scenario.name == "caller interrupts a long answer"
    assert scenario.description == "It used to talk over the caller."
    assert (scenario.seed, scenario.limit, scenario.path) == (42, Duration.parse("2m"), file)
    assert [(name, person.mic) for name, person in scenario.people.items()] == [
        ("alice", True),
        ("bob", True),
        ("carol", False),
    ]
    joins, says, _speaks, wait, _starts, falls, *_ = scenario.script
    assert isinstance(joins, Joins)
    assert (joins.who, joins.as_) == ("alice", "start")
    assert isinstance(says, Says)
    assert says.clip == "go-forward.wav"
    assert isinstance(wait, Wait)
    assert wait.duration == Range.parse("500ms..2s")
    assert isinstance(falls, AgentFallsSilent)
    assert (falls.within, falls.of) == (Duration.parse("300ms"), "barge-in")
    assert len(scenario.script) == 13
    assert len(scenario.expect) == 6


def test_the_keys_of_an_expectation_may_come_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(
        "script: [wait: 1s]\nexpect:\n  - count: 2\n    where: {participant: alice}\n    event: joined\n"
    )
    (expected,) = load_scenario(file).expect
    assert isinstance(expected, EventExpectation)
    assert (expected.event, str(expected.count)) == ("joined", "== 2")


def test_a_step_knows_the_line_it_was_written_in(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(WHOLE)
    place = load_scenario(file).script[5].place
    assert WHOLE.splitlines()[place.line - 1].strip() == "- agent: falls silent"
    assert place.text == "agent: falls silent, within: 300ms, of: barge-in"


def test_a_scenario_survives_being_dumped_and_validated(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(WHOLE)
    dumped = load_scenario(file).model_dump_json(by_alias=True)
    assert Scenario.model_validate_json(dumped).model_dump_json(by_alias=True) == dumped


def test_a_scenario_cannot_be_changed_or_given_what_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(_minimal("a call"))
    scenario = load_scenario(file)
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 1  # type: ignore[misc]
    with pytest.raises(ValueError, match="Extra inputs"):
        Scenario.model_validate({"name": "a call", "script": scenario.script, "colour": "red"})


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    file = tmp_path / "long-answer_2.yaml"
    file.write_text("script:\n  - wait: 1s\n")
    scenario = load_scenario(file)
    assert (scenario.name, scenario.agent, scenario.seed) == ("long answer 2", None, 0)
    assert (scenario.limit, scenario.expect) == (Duration.parse("60s"), ())


@pytest.mark.parametrize(
    ("written", "mic"),
    [("true", True), ("yes", True), ("off", False), ("go-forward", "go-forward"), ("'okay'", "okay")],
)
def test_a_microphone_is_there_or_not_or_plays_a_clip(written: str, mic: bool | str, tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(f"people: {{alice: {{mic: {written}}}}}\nscript: [wait: 1s]")
    assert load_scenario(file).people["alice"].mic == mic


def test_a_metric_is_held_against_its_bound_in_the_unit_of_the_metrics(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(_minimal("a") + "expect:\n  - metric: talk_over <= 0\n  - metric: heard_ratio > 50%\n")
    talk_over, heard_ratio = load_scenario(file).expect
    assert talk_over.kind == heard_ratio.kind == "metric"
    assert talk_over.bound == Comparison("<=", Duration(0))
    assert (talk_over.holds(0.0), talk_over.holds(20.0)) == (True, False)
    assert (heard_ratio.holds(0.6), heard_ratio.holds(0.5)) == (True, False)


# -- files that are none ----------------------------------------------------------------------------------------------


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: there is no such file"):
        load_scenario(tmp_path / "nowhere.yaml")
    with pytest.raises(ScenarioError, match="nowhere: there is no such folder"):
        load_folder(tmp_path / "nowhere")


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path) -> None:
    (tmp_path / "call.yaml").write_text(_minimal("a call"))
    with pytest.raises(ScenarioError, match="this is a folder"):
        load_scenario(tmp_path)
    with pytest.raises(ScenarioError, match="this is not a folder"):
        load_folder(tmp_path / "call.yaml")
    with pytest.raises(ScenarioError, match=r"cannot be read|no such file"):
        load_scenario(tmp_path / "call.yaml" / "inside.yaml")


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "call.yaml")
    with pytest.raises(ScenarioError, match="this is not a file"):
        load_scenario(tmp_path / "call.yaml")


@pytest.mark.parametrize("name", ["a\0b.yaml", "a" * 300 + ".yaml"])
def test_a_path_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        load_scenario(tmp_path / name)


# -- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_whole_and_in_order(tmp_path: Path) -> None:
    for name in ("b/two.yml", "a.yaml", "b/one.yaml", "fixtures/clip.yaml", ".hidden/x.yaml", "b/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(_minimal(name))
    assert [scenario.name for scenario in load_folder(tmp_path)] == ["a.yaml", "b/one.yaml", "b/two.yml"]


def test_a_folder_may_lie_in_a_hidden_one(tmp_path: Path) -> None:
    folder = tmp_path / ".worktree" / "fixtures"
    folder.mkdir(parents=True)
    (folder / "call.yaml").write_text(_minimal("a call"))
    assert len(load_folder(folder)) == 1


def test_a_folder_without_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario in this folder"):
        load_folder(tmp_path)


def test_what_is_wrong_in_several_files_is_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("script: []")
    (tmp_path / "b.yaml").write_text("script: [wait: soon]")
    with pytest.raises(ScenarioError) as refused:
        load_folder(tmp_path)
    assert [Path(problem.path).name for problem in refused.value.problems] == ["a.yaml", "b.yaml"]


def test_two_scenarios_of_a_folder_cannot_share_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(_minimal("a call"))
    (tmp_path / "b.yaml").write_text("# second\n" + _minimal("a call"))
    with pytest.raises(
        ScenarioError, match=r"b\.yaml:2:7: the name 'a call' is taken by .*a\.yaml:1"
    ) as refused:
        load_folder(tmp_path)
    assert "another name" in refused.value.hint


# -- clips ------------------------------------------------------------------------------------------------------------


def _clip(destination: Path) -> None:
    shipped = Path(__file__).parents[3] / "fixtures" / "people" / "okay.wav"
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shipped, destination)


SAYS = "people: {alice: {mic: true}}\nscript:\n  - alice: joins\n  - alice: says mine.wav\n"


@pytest.mark.parametrize("folder", [".", "fixtures"])
def test_a_scenario_finds_its_own_clips_beside_it_and_in_its_fixtures(folder: str, tmp_path: Path) -> None:
    _clip(tmp_path / folder / "mine.wav")
    (tmp_path / "call.yaml").write_text(SAYS)
    assert load_scenario(tmp_path / "call.yaml").folders == (tmp_path,)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    _clip(tmp_path / "elsewhere" / "secret.wav")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.wav").symlink_to(tmp_path / "elsewhere" / "secret.wav")
    (tmp_path / "here" / "call.yaml").write_text(SAYS)
    with pytest.raises(ScenarioError, match="outside of the scenario's folder") as refused:
        load_scenario(tmp_path / "here" / "call.yaml")
    assert (refused.value.line, refused.value.column) == (4, 17)


def test_fixtures_may_be_a_link_to_a_shared_folder(tmp_path: Path) -> None:
    _clip(tmp_path / "shared" / "mine.wav")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "fixtures").symlink_to(tmp_path / "shared", target_is_directory=True)
    (tmp_path / "here" / "call.yaml").write_text(SAYS)
    assert load_scenario(tmp_path / "here" / "call.yaml").script[1].kind == "person says"


def test_a_clip_that_is_no_sound_is_refused_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.wav").write_text("this is no sound")
    (tmp_path / "call.yaml").write_text(SAYS)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(tmp_path / "call.yaml")
    assert (refused.value.line, refused.value.column) == (4, 17)
    assert "mine.wav" in refused.value.message


# -- the error --------------------------------------------------------------------------------------------------------


def test_an_error_can_be_sent_to_another_process(tmp_path: Path) -> None:
    (tmp_path / "call.yaml").write_text("script: []")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(tmp_path / "call.yaml")
    received = pickle.loads(pickle.dumps(refused.value))
    assert str(received) == str(refused.value)
    assert received.problems == refused.value.problems


# -- arbitrary files --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "call.yaml"


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_order(data: bytes, scratch: Path) -> None:
    scratch.write_bytes(data)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(scratch)
    assert str(refused.value).startswith(str(scratch))


SPLICES = [
    *(
        "*a",
        "&a ",
        "!!str ",
        '"',
        "'",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "?",
        "|",
        ">",
        "<<: ",
    ),
    *(
        "nan",
        "-1s",
        "1e999s",
        "..",
        "~",
        "null",
        "\\",
        "/etc/passwd",
        "../",
        "=",
        "@",
        "%",
        "9" * 30,
        "\0",
        "#",
    ),
    *("alice", "agent", "says ", "within", "of", "as", "for", "joins", "wait for", "sends {", "talk_over"),
    *("\ud800", "\u2028", "\ufeff"),
]


SPLICES += [
    *(
        "extends: ",
        "vars: {a: b}\n",
        "${",
        "${a}",
        "tools: {a: {returns: ",
        "any of: ",
        "never: ",
        "times: 3",
        "by: 2s",
    ),
    *(
        "tts: stalls",
        "llm: errors ",
        "everyone: is silent",
        "presses 1#",
        "plays ",
        "types ",
        "has said ",
        "agent saw",
    ),
    *("camera: ", "drops", "reconnects", "keeps talking okay", "tool called: "),
]


@st.composite
def _mutations(draw: st.DrawFn) -> bytes:
    text = WHOLE
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 25))
        text = text[:at] + draw(st.sampled_from(["", *SPLICES])) + text[at + length :]
    return text.encode(errors="surrogatepass")


@given(data=_mutations())
def test_a_mutilated_scenario_loads_or_is_refused_in_order(data: bytes, scratch: Path) -> None:
    scratch.write_bytes(data)
    with contextlib.suppress(ScenarioError):
        load_scenario(scratch)
