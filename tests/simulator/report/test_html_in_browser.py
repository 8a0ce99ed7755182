"""The pages of a report in a browser: drawn, and operated with keys and pointer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.report.result import Result

pytest.importorskip("bokeh", reason="reports are drawn with Bokeh: pip install 'agentkit[report]'")
from simulator.report.html import HtmlReport
from tests.debian import program

FLAGS = """--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update
--disable-sync --no-first-run --mute-audio --autoplay-policy=no-user-gesture-required --enable-logging=stderr""".split()

HANDS = """
const told = { refused: [] };
addEventListener("securitypolicyviolation", (event) => told.refused.push(event.blockedURI));
addEventListener("error", (event) => (told.error = event.message));
addEventListener("unhandledrejection", (event) => (told.error = String(event.reason)));
const $ = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
const now = () => Number($("now").textContent);
const part = () => parseFloat($("window").style.width) / 100;
async function key(key, more = {}) {
  $("timeline").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  await frame();
}
async function point(type, x, y, more = {}) {
  const { left, top } = $("plot").getBoundingClientRect();
  const Kind = type === "wheel" ? WheelEvent : PointerEvent;
  const where = { clientX: left + x, clientY: top + y, pointerId: 1, bubbles: true, cancelable: true };
  $("plot").dispatchEvent(new Kind(type, { ...where, ...more }));
  await frame();
}
(async () => {
  while (!("ready" in document.body.dataset) && !told.error) await frame();
  try {
    %s
  } catch (error) {
    told.error = error.stack;
  }
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  told.loaded = loaded.filter((name) => !name.startsWith("data:"));
  console.log("TOLD" + encodeURIComponent(JSON.stringify(told)) + " ");
})();
"""

Act = Callable[..., dict[str, Any]]

PATIENCE_S = 60


@pytest.fixture(scope="module")
def page(failed: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the call that failed."""
    report = HtmlReport(tmp_path_factory.mktemp("report"), 1)
    path = report.add(failed, "failed")
    report.write_index()
    return path


@pytest.fixture(scope="module")
def browser() -> str:
    """Where a browser is."""
    others = map(shutil.which, ("chromium-browser", "google-chrome"))
    return next(filter(None, others), None) or program("chromium")


@pytest.fixture
def act(page: Path, tmp_path: Path, browser: str) -> Act:
    """Opens a page, does what a script says, and returns what it wrote into ``told``."""

    def run(script: str, opened: Path = page) -> dict[str, Any]:
        copy = tmp_path / "acted.html"
        hands = f"<script>{HANDS % script}</script>"
        copy.write_text(opened.read_text(encoding="utf-8") + hands, encoding="utf-8")
        command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", copy.as_uri()]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as running:
            assert running.stderr is not None
            guard = threading.Timer(PATIENCE_S, running.kill)
            guard.start()
            lines = (re.search(r"TOLD(\S+) ", line) for line in running.stderr)
            found = next(filter(None, lines), None)
            guard.cancel()
            guard.join()
            running.terminate()
        assert found is not None
        told: dict[str, Any] = json.loads(urllib.parse.unquote(found[1]))
        assert told.get("error") is None, told["error"]
        return told

    return run


def test_a_page_draws_itself_loads_nothing_and_does_no_harm(act: Act) -> None:
    told = act(
        """
        const below = (each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])];
        const inside = (root) => [...root.querySelectorAll("*")].flatMap(below);
        const canvas = inside($("plot")).find((each) => each.tagName === "CANVAS");
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        told.painted = pixels.filter((value, index) => index % 4 === 3 && value > 0).length / (pixels.length / 4);
        told.names = all("#names .lane-name").map((label) => label.textContent);
        told.title = document.title;
        """
    )
    assert told["names"] == ["alice", "bob", "agent", "script"]
    assert told["painted"] > 0.3
    assert told["title"] != "harmed"
    assert told["refused"] == told["loaded"] == []


def test_the_cursor_goes_where_the_keys_send_it(act: Act, failed: Result) -> None:
    told = act(
        """
        await key("ArrowRight"); told.right = now();
        await key("ArrowLeft"); told.left = now();
        await key("End"); told.end = now();
        await key("Home"); told.home = now();
        await key("ArrowRight", { shiftKey: true }); told.event = now();
        told.said = $("timeline").getAttribute("aria-valuetext");
        """
    )
    length = failed.outcome.virtual_s
    assert told["right"] == pytest.approx(length / 50, abs=0.01)
    assert told["left"] == told["home"] == 0
    assert told["end"] == pytest.approx(length, abs=0.01)
    assert 0 < told["event"] < 0.3
    assert told["said"] == "0.240 agent notices alice"


def test_the_view_follows_keys_buttons_wheel_and_drag(act: Act) -> None:
    told = act(
        """
        told.all = part();
        await key("+"); told.closer = part();
        await key("ArrowDown"); told.back = part();
        $("zoom-in").click(); await frame(); told.button = part();
        await point("wheel", 400, 100, { deltaY: -200, ctrlKey: true }); told.wheel = part();
        const before = parseFloat($("window").style.left);
        await point("pointerdown", 400, 100); await point("pointermove", 300, 100); await point("pointerup", 300, 100);
        told.dragged = parseFloat($("window").style.left) - before;
        told.unmoved = now();
        await key("0"); told.fit = part();
        """
    )
    assert told["all"] == told["back"] == told["fit"] == 1
    assert told["closer"] == pytest.approx(2 / 3, abs=0.001)
    assert told["button"] == pytest.approx(0.5, abs=0.001)
    assert told["wheel"] < 0.2
    assert told["dragged"] > 0
    assert told["unmoved"] == 0


def test_space_plays_the_recording_and_stops_it(act: Act) -> None:
    told = act(
        """
        told.label = $("play-label").textContent;
        await key(" ");
        for (let tries = 0; tries < 300 && now() < 0.2; tries++) await frame();
        told.playing = $("play-label").textContent;
        told.reached = now();
        await key(" ");
        told.stopped = $("play-label").textContent;
        """
    )
    assert (told["label"], told["playing"], told["stopped"]) == ("Play", "Pause", "Play")
    assert told["reached"] > 0


def test_where_the_recording_cannot_be_played_all_else_can_be_seen(
    act: Act, page: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.html"
    whole = page.read_text(encoding="utf-8")
    broken.write_text(re.sub(r'(?<="data:audio/ogg;base64,)[^"]*', "AAAA", whole), encoding="utf-8")
    told = act(
        """
        for (let tries = 0; tries < 300 && !$("play").disabled; tries++) await frame();
        told.disabled = $("play").disabled;
        await key(" "); await key("ArrowRight");
        told.moved = now();
        """,
        broken,
    )
    assert told["disabled"]
    assert told["moved"] > 0


def test_a_click_moves_the_cursor_and_pointing_tells_what_is_there(act: Act, failed: Result) -> None:
    told = act(
        """
        const width = $("plot").clientWidth;
        await point("pointerdown", width / 2, 100); await point("pointerup", width / 2, 100);
        told.clicked = now();
        const row = all("#names .row-name").find((label) => label.textContent === "says");
        await point("pointermove", width / 10, parseFloat(row.style.top) + 9);
        told.tip = $("tip").hidden ? "" : $("tip").textContent;
        """
    )
    assert told["clicked"] == pytest.approx(failed.outcome.virtual_s / 2, rel=0.02)
    assert told["tip"].startswith("Go somewhere and do something.alice, says · 0.000 – 1.9")


def test_the_failure_and_the_story_lead_to_their_instants(act: Act, failed: Result) -> None:
    told = act(
        """
        document.querySelector(".failure button").click(); await frame();
        told.failure = now(); told.part = part(); told.focus = document.activeElement.id;
        const lines = all(".story button");
        lines.find((line) => line.textContent.includes("bob starts")).click(); await frame();
        told.story = now();
        told.current = document.querySelector(".story [aria-current]").textContent;
        told.stops = lines.filter((line) => line.tabIndex === 0).length;
        """
    )
    assert told["failure"] == pytest.approx(failed.failures[0].at_s, abs=0.01)
    assert told["part"] <= 1
    assert told["focus"] == "timeline"
    (moment,) = failed.outcome.trace.select("scenario", "moment")
    assert told["story"] == pytest.approx(moment.at_ns / 1e9, abs=0.01)
    assert "barge-in" in told["current"]
    assert told["stops"] == 1


def test_everything_that_can_be_operated_has_a_name(act: Act) -> None:
    told = act(
        """
        const name = (each) => each.ariaLabel || each.labels?.[0]?.textContent.trim() || each.textContent.trim();
        const nameless = all("button, select, input, a, [tabindex]").filter((each) => !name(each));
        told.nameless = nameless.map((each) => each.outerHTML);
        """
    )
    assert told["nameless"] == []


def test_the_index_shows_what_is_searched_for(act: Act, page: Path) -> None:
    told = act(
        """
        const rows = () => all("tbody tr").filter((row) => !row.hidden).length;
        told.all = rows();
        $("search").value = "FALL silent"; $("search").dispatchEvent(new Event("input")); told.found = rows();
        $("search").value = "nobody"; $("search").dispatchEvent(new Event("input")); told.nobody = rows();
        told.nothing = !$("nothing").hidden;
        $("search").value = ""; $("search").dispatchEvent(new Event("input"));
        document.querySelector("input[value=good]").click(); told.passed = rows();
        """,
        page.with_name("index.html"),
    )
    assert (told["all"], told["found"], told["nobody"], told["passed"]) == (1, 1, 0, 0)
    assert told["nothing"]
    assert told["refused"] == told["loaded"] == []
