"""Reads what a step gives to its verb: what follows it, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentkit.core.edge.custom_events import encode_custom_event
from simulator.scenario.model.globs import Glob
from simulator.scenario.model.parts import (
    parse_clip,
    parse_event,
    parse_keys,
    parse_message,
    parse_name,
    parse_tool,
)
from simulator.scenario.model.problems import Place, Refusal, shown
from simulator.scenario.model.quantities import Duration, Range, parse_count
from simulator.scenario.model.vocabulary import Takes, misspelt_event
from simulator.scenario.reading.fields import data_of, json_of, parsed, text_of, value_of, where_of
from simulator.scenario.reading.yaml_source import Node

EXAMPLES = {
    "clip": "alice: says queen-of-clubs.wav",
    "video": "alice: plays clip.mp4",
    "keys": 'alice: "presses 1234#"',
    "message": 'alice: types "the blue one"',
    "text": 'agent: says "we open at *"',
    "tool": "agent: calls book_table",
    "error": "llm: errors 503 overloaded",
    "data": "alice: {sends: {kind: poke}}",
}
"""By what a verb takes."""


def read_argument(takes: Takes, what: Node | str, place: Place) -> Any:
    """What follows a verb that ``takes`` it: the rest of its text, or a node. Raises `Refusal`."""
    if takes == "data":
        return _custom_event(what, place)
    if isinstance(what, str):
        text = _unquoted(what, place, EXAMPLES.get(takes, ""))
    else:
        text = text_of(what, "a time" if takes == "duration" else f"a {takes}")
    if takes == "event":
        return read_event(text, place)
    return parsed(place, text, _READ[takes])


def read_beside(name: str, node: Node) -> Any:
    """What stands beside a verb as ``name``; see `BESIDE`. Raises `Refusal`."""
    if name == "where":
        return where_of(node)
    expected, parse = _BESIDE[name]
    return value_of(node, expected, parse)


def read_event(text: str, place: Place) -> str:
    """The type of an event; a slip of the pen in one of the framework's own is refused."""
    event = parsed(place, text.strip(), parse_event)
    if (meant := misspelt_event(event)) is not None:
        raise Refusal(place, f"there is no event {shown(event)}", f"did you mean {meant!r}?")
    return event


def _error(text: str) -> str:
    if len(text) > 200 or not text.isprintable():
        raise ValueError(f"{shown(text)} is no message; write one line of at most 200 characters")
    return text


def _times(text: str) -> int:
    if not (times := parse_count(text)):
        raise ValueError("'times' begins at 1; for something that must not happen there is 'never'")
    return times


def _deadline(text: str) -> Duration:
    if ".." in text:
        raise ValueError(
            f"a deadline is one time, found the range {shown(text)}; ranges go with 'wait' and 'for'"
        )
    return Duration.parse(text)


def _stretch(text: str) -> Range:
    stretch = Range.parse(text)
    if stretch.ns == 0:
        raise ValueError("this has to last longer than 0")
    return stretch


def _unquoted(text: str, place: Place, example: str) -> str:
    """Without the quotes around it that are within a plain YAML text: ``says "we open *"``."""
    for quote in "\"'":
        count = text.count(quote)
        alone = count % 2 == 1 if quote == '"' else count == 1  # of several, some may be apostrophes
        if alone and (text[0] == quote or (quote == '"' and text[-1] == quote)):
            hint = "close it, or leave both out" + (f": {example}" if example else "")
            raise Refusal(place, f"a quote stands alone in {shown(text)}", hint)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _custom_event(what: Node | str, place: Place) -> dict[str, Any]:
    if isinstance(what, str):
        data = json_of(what, place, "write it as a mapping: alice: {sends: {kind: poke}}")
    else:
        data = data_of(what)
    if not isinstance(data, dict):
        raise Refusal(place, "a custom event is a mapping", "write it like alice: {sends: {kind: poke}}")
    try:
        encode_custom_event(data)
    except ValueError as error:
        raise Refusal(place, str(error)) from None
    return data


_READ: dict[str, Callable[[str], Any]] = {
    "clip": parse_clip,
    "video": parse_clip,
    "keys": parse_keys,
    "message": parse_message,
    "text": Glob,
    "tool": parse_tool,
    "error": _error,
    "duration": Range.parse,
}

_BESIDE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "within": ("a time for 'within'", _deadline),
    "for": ("a time for 'for'", _stretch),
    "by": ("a time for 'by'", _stretch),
    "times": ("how often", _times),
    "of": ("the name of a moment for 'of'", parse_name),
    "as": ("the name of a moment for 'as'", parse_name),
}
"""What to expect, and what reads it."""
