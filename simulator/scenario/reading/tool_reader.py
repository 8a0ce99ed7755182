"""Reads what functions of the agent do in place of what they would: ``tools: {book_table: {returns: done}}``."""

from __future__ import annotations

from typing import Any

from simulator.scenario.model.parts import parse_tool
from simulator.scenario.model.problems import Place, Refusal, shown
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import ToolMock
from simulator.scenario.reading.draft import Draft
from simulator.scenario.reading.fields import data_of, entries_of, text_of, unknown_key, value_of
from simulator.scenario.reading.yaml_source import Node, Scalar

KEYS = ("returns", "raises", "after")


def read_tools(node: Node, draft: Draft) -> None:
    """Adds the mocks that can be read to the draft."""
    for name, value in entries_of(node, "functions by name", "write them like book_table: {returns: done}"):
        draft.places.mark(name.place, "tools", name.text)
        with draft.problems.collecting():
            value_of(name, "the name of a function", parse_tool)
            draft.tools[name.text] = _mock(name, value)


def _mock(name: Scalar, node: Node) -> ToolMock:
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    hint = f"write it like {name.text}: {{returns: done}}"
    for key, value in entries_of(node, "what it returns or raises", hint):
        places[key.text] = key.place
        if key.text == "returns":
            values["returns"] = data_of(value)
        elif key.text == "raises":
            values["raises"] = text_of(value, "the message of the error")
        elif key.text == "after":
            values["after"] = value_of(value, "a time for 'after'", Duration.parse)
        else:
            raise unknown_key(key, KEYS, "beside a function may stand")
    if "returns" in values and "raises" in values:
        raise Refusal(places["raises"], f"{shown(name.text)} either returns or raises", "remove one of them")
    if "returns" not in values and "raises" not in values:
        raise Refusal(name.place, f"{shown(name.text)} has to return or to raise something", hint)
    return ToolMock(place=name.place, **values)
