"""`agentkit simulate --report` and its like, and `agentkit compare`, as a person at a terminal meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agentkit.core.extras import how_to_install
from simulator.cli import main

TALK = """\
name: a question
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says do-something.wav
  - agent: speaks
    within: 3s
  - wait: 1s
"""
TOO_SOON = TALK.replace("a question", "index").replace("within: 3s", "within: 20ms")

Agentkit = Callable[..., tuple[int, str, str]]


@pytest.fixture
def agentkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Agentkit:
    """Runs the command in an empty folder: its status, its output, and what it complains of."""
    monkeypatch.chdir(tmp_path)
    Path("talk.yaml").write_text(TALK)
    Path("too-soon.yaml").write_text(TOO_SOON)

    def run(*arguments: str) -> tuple[int, str, str]:
        return main(list(arguments)), *capsys.readouterr()

    return run


def test_a_run_leaves_every_report_that_was_asked_for(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    wanted = [
        "--report",
        "pages",
        "--junit",
        "out.xml",
        "--summary",
        "out.md",
        "--perfetto",
        "traces",
        "--otel",
        "traces",
    ]
    status, out, err = agentkit("simulate", "talk.yaml", "too-soon.yaml", *wanted)
    assert (status, err) == (1, "")
    assert "look and listen: pages/index-.html" in out
    assert sorted(path.name for path in Path("pages").iterdir()) == [
        "a-question.html",
        "index-.html",
        "index.html",
    ]
    assert sorted(path.name for path in Path("traces").iterdir()) == [
        "a-question.otlp.json",
        "a-question.perfetto.json",
        "index.otlp.json",
        "index.perfetto.json",
    ]
    assert ET.parse("out.xml").getroot()[0].attrib["failures"] == "1"
    assert Path("out.md").read_text().startswith("## ❌ Simulated calls: 1 passed, 1 failed")


def test_a_report_changes_nothing_about_a_call(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    agentkit("simulate", "talk.yaml", "--json", "plain.json")
    agentkit("simulate", "talk.yaml", "--json", "reported.json", "--report", "pages")
    digests = [json.loads(Path(name).read_text())[0]["digest"] for name in ("plain.json", "reported.json")]
    assert digests[0] == digests[1]


def test_calls_that_other_processes_play_are_reported_too(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--report", "one")
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--report", "two", "-j", "2")

    def drawn(folder: str) -> str:
        return Path(folder, "a-question.html").read_text().split('id="data">')[1].split("</script>")[0]

    assert drawn("one") == drawn("two")


def test_a_summary_is_added_to_what_the_file_says_already(agentkit: Agentkit) -> None:
    Path("out.md").write_text("# Before\n")
    agentkit("simulate", "talk.yaml", "--summary", "out.md")
    assert Path("out.md").read_text().startswith("# Before\n## ✅ Simulated calls: 1 passed")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--junit", "nowhere/out.xml"],
            "--junit nowhere/out.xml: there is no folder nowhere; make it first",
        ),
        (["--summary", "."], "--summary .: this is a folder; give the path of a file"),
        (["--perfetto", "talk.yaml"], "--perfetto talk.yaml: talk.yaml is a file; give the path of a folder"),
        (["--report", "talk.yaml"], "--report talk.yaml: cannot write the pages"),
    ],
)
def test_what_cannot_be_written_is_told_in_one_line_before_anything_is_played(
    agentkit: Agentkit, arguments: list[str], told: str
) -> None:
    if "--report" in arguments:
        pytest.importorskip("bokeh")
    status, out, err = agentkit("simulate", "talk.yaml", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1


def test_what_somebody_else_put_into_the_folder_stays_there(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    Path("site").mkdir()
    Path("site", "notes.txt").write_text("mine")
    assert agentkit("simulate", "talk.yaml", "--report", "site")[0] == 0
    assert (
        agentkit("simulate", "talk.yaml", "--report", "site")[0] == 0
    )  # over the pages of the report before
    assert Path("site", "notes.txt").read_text() == "mine"
    Path("site", "index.html").write_text("<h1>my own page</h1>")
    status, out, err = agentkit("simulate", "talk.yaml", "--report", "site")
    assert (status, out) == (2, "")
    assert err.startswith("--report site: cannot write the pages: index.html is there already and is no page")
    assert Path("site", "index.html").read_text() == "<h1>my own page</h1>"


def test_who_has_not_installed_what_pages_are_drawn_with_is_told_what_to_install(
    agentkit: Agentkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith(("simulator.report.html", "jinja2"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    status, out, err = agentkit("simulate", "talk.yaml", "--report", "pages")
    assert (status, out) == (2, "")
    assert err.endswith(f"; {how_to_install('report')}\n")


def test_two_runs_of_the_same_are_the_same(agentkit: Agentkit) -> None:
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--out", "before")
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--out", "after", "--seed", "7")
    status, out, err = agentkit("compare", "before", "after")
    assert (status, err) == (0, "")
    assert out == "same     a question\nsame     index\n0 changed, 2 the same\n"


def test_what_changed_is_told_with_the_instant_and_the_figures(agentkit: Agentkit) -> None:
    agentkit("simulate", "talk.yaml", "--out", "before")
    Path("talk.yaml").write_text(TALK.replace("do-something", "queen-of-clubs"))
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--out", "after")
    _, out, _ = agentkit("compare", "before", "after")
    assert out.startswith("changed  a question  they part at 0.000 s  response latency 1124 -> ")
    assert "only in after: index\n" in out


def test_two_calls_are_drawn_on_one_page(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    agentkit("simulate", "talk.yaml", "--out", "before")
    Path("talk.yaml").write_text(TALK.replace("wait: 1s", "wait: 2s"))
    agentkit("simulate", "talk.yaml", "--out", "after")
    status, out, _ = agentkit(
        "compare", "before/a-question", "after/a-question/trace.jsonl", "--report", "pages"
    )
    assert status == 0
    assert out.endswith("look and listen: pages/index.html\n")
    page = Path("pages/a-question.html").read_text()
    before, after = json.loads(page.split('id="data">')[1].split("</script>")[0])["calls"]
    assert (before["title"], after["title"]) == ("before", "after")
    assert before["sound"].startswith("data:audio/ogg")
    assert after["sound"] is None  # only its trace was given
    assert [flag[1] for flag in before["flags"]] == [flag[1] for flag in after["flags"]] == ["parting"]
    assert "they part at" in Path("pages/index.html").read_text()
    assert "Where they part" in page


def test_a_comparison_names_what_failed_and_what_only_one_run_has(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--out", "before")
    Path("talk.yaml").write_text("limit: 2500ms\n" + TALK.replace("within: 3s", "within: 30ms"))
    Path("too-soon.yaml").write_text(TALK.replace("a question", "another"))
    agentkit("simulate", ".", "--out", "after")
    _, out, _ = agentkit("compare", "before", "after", "--report", "pages")
    assert out.startswith("changed  a question  they part at ")
    assert "response latency 1124 -> " in out
    assert "only in before: index\nonly in after: another\n" in out
    index, page = (Path("pages", name).read_text() for name in ("index.html", "a-question.html"))
    assert "after: expected the agent to speak between" in index
    assert 'Only before <small>1</small></h2><ul class="names"><li>index</li>' in index
    assert 'Only after <small>1</small></h2><ul class="names"><li>another</li>' in index
    assert "after, a step failed: expected the agent to speak between" in page


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (None, "nothing: cannot"),
        ("folder", "nothing: there is no call here; make one: agentkit simulate SCENARIO --out nothing\n"),
        ("text", "nothing, line 1: expected"),
    ],
)
def test_what_is_no_call_is_refused_in_one_line(agentkit: Agentkit, made: str | None, told: str) -> None:
    agentkit("simulate", "talk.yaml", "--out", "calls")
    if made == "folder":
        Path("nothing").mkdir()
    elif made == "text":
        Path("nothing").write_text("hello\n")
    status, out, err = agentkit("compare", "calls", "nothing")
    assert (status, out) == (2, "")
    assert err.startswith(told) or (made is None and "nothing" in err)
    assert err.count("\n") == 1


def test_runs_with_nothing_in_common_are_refused(agentkit: Agentkit) -> None:
    agentkit("simulate", "talk.yaml", "too-soon.yaml", "--out", "before")
    Path("talk.yaml").write_text(TALK.replace("a question", "another"))
    agentkit("simulate", "talk.yaml", "--out", "after")
    status, _, err = agentkit("compare", "before", "after")
    assert status == 2
    assert err == "before and after have no scenario in common; they have a-question, index and another\n"
