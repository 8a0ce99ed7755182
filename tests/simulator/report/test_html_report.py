"""The pages of a report, as files."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simulator.report.folder import write_call
from simulator.report.result import Result, Run
from simulator.scenario.playing.runner import Outcome
from simulator.trace import Trace, compute

pytest.importorskip("bokeh", reason="reports are drawn with Bokeh: pip install 'agentkit[report]'")
from simulator.media.recording import CallRecording
from simulator.report.html import HtmlReport
from simulator.report.html.sound import RATE, playable, waveforms

SILENT = """\
name: nobody says anything
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - wait: 200ms
"""

QUESTIONS = """\
name: many questions
agent: examples.concierge:create_agent
limit: 3m
people: {alice: {}}
script:
  - alice: joins
"""
ASKED = """\
  - alice: says do-something.wav
  - agent: speaks
    within: 4s
  - wait: 5s
"""


class Page(HTMLParser):
    """A page as a browser takes it apart."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.text = ""
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("data", "library", "script", "style"):
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data
        else:
            self.text += data

    @property
    def data(self) -> Any:
        """What the time line is drawn from."""
        return json.loads(self.scripts["data"])

    def all(self, *names: str) -> list[str]:
        """The values of these attributes, wherever they are."""
        return [value for _, attrs in self.tags for name, value in attrs.items() if name in names and value]


@pytest.fixture(scope="module")
def report(failed: Result, passed: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on both calls."""
    folder = tmp_path_factory.mktemp("report")
    written = HtmlReport(folder, planned=3)
    written.add(passed, "content")
    written.add(failed, "index")
    written.write_index()
    return folder


def test_a_page_holds_all_that_it_shows_and_may_load_nothing(report: Path) -> None:
    for path in report.glob("*.html"):
        page = Page(path)
        assert not page.all("src", "srcset", "action", "formaction", "poster", "background")
        assert {tag for tag, _ in page.tags}.isdisjoint({"link", "iframe", "object", "embed", "img", "base"})
        assert all(re.fullmatch(r"[\w-]+\.html", href) for href in page.all("href"))
        assert not re.search(r"@import|url\(", page.scripts["style"])
        policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv"))
        assert policy is not None
        assert policy.startswith("default-src 'none'; ")
        assert "http" not in policy


def test_the_index_leads_to_every_page_and_every_page_back(report: Path) -> None:
    index = Page(report / "index.html")
    links = index.all("href")
    assert sorted(links) == [
        "content.html",
        "index-.html",
    ]  # a scenario called "index" does not take its place
    assert all((report / link).is_file() for link in links)
    assert all("index.html" in Page(report / link).all("href") for link in links)


def test_the_index_says_how_many_failed_why_and_how_many_were_not_played(report: Path) -> None:
    text = Page(report / "index.html").text
    assert "2 scenarios, 1 failed, 1 were not played." in text
    assert "expected the agent to fall silent between" in text


def test_those_that_failed_come_first(report: Path) -> None:
    index = (report / "index.html").read_text()
    assert index.index("index-.html") < index.index("content.html")


def test_a_page_has_a_lane_for_everyone_and_a_waveform_for_every_voice(report: Path) -> None:
    (call,) = Page(report / "index-.html").data["calls"]
    assert [lane["name"] for lane in call["lanes"]] == ["alice", "bob", "agent", "script"]
    for lane in call["lanes"][:3]:
        (wave,) = lane["waves"]
        outline = np.frombuffer(base64.b64decode(wave["bytes"]), np.int8)
        assert len(outline) / 2 / wave["rate"] == pytest.approx(
            Page(report / "index-.html").data["end"], abs=0.1
        )
        assert outline.max() > 5 > -5 > outline.min()


def test_a_failed_step_is_marked_where_it_failed_with_its_message(report: Path, failed: Result) -> None:
    page = Page(report / "index-.html")
    (failure,) = failed.failures
    (call,) = page.data["calls"]
    (flag,) = [flag for flag in call["flags"] if flag[1] == "failure"]
    assert flag[0] == pytest.approx(failure.at_s)
    assert flag[3] == [["failed", failure.message]]
    assert failure.message in page.text
    assert f"{failure.at_s}" in page.all("data-seek")
    script = call["lanes"][-1]
    assert [span[2] for row in script["rows"] if row["name"] == "within" for span in row["spans"]] == [
        "met",
        "missed",
    ]


def test_a_name_that_means_harm_is_only_a_name(report: Path, failed: Result) -> None:
    harmful = failed.scenario.name
    assert "<script>" in harmful
    for path in report.glob("*.html"):
        assert harmful not in path.read_text(encoding="utf-8")
    page = Page(report / "index-.html")
    assert harmful in page.text
    assert "Nobody falls silent <b>that</b> fast." in page.text
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 3


def test_the_story_and_the_figures_can_be_read_without_any_script(report: Path) -> None:
    text = " ".join(Page(report / "content.html").text.split())
    assert '0.090 alice starts "Queen of clubs."' in text or 'alice starts "Queen of clubs."' in text
    assert "response latency" in text
    assert "metric: response_latency.p95 <= 3s" in text


def test_the_recording_can_be_played_as_long_as_the_call_with_people_left_and_the_agent_right(
    passed: Result, tmp_path: Path
) -> None:
    write_call(tmp_path, passed.outcome)
    uri = playable(tmp_path)
    assert uri is not None
    kind, _, encoded = uri.partition(",")
    assert kind == "data:audio/ogg;base64"
    with av.open(io.BytesIO(base64.b64decode(encoded))) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert sound.shape[1] / 48_000 == pytest.approx(passed.outcome.recording.duration_s, abs=0.05)
    alice_speaks, agent_speaks = slice(int(0.2 * 48_000), 48_000), slice(-2 * 48_000, -48_000)
    left, right = np.abs(sound[0]), np.abs(sound[1])
    assert left[alice_speaks].mean() > 10 * right[alice_speaks].mean()
    assert right[agent_speaks].mean() > 10 * left[agent_speaks].mean()


def test_a_waveform_reaches_as_far_as_the_loudest_sample_and_is_flat_where_nobody_speaks(
    passed: Result, tmp_path: Path
) -> None:
    write_call(tmp_path, passed.outcome)
    outlines = {
        name: np.frombuffer(base64.b64decode(text), np.int8) for name, text in waveforms(tmp_path).items()
    }
    assert sorted(outlines) == ["agent", "alice"]
    assert max(np.abs(outline.astype(int)).max() for outline in outlines.values()) == 127
    begins = passed.outcome.trace.select("agent", "voice.started")[0].at_ns / 1e9
    silence = outlines["agent"][: int((begins - 0.1) * RATE) * 2]
    assert not silence.any()


def test_a_call_without_any_record_or_sound_has_a_page_too(passed: Result, tmp_path: Path) -> None:
    trace = Trace(lambda: 0)
    outcome = Outcome("empty", "", 0.0, compute(trace.records), trace, CallRecording())
    report = HtmlReport(tmp_path / "report", 1)
    path = report.add(Result(passed.scenario, outcome, (Run("", 0.0, 0.0),), ()), "empty")
    assert [lane["name"] for lane in Page(path).data["calls"][0]["lanes"]] == ["agent", "script"]


def test_a_minute_of_call_is_reported_in_less_than_two_seconds(
    play: Callable[[str], Result], tmp_path: Path
) -> None:
    result = play(QUESTIONS + 8 * ASKED)
    assert result.outcome.virtual_s > 60
    report = HtmlReport(tmp_path / "report", 1)
    began = time.perf_counter()
    path = report.add(result, "long")
    assert time.perf_counter() - began < 2
    assert path.stat().st_size < 2_000_000


def test_signs_and_rows_are_explained_if_they_are_there(
    failed: Result, passed: Result, tmp_path: Path
) -> None:
    report = HtmlReport(tmp_path, 2)
    busy, calm = (
        report.add(result, name).read_text() for result, name in ((failed, "busy"), (passed, "calm"))
    )
    for sign in ("both speak", "the agent yields", "cut off", "a check failed"):
        assert f"</i>{sign}<" in busy
        assert f"</i>{sign}<" not in calm
    assert "<dt>noticed</dt>" in calm
    assert "<dt>keys</dt>" not in calm


def test_the_story_marks_the_step_that_failed_or_ends_with_what_was_not_met(
    failed: Result, play: Callable[[str], Result], tmp_path: Path
) -> None:
    report = HtmlReport(tmp_path, 2)
    (marked,) = re.findall(
        r'class="failed"><time>[^<]*</time> <span>([^<]*)', report.add(failed, "a").read_text()
    )
    assert marked.startswith("step &#34;agent: falls silent")
    unmet = play(SILENT + "expect:\n  - agent turns: 1\n  - errors: 1\n")
    told = re.findall(r'class="failed"><time>[^<]*</time> <span>([^<]*)', report.add(unmet, "b").read_text())
    assert told == ["agent turns: expected == 1, found 0", "errors: expected == 1, found 0"]
