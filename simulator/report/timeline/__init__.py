"""A call as lanes of spans and marks: what the page draws, and what other viewers of traces are given."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.report.timeline.agent import agent_lane
from simulator.report.timeline.model import Lane, Mark, Row, Span, Timeline
from simulator.report.timeline.person import person_lane
from simulator.report.timeline.script import script_lane
from simulator.trace import Record
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import NOT_PEOPLE

__all__ = ["Lane", "Mark", "Row", "Span", "Timeline", "timeline"]


def timeline(records: Iterable[Record]) -> Timeline:
    """Lay a call out: a lane for each person in the order they appear, one for the agent, one for the script.

    Never fails, whatever is missing: what began and was not seen to end lasts until the end of the call.
    """
    told = list(records)
    voices = Voices(told)
    end_ns = max((record.t_ns for record in told), default=0)
    people = dict.fromkeys(record.source for record in told if record.source not in NOT_PEOPLE)
    lanes = [person_lane(name, told, voices, end_ns) for name in people]
    return Timeline(end_ns, (*lanes, agent_lane(told, voices, end_ns), script_lane(told)))
