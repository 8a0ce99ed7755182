"""Taking a tree of YAML apart: each function returns what it was asked for or refuses, saying what it found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from simulator.scenario.model.globs import Glob
from simulator.scenario.model.problems import Place, Refusal, cut, printable, shown, suggestion
from simulator.scenario.reading.yaml_source import DEEPEST, Entries, Items, Node, Scalar
from simulator.trace.record import is_deeper

T = TypeVar("T")

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
_CONSTANTS = {"true": True, "false": False, "null": None, "": None}


def described(node: Node) -> str:
    """What a node is, for a message."""
    if isinstance(node, Scalar):
        return shown(node.text) if node.text or node.quoted else "nothing"
    return "a list" if isinstance(node, Items) else "a mapping"


def text_of(node: Node, expected: str) -> str:
    """The text of a scalar that is not empty."""
    if not isinstance(node, Scalar) or not node.text.strip():
        raise Refusal(node.place, f"expected {expected}, found {described(node)}")
    return node.text


def items_of(node: Node, expected: str, hint: str = "") -> tuple[Node, ...]:
    """The items of a list."""
    if not isinstance(node, Items):
        raise Refusal(node.place, f"expected {expected}, found {described(node)}", hint)
    return node.items


def entries_of(node: Node, expected: str, hint: str = "") -> tuple[tuple[Scalar, Node], ...]:
    """The keys and values of a mapping."""
    if not isinstance(node, Entries):
        raise Refusal(node.place, f"expected {expected}, found {described(node)}", hint)
    return node.entries


def parsed(place: Place, text: str, parse: Callable[[str], T]) -> T:
    """What ``parse`` makes of the text; its `ValueError` becomes a refusal at ``place``."""
    try:
        return parse(text)
    except ValueError as error:
        raise Refusal(place, str(error)) from None


def value_of(node: Node, expected: str, parse: Callable[[str], T]) -> T:
    """What ``parse`` makes of a scalar."""
    return parsed(node.place, text_of(node, expected), parse)


def where_of(node: Node) -> dict[str, Glob]:
    """Fields of an event and what they have to look like."""
    example = "where: {participant: alice}"
    entries = entries_of(node, f"fields and their texts, like {example}")
    if not entries:
        raise Refusal(node.place, "'where' names no field", f"leave it out, or write it like {example}")
    return {key.text: value_of(value, f"a text for {shown(key.text)}", Glob) for key, value in entries}


def data_of(node: Node) -> Any:
    """The node as JSON data: plain ``true``, ``false``, ``null`` and numbers mean what they do there."""
    if isinstance(node, Items):
        return [data_of(item) for item in node.items]
    if isinstance(node, Entries):
        return {key.text: data_of(value) for key, value in node.entries}
    if node.quoted:
        return node.text
    if node.text in _CONSTANTS:
        return _CONSTANTS[node.text]
    if _INTEGER.fullmatch(node.text) or _DECIMAL.fullmatch(node.text):
        return json.loads(node.text)
    return node.text


def json_of(text: str, place: Place, hint: str) -> Any:
    """JSON within a text, as shallow as all YAML is, and with no key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise Refusal(place, f"{shown(key)} comes twice", hint)
            found[key] = value
        return found

    try:
        data = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Refusal(place, f"{shown(text)} is not JSON", hint) from None
    if is_deeper(data, DEEPEST):
        raise Refusal(place, f"nested deeper than {DEEPEST} levels", hint)
    return data


def unknown_key(key: Scalar, valid: Sequence[str], label: str) -> Refusal:
    """A refusal of a key that means nothing here."""
    return Refusal(key.place, f"unknown key {shown(key.text)}", suggestion(key.text, valid, label))


def as_written(node: Node) -> str:
    """The node on one line, much as it was written."""
    if isinstance(node, Scalar):
        return " ".join(printable(node.text).split())
    if isinstance(node, Items):
        return f"[{', '.join(map(as_written, node.items))}]"
    return f"{{{', '.join(f'{as_written(key)}: {as_written(value)}' for key, value in node.entries)}}}"


def step_as_written(node: Entries, longest: int = 200) -> str:
    """A step or an expectation on one line: ``agent: falls silent, within: 300ms, of: barge-in``."""
    return cut(as_written(node)[1:-1], longest)
