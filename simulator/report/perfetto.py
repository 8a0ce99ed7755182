"""A call as a trace of the Chrome trace-event format, which Perfetto, chrome://tracing and speedscope open.

A process for each person, the agent and the script; a thread for each of its rows, and one for the marks.
Format: "Trace Event Format" of the Chromium project, the JSON object form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from simulator.report.timeline import Lane, Mark, Row, Span, timeline
from simulator.trace import Record
from simulator.trace.record import beginning

MARKS = "marks"
"""The thread of a lane's marks."""

_THREADS = 1000
"""More than a lane has rows. A trace processor knows a thread by its number alone, whatever its process."""


def perfetto_json(records: Iterable[Record]) -> str:
    """The whole trace. Instants and durations are whole microseconds of virtual time since the call began."""
    told = list(records)
    line = timeline(told)
    events = [event for pid, lane in enumerate(line.lanes, start=1) for event in _lane_events(pid, lane)]
    document = {
        "displayTimeUnit": "ms",
        "otherData": {"scenario": beginning(told).text("scenario")},
        "traceEvents": events,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _lane_events(pid: int, lane: Lane) -> Iterator[dict[str, Any]]:
    yield _named("process_name", pid, pid * _THREADS, lane.name)
    yield _placed("process_sort_index", pid, pid * _THREADS, pid)
    for tid, row in enumerate((Row(MARKS, ()), *lane.rows), start=pid * _THREADS):
        yield _named("thread_name", pid, tid, row.name)
        yield _placed("thread_sort_index", pid, tid, tid)
        yield from (_slice(pid, tid, span) for span in row.spans)
    yield from (
        _instant(pid, pid * _THREADS, mark) for mark in sorted(lane.marks, key=lambda mark: mark.at_ns)
    )


def _named(what: str, pid: int, tid: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": {"name": name}}


def _placed(what: str, pid: int, tid: int, index: int) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": {"sort_index": index}}


def _slice(pid: int, tid: int, span: Span) -> dict[str, Any]:
    args: dict[str, Any] = dict(span.details)
    if span.first_ns is not None:
        args["first after ms"] = (span.first_ns - span.start_ns) / 1e6
    if span.cut:
        args["cut"] = True
    return {
        "ph": "X",
        "name": span.text or span.kind,
        "cat": span.kind,
        "pid": pid,
        "tid": tid,
        "ts": _us(span.start_ns),
        "dur": _us(span.end_ns) - _us(span.start_ns),
        "args": args,
    }


def _instant(pid: int, tid: int, mark: Mark) -> dict[str, Any]:
    return {
        "ph": "i",
        "s": "t",
        "name": mark.text,
        "cat": mark.kind,
        "pid": pid,
        "tid": tid,
        "ts": _us(mark.at_ns),
        "args": dict(mark.details),
    }


def _us(ns: int) -> int:
    # Whole: the trace processor cuts fractions off, and loses a slice that begins before the one before it is over.
    return round(ns / 1000)
