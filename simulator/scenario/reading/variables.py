"""``vars: {caller: alice}`` and ``${caller}``: texts that are put in wherever they are named.

It is done to the tree of a scenario, before anything in it is read. What is put in is text and nothing else, and it is
put in once: a variable may name those above it, so none can name itself.
"""

from __future__ import annotations

import re
from dataclasses import replace

from simulator.scenario.model.parts import parse_name
from simulator.scenario.model.problems import Refusal, shown, suggestion
from simulator.scenario.reading.fields import described, entries_of
from simulator.scenario.reading.yaml_source import MOST_BYTES, Entries, Items, Node, Scalar

_NAMED = re.compile(r"\$(\$(?=\{)|\{([^{}]*)\})")
"""``${name}``, or ``$$`` before a brace, which is a dollar."""


def with_variables(root: Node) -> Node:
    """``root`` without its ``vars``, and with each put in where it is named. Raises `Refusal` for what is not there."""
    if not isinstance(root, Entries):
        return root
    putting = _Putting()
    for key, value in root.entries:
        if key.text == "vars":
            putting.define(value)
    entries = tuple((key, putting.into(value)) for key, value in root.entries if key.text != "vars")
    return Entries(root.place, entries)


class _Putting:
    """Puts variables into texts, and watches how much these grow."""

    def __init__(self) -> None:
        self._values: dict[str, Scalar] = {}
        self._added = 0

    def define(self, node: Node) -> None:
        for key, value in entries_of(node, "variables by name", "write them like caller: alice"):
            try:
                parse_name(key.text)
            except ValueError as error:
                raise Refusal(key.place, str(error)) from None
            if not isinstance(value, Scalar):
                hint = "a variable is a text, a number or a time"
                raise Refusal(
                    value.place, f"expected a value for {shown(key.text)}, found {described(value)}", hint
                )
            self._values[key.text] = self._put(value)

    def into(self, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._put(node)
        if isinstance(node, Items):
            return Items(node.place, tuple(self.into(item) for item in node.items))
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in node.entries:
            named = self._put(key)
            if named.text in entries:
                raise Refusal(key.place, f"{shown(named.text)} comes twice", "give a variable another value")
            entries[named.text] = (named, self.into(value))
        return Entries(node.place, tuple(entries.values()))

    def _put(self, scalar: Scalar) -> Scalar:
        if "${" not in scalar.text:
            return scalar
        if (whole := _NAMED.fullmatch(scalar.text)) and whole[2] is not None:
            value = self._value(scalar, whole)
            return replace(scalar, text=value.text, quoted=scalar.quoted or value.quoted)
        text = _NAMED.sub(
            lambda found: "$" if found[2] is None else self._value(scalar, found).text, scalar.text
        )
        return replace(scalar, text=text)

    def _value(self, scalar: Scalar, named: re.Match[str]) -> Scalar:
        name = named[2].strip()
        if (value := self._values.get(name)) is None:
            hint = suggestion(name, list(self._values), "variables here") or f"write vars: {{{name}: ...}}"
            raise Refusal(scalar.place, f"there is no variable {shown(name)}", hint)
        self._added += len(value.text)
        if self._added > MOST_BYTES:
            raise Refusal(
                scalar.place, f"variables add more than {MOST_BYTES:,} characters", "use fewer, or shorter"
            )
        return value
