"""Reads the expectations: one key each, with ``count`` and ``where`` beside an event."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args

from simulator.scenario.model.expectations import (
    AgentNeverSaidExpectation,
    AgentSaidExpectation,
    AgentSawExpectation,
    AnyExpectation,
    ConversationExpectation,
    CountExpectation,
    EventExpectation,
    Expectation,
    HeardFromExpectation,
    Line,
    MetricExpectation,
    ToolCalledExpectation,
    is_time,
)
from simulator.scenario.model.globs import Glob
from simulator.scenario.model.parts import parse_person, parse_tool
from simulator.scenario.model.problems import Place, Refusal, nearest, shown, suggestion
from simulator.scenario.model.quantities import Comparison, Duration
from simulator.scenario.reading.arguments import read_event
from simulator.scenario.reading.draft import Draft
from simulator.scenario.reading.fields import (
    described,
    entries_of,
    items_of,
    parsed,
    step_as_written,
    text_of,
    unknown_key,
    value_of,
    where_of,
)
from simulator.scenario.reading.yaml_source import Entries, Node, Scalar
from simulator.trace.metrics import metric_names

COUNTS: tuple[str, ...] = get_args(CountExpectation.model_fields["kind"].annotation)
KINDS = (
    *COUNTS,
    "agent said",
    "agent never said",
    "heard from",
    "conversation",
    "event",
    "tool called",
    "agent saw",
    "metric",
    "any of",
)
ROLES = ("user", "assistant")

_COUNTED = ("event", "tool called", "agent saw")
_BESIDE_COUNTED = ("count", "where")
_METRIC = re.compile(r"\s*([^<>=!\s]+)\s*([<>=!].*)", re.DOTALL)


def read_expectations(node: Node, draft: Draft) -> None:
    """Adds the expectations that can be read to the draft."""
    for item in items_of(node, "a list of expectations", "begin every expectation with '- '"):
        with draft.problems.collecting():
            draft.expect.append(_read(item, draft))


def _read(node: Node, draft: Draft) -> Expectation:
    if not isinstance(node, Entries) or not node.entries:
        raise Refusal(node.place, f"expected something like interruptions: 1, found {described(node)}")
    # What stands beside an event may as well be written before it.
    (key, value), *beside = sorted(node.entries, key=lambda entry: _kind(entry[0].text) is None)
    if key.text not in _COUNTED:
        for extra, _ in beside:
            hint = "begin it with '- '" if _kind(extra.text) else suggestion(extra.text, KINDS)
            raise Refusal(extra.place, f"{shown(extra.text)} does not go with {shown(key.text)}", hint)
    place = replace(node.place, text=step_as_written(node))
    kind = _kind(key.text)
    if kind in COUNTS:
        count = value_of(value, f"a count of {kind}", Comparison.parse_count)
        return CountExpectation.model_validate({"place": place, "kind": kind, "count": count})
    if kind == "agent said":
        return AgentSaidExpectation(place=place, text=_glob(value))
    if kind == "agent never said":
        return AgentNeverSaidExpectation(place=place, text=_glob(value))
    if kind == "heard from":
        return HeardFromExpectation(place=place, person=_person(key, draft), text=_glob(value))
    if kind == "conversation":
        return ConversationExpectation(place=place, lines=_lines(value))
    if kind == "event":
        event = read_event(text_of(value, "an event type"), value.place)
        return EventExpectation(place=place, event=event, **_beside_counted(beside))
    if kind == "tool called":
        tool = value_of(value, "the name of a function", parse_tool)
        return ToolCalledExpectation(place=place, tool=tool, **_beside_counted(beside))
    if kind == "agent saw":
        person, track = _seen(value, draft)
        return AgentSawExpectation.model_validate(
            {"place": place, "person": person, "track": track, **_count_beside(beside)}
        )
    if kind == "metric":
        return _metric(value, place, draft)
    if kind == "any of":
        return AnyExpectation(place=place, expectations=_alternatives(value, draft))
    raise unknown_key(key, KINDS, "an expectation is one of")


def _kind(text: str) -> str | None:
    """The kind of expectation that the key ``text`` begins."""
    if text == "heard from" or text.startswith("heard from "):
        return "heard from"
    return text if text in KINDS else None


def _glob(node: Node) -> Glob:
    return value_of(node, 'a text, like "we open at *"', Glob)


def _alternatives(node: Node, draft: Draft) -> tuple[Expectation, ...]:
    example = 'any of: [{agent said: "*open*"}, {errors: 1}]'
    items = items_of(node, "a list of expectations", f"write them like {example}")
    if len(items) < 2:
        raise Refusal(node.place, "'any of' needs two expectations or more", f"write them like {example}")
    return tuple(_read(item, draft) for item in items)


def _person(key: Scalar, draft: Draft) -> str:
    name = key.text.removeprefix("heard from").strip()
    if not name:
        hint = 'write it like heard from alice: "*opening hours*"'
        raise Refusal(key.place, "'heard from' needs a name", hint)
    return _known(name, key.place, draft)


def _known(name: str, place: Place, draft: Draft) -> str:
    """The name of somebody here."""
    if draft.people is not None and name not in draft.people:
        hint = suggestion(name, list(draft.people), "people here")
        raise Refusal(place, f"nobody here is called {shown(name)}", hint)
    return parsed(place, name, parse_person)


def _lines(node: Node) -> tuple[Line, ...]:
    example = '- user: "what are *"'
    lines = []
    for item in items_of(node, "a list of messages", f"write them like {example}"):
        entries = entries_of(item, "a message", f"write it like {example}")
        if len(entries) != 1:
            raise Refusal(item.place, f"a message has one key, found {len(entries)}", "begin each with '- '")
        (role, text), *_ = entries
        if role.text not in ROLES:
            raise Refusal(
                role.place, f"unknown role {shown(role.text)}", suggestion(role.text, ROLES, "a role is")
            )
        lines.append(Line.model_validate({"place": item.place, "role": role.text, "text": _glob(text)}))
    return tuple(lines)


def _beside_counted(entries: list[tuple[Scalar, Node]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in entries:
        if key.text == "count":
            values["count"] = value_of(value, "a count", Comparison.parse_count)
        elif key.text == "where":
            values["where"] = where_of(value)
        else:
            raise unknown_key(key, _BESIDE_COUNTED, "beside it may stand")
    return values


def _count_beside(entries: list[tuple[Scalar, Node]]) -> dict[str, Any]:
    for key, _ in entries:
        if key.text != "count":
            raise unknown_key(key, ("count",), "beside it may stand")
    return _beside_counted(entries)


def _seen(node: Node, draft: Draft) -> tuple[str, str]:
    """Whose camera or screen."""
    example = "write it like agent saw: alice camera"
    name, _, track = text_of(node, "whose camera or screen").strip().partition(" ")
    if track.strip() not in ("camera", "screen"):
        raise Refusal(node.place, f"{shown(track)} is no camera and no screen", example)
    return _known(name, node.place, draft), track.strip()


def _metric(node: Node, place: Place, draft: Draft) -> MetricExpectation:
    text = text_of(node, "a metric and a bound, like yield_latency.p95 <= 300ms")
    if not (match := _METRIC.fullmatch(text)):
        hint = "write it like yield_latency.p95 <= 300ms"
        raise Refusal(node.place, f"{shown(text)} is not a metric with a bound", hint)
    metric = match[1]
    if metric not in metric_names():
        raise Refusal(node.place, f"there is no metric {shown(metric)}", _metric_hint(metric))
    bound_place = draft.problems.find(match[2], node.place)
    bound = parsed(bound_place, match[2], Comparison.parse_quantity)
    if is_time(metric) and bound.value == 0:
        bound = replace(bound, value=Duration(0))
    if isinstance(bound.value, Duration) != is_time(metric):
        example = f"{metric} {bound.op} {'300ms' if is_time(metric) else '2'}"
        message = f"{metric} is {'a time' if is_time(metric) else 'a number'}, found {shown(match[2])}"
        raise Refusal(bound_place, message, f"write it like {example}")
    return MetricExpectation(place=place, metric=metric, bound=bound)


def _metric_hint(metric: str) -> str:
    """The statistics of a metric that exists, or else the nearest metric, or else all of them."""
    base = metric.partition(".")[0]
    if statistics := [name for name in metric_names() if name.startswith(f"{base}.")]:
        return f"expected one of {', '.join(statistics)}"
    if (near := nearest(metric, metric_names())) is not None:
        return f"did you mean {near!r}?"
    return f"metrics are: {', '.join(dict.fromkeys(name.partition('.')[0] for name in metric_names()))}"
