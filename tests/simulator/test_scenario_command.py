"""`agentkit scenario`, as a person at a terminal meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.media.clips import find_clip
from simulator.scenario import load_scenario
from simulator.scenario.playing.runner import run_scenario
from simulator.scenario.schema import FILE

CONCIERGE = "examples.concierge:create_agent"
WRONG = "script:\n  - agent: speeks\n  - wait: 800\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_is_said_to_be_wrong_where_nothing_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.yaml").write_text("agent: nowhere:to_be_found\nscript: [wait: 1s]\n")
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert capsys.readouterr().out == "1 scenario, nothing wrong\n"


def test_all_that_is_wrong_in_several_files_is_told_with_its_place(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.yaml").write_text(WRONG)
    (here / "calls").mkdir()
    (here / "calls" / "b.yaml").write_text("people: {agent: {}}\nscript: [wait: 1s]\n")
    assert main(["scenario", "check", "a.yaml", "calls"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    for line in (
        "a.yaml:2:12: unknown verb 'speeks'",
        "did you mean 'speaks'?",
        "a.yaml:3:11: ",
        "calls/b.yaml:1:10: ",
    ):
        assert line in told.err


HELLO = """\
agent: examples.concierge:create_agent
people: {alice: {mic: true}}
script:
  - alice: joins
  - alice: says hello.wav
"""


def _hello(here: Path, sidecar: str | None = None, name: str = "hello.json") -> None:
    (here / "a.yaml").write_text(HELLO)
    shutil.copy(find_clip("okay").path, here / "hello.wav")
    if sidecar is not None:
        (here / name).write_text(sidecar)


def test_a_clip_without_a_sidecar_is_told_with_one_to_begin_with(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here)
    assert main(["scenario", "check", "a.yaml"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(
        "warning: a.yaml:5:5: hello.wav has no sidecar hello.json, so scripted ears understand none"
    )
    assert told.endswith("\n1 scenario, nothing wrong, 1 clip without words\n")
    (example,) = (line for line in told.splitlines() if line.startswith('    {"text"'))
    (here / "hello.json").write_text(example)
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert capsys.readouterr().out == "1 scenario, nothing wrong\n"


def test_a_clip_that_is_said_twice_is_told_once_where_it_is_said_first(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here)
    (here / "a.yaml").write_text(HELLO + "  - alice: says hello.wav\n")
    assert main(["scenario", "check", "a.yaml"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("warning: a.yaml:5:5: ")
    assert told.count("warning: ") == 1


@pytest.mark.parametrize("name", ["hello.wav.json", "Hello.json"])
def test_a_sidecar_with_another_name_is_told_how_to_be_called(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here, '{"text": "Okay.", "words": [{"text": "Okay.", "start": 0.1, "end": 0.4}]}', name)
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert f"no sidecar hello.json ({name} is none: rename it)" in capsys.readouterr().out


def test_a_clip_that_is_no_recording_has_nothing_to_be_understood(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here, '{"text": "Okay.", "words": [], "duration": 1}')
    (here / "hello.wav").write_text("this is no sound")
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert capsys.readouterr().out == "1 scenario, nothing wrong\n"


def test_a_text_without_words_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _hello(here, '{"text": "Okay.", "words": []}')
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert "hello.json has no word in its list of words" in capsys.readouterr().out


@pytest.mark.parametrize(
    "sidecar", ['{"text": "", "words": [], "kind": "noise"}', '{"text": "", "words": []}']
)
def test_a_clip_in_which_nothing_is_said_needs_no_words(
    sidecar: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here, sidecar)
    assert main(["scenario", "check", "a.yaml"]) == 0
    assert capsys.readouterr().out == "1 scenario, nothing wrong\n"


def test_a_word_after_the_end_of_its_clip_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _hello(here, '{"text": "Okay.", "words": [{"text": "Okay.", "start": 0.1, "end": 0.9}]}')
    assert main(["scenario", "check", "a.yaml"]) == 2
    assert "ends at 0.9 s, after the clip, which lasts 0.55 s" in capsys.readouterr().err


def test_a_run_says_that_its_agent_could_not_understand_a_clip(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _hello(here)
    (here / "a.yaml").write_text(HELLO + "  - agent: speaks\n    within: 2s\n")
    (here / "b.yaml").write_text(HELLO)
    assert main(["simulate", "a.yaml", "b.yaml"]) == 1
    told = capsys.readouterr().out
    assert "alice starts hello (its words are not known, so scripted ears understand none)" in told
    assert told.count("has no sidecar hello.json") == 1


def test_a_path_that_leads_nowhere_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "check", "nowhere.yaml"]) == 2
    assert "nowhere.yaml: there is no such file" in capsys.readouterr().err


def test_a_new_scenario_can_be_played_at_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "new", "it's a: question", "--agent", CONCIERGE]) == 0
    assert (
        "it-s-a-question.yaml: written. Play it: agentkit simulate it-s-a-question.yaml"
        in capsys.readouterr().out
    )
    scenario = load_scenario(here / "it-s-a-question.yaml")
    assert (scenario.name, scenario.agent) == ("it's a: question", CONCIERGE)
    assert run_scenario(scenario).passed


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("barges in", "scenarios/barges-in.yaml"),
        ("deep/er/call.yaml", "deep/er/call.yaml"),
        ("x.yml", "x.yml"),
    ],
)
def test_a_new_scenario_lies_among_the_others_or_where_its_path_says(
    name: str, path: str, here: Path
) -> None:
    (here / "scenarios").mkdir()
    assert main(["scenario", "new", name]) == 0
    assert load_scenario(here / path).agent is None


def test_a_new_scenario_calls_the_agent_of_its_neighbours(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, agent in enumerate(["shop:create", CONCIERGE, CONCIERGE]):
        (here / "scenarios" / "deep").mkdir(parents=True, exist_ok=True)
        (here / "scenarios" / "deep" / f"{number}.yaml").write_text(f"agent: {agent}\nscript: [wait: 1s]\n")
    (here / "scenarios" / "broken.yaml").write_text("name: [")
    assert main(["scenario", "new", "first"]) == 0
    assert capsys.readouterr().out == (
        f"scenarios/first.yaml: written, with the agent of its neighbours, {CONCIERGE}. "
        "Play it: agentkit simulate scenarios/first.yaml\n"
    )
    assert load_scenario(here / "scenarios/first.yaml").agent == CONCIERGE


def test_a_new_scenario_names_the_schema_that_lies_in_the_project(here: Path) -> None:
    assert main(["scenario", "new", "calls/first.yaml"]) == 0
    assert "schema" not in (here / "calls/first.yaml").read_text()
    (here / "scenario.schema.json").write_text("{}")
    assert main(["scenario", "new", "calls/second.yaml"]) == 0
    first, *_ = (here / "calls/second.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../scenario.schema.json"
    assert load_scenario(here / "calls/second.yaml").name == "second"


def test_a_new_scenario_says_how_to_use_a_recording_of_ones_own(here: Path) -> None:
    assert main(["scenario", "new", "mine"]) == 0
    text = (here / "mine.yaml").read_text()
    assert "hello.wav" in text
    assert "hello.json, its sidecar" in text


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.yaml").write_text("precious")
    assert main(["scenario", "new", "mine"]) == 2
    assert "mine.yaml is there already" in capsys.readouterr().err
    assert (here / "mine.yaml").read_text() == "precious"


@pytest.mark.parametrize(
    "arguments", [["?!"], ["a\nb"], ["a", "--agent", "concierge.py"], ["/proc/nowhere/a.yaml"]]
)
def test_what_cannot_be_written_is_refused_in_words(
    arguments: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scenario", "new", *arguments]) == 2
    assert capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_the_schema_is_the_one_that_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "schema"]) == 0
    printed = capsys.readouterr().out
    assert printed == FILE.read_text()
    assert json.loads(printed)["title"] == "agentkit scenario"
