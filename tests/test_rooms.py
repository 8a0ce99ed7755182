"""docs/architecture.md says which room of the house stands on which; the imports keep to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"


@dataclass(frozen=True)
class House:
    """A package, and each of its rooms with its floor, counted from the ground."""

    package: str
    floors: dict[str, int]

    @property
    def folder(self) -> Path:
        return ROOT.joinpath(*self.package.split("."))

    def modules(self) -> dict[str, Path]:
        """The modules by their names below the package, without its face, which hands on what all rooms have."""
        found = {
            ".".join(path.relative_to(self.folder).with_suffix("").parts): path
            for path in self.folder.rglob("*.py")
        }
        return {name.removesuffix(".__init__"): path for name, path in found.items() if name != "__init__"}

    def room_of(self, module: str) -> str:
        """The room that ``module`` is in, or its first part if no room of the page has it."""
        parts = module.split(".")
        places = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((place for place in places if place in self.floors), parts[0])


def drawn(package: str, before: str) -> House:
    """The house whose floors the page draws after the words ``before``."""
    found = re.search(re.escape(before) + r"\n\n```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, f"{PAGE} draws no floors of {package}"
    lines = [re.split(r" {2,}", line)[0].split(", ") for line in found[1].splitlines()]
    return House(package, {room: floor for floor, rooms in enumerate(lines) for room in rooms})


HOUSES = [drawn("agentkit.core", "From the ground up:"), drawn("simulator", "`simulator` is built likewise:")]
ROOMS = [pytest.param(house, room, id=f"{house.package}.{room}") for house in HOUSES for room in house.floors]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import that is written in a file, wherever it stands and whatever for: its line and the module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.package)
def test_every_room_is_on_the_page_and_every_room_of_the_page_is_there(house: House) -> None:
    assert {house.room_of(module) for module in house.modules()} == set(house.floors)


@pytest.mark.parametrize(("house", "room"), ROOMS)
def test_a_room_imports_from_the_floors_below_it_alone(house: House, room: str) -> None:
    below = house.package + "."
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}, which is not below {room}"
        for name, path in house.modules().items()
        if house.room_of(name) == room
        for line, module in imports(path)
        if module.startswith(below)
        and (other := house.room_of(module.removeprefix(below))) != room
        and house.floors.get(other, len(house.floors)) >= house.floors[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_agentkit_never_imports_the_simulator() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "agentkit").rglob("*.py")
        for line, module in imports(path)
        if module.split(".")[0] == "simulator"
    ]
    assert not wrong, "\n".join(wrong)
