"""docs/names.md tells the truth: each place it names is there, and so is each test."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("agentkit", "getstream", "simulator", "aiortc")
PLACE = re.compile(r"(?P<path>\w+(?:\.\w+)*)(?:\((?P<option>\w+)=\))?")


def rows() -> Iterator[tuple[str, str, str]]:
    """The rows that map a name to a place and a test."""
    for line in (ROOT / "docs" / "names.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and re.search(r"`test_|the same", cells[2]):
            yield cells[0], cells[1], cells[2]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


PLACES = sorted({place for _, here, _ in rows() for place in quoted(here)})
TESTS = sorted({test for _, _, tests in rows() for test in quoted(tests)})


def find(path: str) -> Any:
    """What ``path`` leads to: a module, something in one, or an attribute that a class gives its objects."""
    parts = path.split(".")
    if parts[0] not in ROOTS:
        parts = ["agentkit", "core", *parts]
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if inspect.isclass(found) and not hasattr(found, part):
                return given_by(found, part)
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(path)


def given_by(cls: type, name: str) -> str:
    """``name``, if one of the constructors of ``cls`` sets it."""
    constructors = (vars(base).get("__init__") for base in cls.__mro__ if base is not object)
    if any(f"self.{name}" in inspect.getsource(one) for one in constructors if inspect.isfunction(one)):
        return name
    raise AttributeError(f"{cls.__name__} has no {name!r}")


@pytest.mark.parametrize("place", PLACES)
def test_the_place_of_a_name_is_there(place: str) -> None:
    matched = PLACE.fullmatch(place)
    assert matched is not None, f"expected a.dotted.path or a.path(option=), found {place}"
    found = find(matched["path"])
    if matched["option"]:
        assert matched["option"] in inspect.signature(found).parameters


def test_the_tests_of_names_are_there() -> None:
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    assert set(TESTS) <= there, sorted(set(TESTS) - there)


def test_every_name_has_a_test() -> None:
    table = (ROOT / "docs" / "names.md").read_text(encoding="utf-8").split("## Agent", 1)[1]
    lines = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| name")]
    assert len(lines) == len(list(rows())) > 100
