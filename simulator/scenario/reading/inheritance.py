"""``extends: common.yaml``: a scenario that takes from another what it does not say itself.

It is done to the trees of the files, before anything in them is read, so that every part keeps its place.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from simulator.media.folders import looked_in
from simulator.scenario.model.problems import Place, Problems, Refusal, nearest, shown
from simulator.scenario.reading.fields import text_of
from simulator.scenario.reading.inside import is_link_out, leads_out
from simulator.scenario.reading.yaml_source import MOST_BYTES, Entries, Items, Node, Scalar, read_yaml

MOST_FILES = 5
"""Files that one scenario may be made of."""

OWN = ("name", "description", "extends")
"""What a scenario does not take from another."""
BY_NAME = ("people", "tools", "vars")
"""What is taken entry by entry."""
ADDED = ("expect",)
"""What is added to that of the other."""


def with_inherited(root: Node, path: Path, problems: Problems, *, size: int) -> Node:
    """``root``, which was read from ``size`` bytes, with what it extends.

    Raises `Refusal` at the ``extends`` that cannot be followed, and `ScenarioError` for a file that is no YAML. All
    files together may be as large as one alone.
    """
    chain = [os.path.realpath(path)]
    return _extended(root, path, path.parent, problems, chain, MOST_BYTES - size)


def _extended(root: Node, path: Path, folder: Path, problems: Problems, chain: list[str], room: int) -> Node:
    named = next((value for key, value in _entries(root) if key.text == "extends"), None)
    if named is None:
        return root
    base_path = _find(named, path, folder)
    real = os.path.realpath(base_path)
    if real in chain:
        raise Refusal(named.place, "this scenario extends itself, by way of others", "leave one of them out")
    if len(chain) == MOST_FILES:
        hint = "put into one file what they share"
        raise Refusal(named.place, f"a scenario is made of at most {MOST_FILES} files", hint)
    data = _bytes_of(base_path, named.place)
    if (room := room - len(data)) < 0:
        message = f"with this file the scenario has more than {MOST_BYTES:,} bytes"
        raise Refusal(named.place, message, "leave out of it what the scenario does not need")
    base, text = read_yaml(data, str(base_path))
    problems.add_file(str(base_path), text)
    stamped = _stamped(base, str(base_path))
    return _merged(_extended(stamped, base_path, folder, problems, [*chain, real], room), root)


def _find(named: Node, path: Path, folder: Path) -> Path:
    name = text_of(named, "the name of a scenario file, like fixtures/common.yaml")
    if leads_out(name) or len(name.encode()) > 200 or not name.isprintable():
        hint = "name a file beside this one, or in fixtures/ there"
        raise Refusal(named.place, f"{shown(name)} lies outside of the scenario's folder", hint)
    places = looked_in([path.parent])
    found = next((place / name for place in places if os.path.isfile(place / name)), None)
    if found is None:
        names = sorted(f.name for place in places if place.is_dir() for f in place.iterdir())
        near = nearest(name, [name for name in names if name.endswith((".yaml", ".yml"))])
        hint = (
            f"did you mean {near!r}?" if near else "it is looked for beside this one, and in fixtures/ there"
        )
        raise Refusal(named.place, f"there is no file {shown(name)} to extend", hint)
    if is_link_out(found, folder):
        raise Refusal(
            named.place, f"{shown(name)} is a link out of the scenario's folder", "put a copy there"
        )
    return found


def _bytes_of(path: Path, place: Place) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refusal(place, f"{path} cannot be read: {error.strerror or error}") from None


def _merged(base: Node, child: Node) -> Node:
    if not isinstance(base, Entries):
        raise Refusal(base.place, "a scenario that is extended has keys, as every scenario")
    values: dict[str, tuple[Scalar, Node]] = {
        key.text: (key, value) for key, value in base.entries if key.text not in OWN
    }
    for key, value in _entries(child):
        taken = values.get(key.text)
        values[key.text] = (key, _combined(key.text, taken[1], value) if taken is not None else value)
    return Entries(child.place, tuple(values.values()))


def _combined(name: str, base: Node, child: Node) -> Node:
    if name in BY_NAME and isinstance(base, Entries) and isinstance(child, Entries):
        entries = {key.text: (key, value) for key, value in (*base.entries, *child.entries)}
        return Entries(child.place, tuple(entries.values()))
    if name in ADDED and isinstance(base, Items) and isinstance(child, Items):
        return Items(child.place, (*base.items, *child.items))
    return child


def _entries(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    return node.entries if isinstance(node, Entries) else ()


def _stamped(node: Node, file: str) -> Node:
    """The tree with every place in ``file``."""
    place = replace(node.place, file=file)
    if isinstance(node, Scalar):
        return replace(node, place=place)
    if isinstance(node, Items):
        return Items(place, tuple(_stamped(item, file) for item in node.items))
    entries = ((replace(k, place=replace(k.place, file=file)), _stamped(v, file)) for k, v in node.entries)
    return Entries(place, tuple(entries))
