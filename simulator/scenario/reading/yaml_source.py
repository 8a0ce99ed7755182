"""YAML as a tree of texts that know where they were written.

Only PyYAML's parser is used, event by event: no tag is resolved and no Python object is built, so whatever a file
holds, it can only become texts, lists and mappings. The limits here are what makes arbitrary bytes harmless. It is
the parser in pure Python on purpose: it is always there, so messages and columns are the same on every machine, and
a scenario takes it a millisecond.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import yaml
from yaml.reader import Reader

from simulator.scenario.model.problems import Place, Problems, Refusal, ScenarioError, lines_of, shown
from simulator.scenario.reading.yaml_advice import explain

MOST_BYTES = 200_000
"""A parser in pure Python takes half a second for as many; the scenario of an hour's call has fewer."""
MOST_VALUES = 20_000
"""Values in a file once every alias is followed, a long text counting for one every 50 characters. A long scenario
has a few hundred."""
DEEPEST = 32
"""Levels of nesting; a scenario needs about five."""

UNPRINTABLE: re.Pattern[str] = Reader.NON_PRINTABLE
"""What cannot be in a file: YAML 1.1, section 5.1."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. ``quoted`` tells ``"true"`` from ``true``."""

    place: Place
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping, in the order of the file; no key comes twice."""

    place: Place
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Items | Entries


def read_yaml(data: bytes, path: str) -> tuple[Node, str]:
    """The tree of the one document in ``data``, and the text it was read from.

    Raises `ScenarioError`, and nothing else, whatever the bytes.
    """
    if len(data) > MOST_BYTES:
        raise _error(
            path, "", Refusal(Place(), "the file is too large", f"at most {MOST_BYTES:,} bytes are read")
        )
    text = _decoded(data, path)
    try:
        return _Composer().compose(text), text
    except Refusal as refusal:
        raise _error(path, text, refusal) from None
    except yaml.MarkedYAMLError as error:
        raise _error(path, text, explain(error, text)) from None
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:
        # A few of Python's own errors get through the parser: "\Uffffffff", a version number of 5000 digits.
        message = "this is not YAML: an escape or a number in it is out of range"
        raise _error(path, text, Refusal(Place(), message, "write the character itself")) from error


def _error(path: str, text: str, refusal: Refusal) -> ScenarioError:
    problems = Problems(path, text)
    problems.add(refusal.place, refusal.message, refusal.hint)
    return problems.error()


def _decoded(data: bytes, path: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 text"
        raise _error(path, before, Refusal(_end_of(before), message, "save the file as UTF-8")) from None
    if stray := UNPRINTABLE.search(text):
        raise _error(path, text, _stray(stray[0], _end_of(text[: stray.start()])))
    return text


def _stray(char: str, place: Place) -> Refusal:
    if "\ud800" <= char <= "\udfff":
        return Refusal(place, f"{char!r} is half a character", "write the character itself")
    return Refusal(place, f"the character {char!r} cannot be in a scenario", "remove it")


def _end_of(text: str) -> Place:
    lines = lines_of(text)
    return Place(len(lines), len(lines[-1]) + 1)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place()


def _refuse_tag(tag: str | None, place: Place) -> None:
    if tag is not None:
        raise Refusal(place, f"tags like {shown(tag)} are not used in scenarios", "remove it")


@dataclass(frozen=True, slots=True)
class _Measured:
    """A complete node, how many values it holds and how deep it goes, aliases followed."""

    node: Node
    size: int
    depth: int = 0


class _Collection:
    """A list or mapping whose end has not been read yet."""

    def __init__(self, event: yaml.CollectionStartEvent, within: _Collection | None) -> None:
        self.anchor: str | None = event.anchor
        self._place = _place(event)
        self._is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._is_item = within is not None and not within._is_mapping
        self._children: list[Node] = []
        self._keys: dict[str, Place] = {}
        self._size, self._depth = 1, 0

    def add(self, child: _Measured) -> None:
        if self._is_mapping and len(self._children) % 2 == 0:
            self._check_key(child.node)
        self._children.append(child.node)
        self._size += child.size
        self._depth = max(self._depth, child.depth)

    def _check_key(self, key: Node) -> None:
        if not isinstance(key, Scalar):
            raise Refusal(key.place, "a key has to be a word, found a list or a mapping")
        if (first := self._keys.setdefault(key.text, key.place)) is not key.place:
            hint = f"it stands in line {first.line} already: remove one of them, or rename it"
            if self._is_item:
                hint += "; and if something new begins here, begin it with '- '"
            raise Refusal(key.place, f"{shown(key.text)} comes twice", hint)

    def complete(self) -> _Measured:
        node: Node
        if self._is_mapping:
            keys = (key for key in self._children[::2] if isinstance(key, Scalar))
            node = Entries(self._place, tuple(zip(keys, self._children[1::2], strict=True)))
        else:
            node = Items(self._place, tuple(self._children))
        return _Measured(node, self._size, self._depth + 1)


class _Composer:
    """Puts the parser's events together to a tree, without recursion, and within limits."""

    def __init__(self) -> None:
        self._open: list[_Collection] = []
        self._anchors: dict[str, _Measured] = {}
        self._size = 0
        self._root: Node | None = None

    def compose(self, text: str) -> Node:
        documents = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Refusal(_place(event), "a second document begins here", "write one scenario a file")
            elif isinstance(event, yaml.NodeEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                collection = self._open.pop()
                self._add(collection.complete(), collection.anchor)
        if self._root is None or (isinstance(self._root, Scalar) and not self._root.text):
            raise Refusal(
                Place(),
                "the file is empty",
                "a scenario has at least a script; to begin with one: agentkit scenario new NAME",
            )
        return self._root

    def _begin(self, event: yaml.NodeEvent) -> None:
        place = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            _refuse_tag(event.tag, place)
            size = 1 + len(event.value) // 50
            self._grow(size, place)
            if stray := UNPRINTABLE.search(event.value):  # written as an escape: "\e"
                raise _stray(stray[0], place)
            self._add(_Measured(Scalar(place, event.value, bool(event.style)), size), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_tag(event.tag, place)
            self._grow(1, place)
            self._check_depth(1, place)
            self._open.append(_Collection(event, self._open[-1] if self._open else None))
        else:
            self._follow(str(event.anchor), place)

    def _follow(self, name: str, place: Place) -> None:
        if any(collection.anchor == name for collection in self._open):
            raise Refusal(place, f"*{name} stands inside of what it names, so it would never end")
        if (named := self._anchors.get(name)) is None:
            hint = "a text that starts with * has to be in quotes"
            raise Refusal(place, f"nothing above is named &{name}", hint)
        self._grow(named.size, place)
        self._check_depth(named.depth, place)
        self._add(replace(named, node=replace(named.node, place=place)), None)

    def _add(self, complete: _Measured, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = complete
        if self._open:
            self._open[-1].add(complete)
        else:
            self._root = complete.node

    def _grow(self, size: int, place: Place) -> None:
        self._size += size
        if self._size > MOST_VALUES:
            raise Refusal(
                place,
                f"the file expands to more than {MOST_VALUES:,} values",
                "use fewer aliases, or split it",
            )

    def _check_depth(self, more: int, place: Place) -> None:
        if len(self._open) + more > DEEPEST:
            raise Refusal(place, f"nested deeper than {DEEPEST} levels", "a scenario needs about five")
