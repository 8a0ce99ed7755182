"""What has to be true of a call once it is over.

Only what is written is checked: a scenario that says nothing of errors allows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Field

from simulator.scenario.model.parts import Bound, Count, EventType, Part, PersonName, Text, ToolName
from simulator.scenario.model.quantities import Comparison
from simulator.trace.metrics import Metrics

AT_LEAST_ONCE = Comparison(">=", 1)


class CountExpectation(Part):
    """How often something happened: ``interruptions: 1``, ``errors: 0``, ``agent turns: ">= 2"``."""

    kind: Literal["interruptions", "false interruptions", "agent turns", "errors"]
    count: Count


class AgentSaidExpectation(Part):
    """``agent said: "we open at *"``: that was heard of some turn of the agent."""

    kind: Literal["agent said"] = "agent said"
    text: Text


class AgentNeverSaidExpectation(Part):
    """``agent never said: "*password*"``: that was heard of none of its turns."""

    kind: Literal["agent never said"] = "agent never said"
    text: Text


class HeardFromExpectation(Part):
    """``heard from alice: "*opening hours*"``: some final transcript of hers reads like that."""

    kind: Literal["heard from"] = "heard from"
    person: PersonName
    text: Text


class Line(Part):
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    text: Text


class ConversationExpectation(Part):
    """The conversation at the end of the call: these messages in this order, and no others."""

    kind: Literal["conversation"] = "conversation"
    lines: tuple[Line, ...]


class EventExpectation(Part):
    """``event: turn.started``, ``count: 2``, ``where: {participant: alice}``; without a count, at least once."""

    kind: Literal["event"] = "event"
    event: EventType
    count: Count = AT_LEAST_ONCE
    where: Mapping[str, Text] = Field(default_factory=dict)


class ToolCalledExpectation(Part):
    """``tool called: book_table``, ``count: 1``, ``where: {people: 2}``: the model called that function with such
    arguments; without a count, at least once."""

    kind: Literal["tool called"] = "tool called"
    tool: ToolName
    count: Count = AT_LEAST_ONCE
    where: Mapping[str, Text] = Field(default_factory=dict)


class AgentSawExpectation(Part):
    """``agent saw: alice camera``, ``count: ">= 10"``: so many frames of it were read; without a count, some."""

    kind: Literal["agent saw"] = "agent saw"
    person: PersonName
    track: Literal["camera", "screen"]
    count: Count = AT_LEAST_ONCE

    @property
    def track_id(self) -> str:
        """The track as the trace knows it."""
        return f"{self.person}:{'video' if self.track == 'camera' else 'screen'}"


class MetricExpectation(Part):
    """``metric: yield_latency.p95 <= 300ms``. ``metric`` is one of `simulator.trace.metric_names`."""

    kind: Literal["metric"] = "metric"
    metric: str
    bound: Bound

    def holds(self, figure: float) -> bool:
        """Whether the figure is within the bound; times are in milliseconds, as `Metrics.lookup` gives them."""
        return self.bound.holds(figure * 1e6 if is_time(self.metric) else figure)


def is_time(metric: str) -> bool:
    """Whether a metric is a time, to be compared with one, and not a number."""
    base, _, statistic = metric.partition(".")
    return statistic != "count" and any(field.name == f"{base}_ms" for field in fields(Metrics))


class AnyExpectation(Part):
    """``any of: [{agent said: "*open*"}, {agent said: "*closed*"}]``: one of these holds."""

    kind: Literal["any of"] = "any of"
    expectations: tuple[Expectation, ...] = Field(min_length=2)


Expectation = Annotated[
    CountExpectation
    | AgentSaidExpectation
    | AgentNeverSaidExpectation
    | HeardFromExpectation
    | ConversationExpectation
    | EventExpectation
    | ToolCalledExpectation
    | AgentSawExpectation
    | MetricExpectation
    | AnyExpectation,
    Field(discriminator="kind"),
]
AnyExpectation.model_rebuild()
