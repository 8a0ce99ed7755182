"""A call as OpenTelemetry spans, in the JSON of OTLP, which a collector reads from a file.

The call is the root span; what is on the time line hangs below it, and marks are events of the root. Times are those
of virtual time, counted from 1970. Format: OTLP 1.0, JSON Protobuf encoding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from simulator.report.timeline import Lane, Mark, Span, timeline
from simulator.trace import Record, digest
from simulator.trace.record import beginning

_INTERNAL = 1
_OK, _ERROR = 1, 2
_FAILED = frozenset({"failed", "function-failed"})


def otlp_json(records: Iterable[Record]) -> str:
    """One ``TracesData`` on one line. Its ids are made from the digest of the trace: the same call, the same ids."""
    told = list(records)
    line, identity = timeline(told), digest(told)
    name = beginning(told).text("scenario") or "call"
    trace_id, root_id = identity[:32], identity[32:48]
    failed = any(span.kind in _FAILED for lane in line.lanes for row in lane.rows for span in row.spans)
    root: dict[str, Any] = {
        **_span(trace_id, root_id, name, 0, line.end_ns, [_attribute("agentkit.digest", identity)]),
        "events": [_event(lane, mark) for lane in line.lanes for mark in lane.marks],
        "status": {"code": _ERROR if failed else _OK},
    }
    children = [
        _child(trace_id, root_id, number, lane, row.name, span)
        for number, (lane, row, span) in enumerate(
            (lane, row, span) for lane in line.lanes for row in lane.rows for span in row.spans
        )
    ]
    scope = {"scope": {"name": "agentkit.simulator"}, "spans": [root, *children]}
    resource = {"attributes": [_attribute("service.name", "agentkit.simulator")]}
    document = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _child(trace_id: str, root_id: str, number: int, lane: Lane, row: str, span: Span) -> dict[str, Any]:
    span_id = hashlib.sha256(f"{trace_id} {number}".encode()).hexdigest()[:16]
    attributes = [
        _attribute("agentkit.lane", lane.name),
        _attribute("agentkit.kind", span.kind),
        *_attributes((("text", span.text), *span.details)),
    ]
    if span.cut:
        attributes.append({"key": "agentkit.cut", "value": {"boolValue": True}})
    made = _span(trace_id, span_id, f"{lane.name} / {row}", span.start_ns, span.end_ns, attributes)
    made["parentSpanId"] = root_id
    if span.first_ns is not None:
        made["events"] = [{"timeUnixNano": str(span.first_ns), "name": "first"}]
    if span.kind in _FAILED:
        made["status"] = {"code": _ERROR}
    return made


def _span(
    trace_id: str, span_id: str, name: str, start_ns: int, end_ns: int, attributes: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(end_ns),
        "attributes": attributes,
    }


def _event(lane: Lane, mark: Mark) -> dict[str, Any]:
    attributes = [_attribute("agentkit.lane", lane.name), *_attributes(mark.details)]
    return {"timeUnixNano": str(mark.at_ns), "name": mark.text, "attributes": attributes}


def _attributes(details: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    return (_attribute(f"agentkit.{name.replace(' ', '_')}", value) for name, value in details if value)


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}
