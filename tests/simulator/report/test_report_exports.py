"""Results and calls for other programs: JUnit XML, Markdown, Perfetto and OpenTelemetry."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.junit import junit_xml
from simulator.report.markdown import summary
from simulator.report.otel import otlp_json
from simulator.report.perfetto import perfetto_json
from simulator.report.result import Result
from simulator.report.timeline import timeline
from simulator.trace import Record
from simulator.trace.record import AGENT

TEXT, NAME, COUNT, SECONDS = r"(?s:.*)", r"(?s:\s*\S.*)", r"\d+", r"\d+\.\d{3}"
CHILDREN = {
    "testsuites": "(testsuite )*",
    "testsuite": "properties (testcase )*system-out system-err ",
    "properties": "(property )*",
    "testcase": "(failure )?",
}
ATTRIBUTES = {
    "testsuite": {
        "id": COUNT,
        "name": NAME,
        "package": NAME,
        "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
        "hostname": NAME,
        "tests": COUNT,
        "failures": COUNT,
        "errors": COUNT,
        "time": SECONDS,
    },
    "property": {"name": NAME, "value": TEXT},
    "testcase": {"name": TEXT, "classname": TEXT, "time": SECONDS},
    "failure": {"type": TEXT, "message": TEXT},
}
"""What the schema of Ant's JUnit task demands, and the one of Jenkins' xUnit plugin allows."""


def breaches(element: ET.Element) -> list[str]:
    """What in a JUnit document is against the schemas."""
    tag = element.tag
    found = (
        [f"<{tag}> has {dict(element.attrib)}"]
        if set(element.keys()) != ATTRIBUTES.get(tag, {}).keys()
        else []
    )
    found += [
        f"{tag}/@{name} is {element.attrib[name]!r}"
        for name, pattern in ATTRIBUTES.get(tag, {}).items()
        if not re.fullmatch(pattern, element.attrib.get(name, ""))
    ]
    if not re.fullmatch(CHILDREN.get(tag, ""), "".join(f"{child.tag} " for child in element)):
        found.append(f"<{tag}> holds {[child.tag for child in element]}")
    return found + [breach for child in element for breach in breaches(child)]


def row(
    name: str, message: str = "", file: str | None = "scenarios/a.yaml", story: tuple[str, ...] = ()
) -> dict[str, Any]:
    latency = {"count": 1, "p95": 1080.1}
    metrics = {
        "response_latency_ms": latency,
        "yield_latency_ms": {"count": 0, "p95": None},
        "interruptions": 1,
    }
    failure = {"message": message, "place": f"{file}:7", "at_s": 1.5, "story": list(story)}
    return {
        "name": name,
        "file": file,
        "passed": not message,
        "virtual_s": 12.0,
        "wall_s": 0.25,
        "metrics": metrics,
        "failures": [failure] if message else [],
    }


def test_a_suite_for_each_folder_counts_its_cases_and_their_time() -> None:
    root = ET.fromstring(
        junit_xml(
            [row("a"), row("b", "too late"), row("c", file="scenarios/tools/c.yaml"), row("d", file=None)]
        )
    )
    suites = {suite.attrib["name"]: suite for suite in root}
    assert list(suites) == ["scenarios", "scenarios/tools"]
    assert (suites["scenarios"].attrib["tests"], suites["scenarios"].attrib["failures"]) == ("3", "1")
    assert suites["scenarios"].attrib["time"] == "0.750"
    assert [case.attrib["classname"] for case in suites["scenarios/tools"].iter("testcase")] == [
        "scenarios.tools.c"
    ]


def test_the_document_is_as_the_schemas_of_ant_and_jenkins_have_it(failed: Result) -> None:
    rows = [row("a"), row("b", "too late"), row("c", file=None), failed.as_row()]
    assert breaches(ET.fromstring(junit_xml(rows))) == []
    assert breaches(ET.fromstring(junit_xml([]))) == []


def test_what_xml_cannot_write_is_replaced_and_the_rest_is_kept() -> None:
    root = ET.fromstring(junit_xml([row("a\x00b", "\x1b[31mred\x1b[0m\ttab\nline ]]> & <x>")]))
    (case,) = root.iter("testcase")
    assert case.attrib["name"] == "a\ufffdb"
    assert case[0].attrib["message"] == "\ufffd[31mred\ufffd[0m\ttab\nline ]]> & <x>"


def test_a_failure_has_its_message_and_its_story() -> None:
    root = ET.fromstring(junit_xml([row("b", "too <late>", story=("  0.000 s  alice joins",))]))
    (failure,) = root.iter("failure")
    assert failure.attrib == {"type": "failed", "message": "too <late>"}
    assert failure.text == "scenarios/a.yaml:7: too <late>\n\n  0.000 s  alice joins"


@given(name=st.text(min_size=1), message=st.text(), story=st.text())
def test_whatever_a_call_is_called_and_says_the_document_can_be_read(
    name: str, message: str, story: str
) -> None:
    root = ET.fromstring(junit_xml([row(name, message, story=(story,))]).encode("utf-8", "replace"))
    assert len(list(root.iter("testcase"))) == 1
    assert breaches(root) == []


def test_the_summary_tells_failures_first_and_lists_all_calls() -> None:
    told = summary([row("a"), row("b", "expected <b>silence</b>", story=("  0.000 s  alice | joins",))])
    assert told.startswith("## ❌ Simulated calls: 1 passed, 1 failed\n\n24.0 s of calls in 0.50 s.\n")
    assert "### b\n\n- expected &lt;b&gt;silence&lt;/b&gt; (<code>scenarios/a.yaml:7</code>)\n" in told
    assert "<pre>\n  0.000 s  alice | joins\n</pre>" in told
    assert told.index("| ❌ | b |") < told.index("| ✅ | a | 12.0 s | 1080 ms | – | 1 |")


def test_the_summary_of_a_good_run_is_a_heading_and_a_table() -> None:
    assert summary([row("a")]).startswith("## ✅ Simulated calls: 1 passed\n")
    assert "<details>" not in summary([row("a")])


@given(name=st.text(min_size=1, max_size=60), message=st.text(max_size=60))
def test_a_name_cannot_break_the_table_or_begin_markup(name: str, message: str) -> None:
    lines = summary([row(name, message)]).splitlines()
    (line,) = [line for line in lines if line.startswith(("| ✅", "| ❌"))]
    cells = line.replace("\\|", "").split("|")
    assert len(cells) == 8
    assert "<" not in line
    assert not any(cell.strip().startswith("#") for cell in cells)


def test_a_story_stays_in_its_frame_and_a_message_on_its_line() -> None:
    told = summary([row("a", "one\n\n# two | three", story=("</pre></details>", "", "*x* \x60y\x60"))])
    assert "- one \\# two \\| three (" in told
    assert "<pre>\n&lt;/pre&gt;&lt;/details&gt;\n\n*x* \x60y\x60\n</pre>" in told


def slices(records: list[Record]) -> list[dict[str, Any]]:
    return [event for event in json.loads(perfetto_json(records))["traceEvents"] if event["ph"] == "X"]


def test_perfetto_has_a_process_for_each_lane_and_a_thread_for_each_row(failed: Result) -> None:
    records = list(failed.outcome.trace)
    events = json.loads(perfetto_json(records))["traceEvents"]
    processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    assert list(processes.values()) == ["alice", "bob", "agent", "script"]
    threads = [(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"]
    assert len({tid for _, tid in threads}) == len(threads)
    line = timeline(records)
    assert len(threads) == sum(len(lane.rows) + 1 for lane in line.lanes)
    assert len(slices(records)) == sum(len(row.spans) for lane in line.lanes for row in lane.rows)


def test_every_event_of_perfetto_has_what_its_phase_needs(failed: Result) -> None:
    needed = {"X": {"ts", "dur", "cat"}, "i": {"ts", "s", "cat"}, "M": {"args"}}
    for event in json.loads(perfetto_json(failed.outcome.trace))["traceEvents"]:
        assert event.keys() >= {"name", "ph", "pid", "tid"} | needed[event["ph"]]


@given(
    edges=st.lists(st.integers(0, 10**12), min_size=2, max_size=20, unique=True).map(sorted),
)
def test_no_two_slices_of_a_thread_overlap_in_the_trace_processor(edges: list[int]) -> None:
    """It keeps only what is strictly nested; what is not, is dropped without a word."""
    words = [
        Record(t_ns, AGENT, "stt.partial_transcript", {"participant": "alice", "text": f"{'x ' * number}"})
        for number, t_ns in enumerate(edges, start=1)
    ]
    threads: dict[int, list[dict[str, Any]]] = {}
    for each in slices([Record(0, "alice", "joined", {}), *words]):
        threads.setdefault(each["tid"], []).append(each)
    for thread in threads.values():
        for one, following in pairwise(thread):
            assert type(one["ts"]) is type(one["dur"]) is int
            assert one["ts"] + one["dur"] <= following["ts"]


def test_the_trace_for_perfetto_is_in_order_and_has_only_what_is_documented(failed: Result) -> None:
    document = json.loads(perfetto_json(failed.outcome.trace))
    assert document.keys() <= {"traceEvents", "displayTimeUnit", "otherData"}
    threads: dict[int, int] = {}
    for event in document["traceEvents"]:
        assert event["ph"] in "XiM"
        if event["ph"] != "M":
            assert threads.get(event["tid"], 0) <= event["ts"]
            assert event.get("dur", 0) >= 0
            threads[event["tid"]] = event["ts"]


def test_instants_are_microseconds_of_the_call(passed: Result) -> None:
    records = list(passed.outcome.trace)
    (spoken,) = [event for event in slices(records) if event["cat"] == "speaks"]
    (started,) = passed.outcome.trace.select("agent", "agent.turn_started")
    assert spoken["ts"] == round(started.t_ns / 1000)
    assert spoken["name"].startswith("The Queen of Clubs")


def otel_spans(result: Result) -> list[dict[str, Any]]:
    document = json.loads(otlp_json(result.outcome.trace))
    (resource,) = document["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    spans: list[dict[str, Any]] = scope["spans"]
    return spans


def test_opentelemetry_has_the_call_as_the_root_of_all_that_happened_in_it(failed: Result) -> None:
    root, *others = otel_spans(failed)
    assert root["name"] == failed.scenario.name
    assert root["status"] == {"code": 2}
    assert root["endTimeUnixNano"] == str(failed.outcome.trace.records[-1].t_ns)
    assert {span["parentSpanId"] for span in others} == {root["spanId"]}
    assert len({span["spanId"] for span in (root, *others)}) == len(others) + 1
    assert any(event["name"] == "agent yields to bob" for event in root["events"])


def test_opentelemetry_has_identifiers_of_the_right_length_and_the_same_in_every_run(passed: Result) -> None:
    spans = otel_spans(passed)
    assert all(len(bytes.fromhex(span["traceId"])) == 16 for span in spans)
    assert all(len(bytes.fromhex(span["spanId"])) == 8 for span in spans)
    assert spans == otel_spans(passed)
    assert spans[0]["traceId"] == passed.outcome.digest[:32]


def test_opentelemetry_reads_its_own_document(failed: Result) -> None:
    pytest.importorskip("opentelemetry.proto", reason="pip install opentelemetry-exporter-otlp-proto-grpc")
    from google.protobuf import json_format
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    read = json_format.Parse(otlp_json(failed.outcome.trace), TracesData())
    assert len(read.resource_spans[0].scope_spans[0].spans) == len(otel_spans(failed))
