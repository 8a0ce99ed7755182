"""The lane of the script: its steps and the moments it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.report.timeline.model import Lane, Mark, Span, rows
from simulator.trace import Record
from simulator.trace.record import SCENARIO

SCRIPT_LANE = "script"


def script_lane(records: Sequence[Record]) -> Lane:
    """What was to happen: each step from when it began to when it was done, or had failed."""
    own = [record for record in records if record.source == SCENARIO]
    return Lane(SCRIPT_LANE, "script", tuple(rows("steps", _steps(own), _end_ns(own))), tuple(_marks(own)))


def _steps(own: Sequence[Record]) -> Iterator[Span]:
    for record in own:
        if record.kind == "step":
            took_ns = record.integer("took_ns") or 0
            details = (("line", str(record.integer("line") or "")), ("why", record.text("why")))
            outcome = "failed" if record.text("outcome") == "failed" else "passed"
            told = tuple(detail for detail in details if detail[1])
            yield Span(record.t_ns - took_ns, record.t_ns, outcome, record.text("text"), told)


def _marks(own: Sequence[Record]) -> Iterator[Mark]:
    for record in own:
        if record.kind == "moment":
            yield Mark(record.at_ns, "moment", record.text("name"))
        elif record.kind == "step" and record.text("outcome") == "failed":
            yield Mark(record.t_ns, "failure", record.text("text"), (("why", record.text("why")),))


def _end_ns(own: Sequence[Record]) -> int:
    return max((record.t_ns for record in own), default=0)
