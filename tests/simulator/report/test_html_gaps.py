"""What a line lost, in the report of a call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.report.folder import write_call
from simulator.report.result import Result

pytest.importorskip("bokeh", reason="reports are drawn with Bokeh: pip install 'agentkit[report]'")
from simulator.report.html.gaps import gaps
from simulator.report.html.page import call_page
from simulator.report.html.surroundings import lines, rooms
from simulator.report.timeline import timeline
from simulator.trace import Record

FRAME_NS = 20_000_000

BAD_LINE = """\
name: a bad line
agent: examples.concierge:create_agent
people:
  alice:
    network: {delay: 40ms, loss: 8%, burst: 2, outages: [{at: 500ms, for: 200ms}], down: {loss: 0%, outages: []}}
    acoustics: {noise: pink, snr: 20dB}
script:
  - alice: joins
  - alice: says superlative-degree.wav
  - wait: 1s
"""


@pytest.fixture(scope="module")
def bad(play: Callable[[str], Result]) -> Result:
    """Alice's noise never pauses, so whatever is missing of it is heard; back to her, nothing is lost."""
    return play(BAD_LINE)


def test_every_packet_that_was_missing_is_where_it_was_missed(bad: Result, tmp_path: Path) -> None:
    folder = write_call(tmp_path, bad.outcome).parent
    found = gaps(folder, bad.outcome.trace)
    (counts,) = bad.outcome.trace.select("alice", "network.counts")
    (row,) = found["alice"]
    assert row.name == "gaps"
    missed = sum(span.end_ns - span.start_ns for span in row.spans) // FRAME_NS
    assert missed == counts.data["up"]["concealed"] > 10
    assert "agent" not in found
    lag_ns = 40_000_000
    assert any(
        span.start_ns <= 500_000_000 + lag_ns and span.end_ns >= 700_000_000 + lag_ns for span in row.spans
    )


def test_nothing_is_missed_where_there_is_no_network_or_no_sound(passed: Result, tmp_path: Path) -> None:
    assert gaps(write_call(tmp_path, passed.outcome).parent, passed.outcome.trace) == {}
    assert gaps(tmp_path / "nowhere", [Record(0, "alice", "network", {"up": {"playout_s": "soon"}})]) == {}


def test_a_line_is_told_with_what_it_cost_and_a_room_with_what_it_is_like(
    bad: Result, tmp_path: Path
) -> None:
    up, down = lines(bad.outcome.trace.records)
    assert up[:2] == ("alice → agent", "40 ms delay, 8 % loss in bursts of 2, nothing from 0.5 to 0.7 s")
    assert down[:2] == ("agent → alice", "40 ms delay")
    assert up[2].endswith(" %)")
    assert down[2].startswith("0 of ")
    assert dict(rooms(bad.outcome.trace.records)) == {"alice": "pink noise 20 dB below the voice"}
    page = call_page(bad, write_call(tmp_path, bad.outcome).parent)
    assert up[1] in page
    assert "lost or late" in page


def test_an_outage_is_on_the_lane_of_who_has_it_until_the_call_ends(bad: Result) -> None:
    (outage,) = timeline(bad.outcome.trace).lanes[0].row("line")
    assert (outage.start_ns, outage.end_ns) == (500_000_000, 700_000_000)
    assert dict(outage.details) == {"way": "to the agent"}


def test_lines_and_rooms_need_no_counts_and_no_sense() -> None:
    ((_, like, missing, counts), _) = lines([Record(0, "alice", "network", {"up": 3, "down": None})])
    assert (like, missing, set(counts)) == ("without delay or loss", "–", {"–"})
    assert list(rooms([Record(0, "alice", "acoustics", {})])) == [("alice", "ideal")]
