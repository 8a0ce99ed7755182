"""`agentkit scenario`, as a person at a terminal meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.scenario import load_scenario
from simulator.scenario.runner import run_scenario
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
