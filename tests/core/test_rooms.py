"""docs/architecture.md says which room of agentkit.core stands on which; the imports keep to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "agentkit" / "core"
PAGE = ROOT / "docs" / "architecture.md"


def floors() -> dict[str, int]:
    """Each room of the page and its floor, counted from the ground."""
    drawn = re.search(r"From the ground up:\n\n```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert drawn is not None, f"{PAGE} draws no floors"
    lines = [re.split(r" {2,}", line)[0].split(", ") for line in drawn[1].splitlines()]
    return {room: floor for floor, rooms in enumerate(lines) for room in rooms}


FLOORS = floors()


def modules() -> dict[str, Path]:
    """The modules of core by their names below it, without its face, which hands on what all rooms have."""
    found = {".".join(path.relative_to(CORE).with_suffix("").parts): path for path in CORE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in found.items() if name != "__init__"}


def room_of(module: str) -> str:
    """The room that ``module`` is in, or its first part if no room of the page has it."""
    parts = module.split(".")
    places = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((place for place in places if place in FLOORS), parts[0])


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import that is written in a file, wherever it stands and whatever for: its line and the module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def test_every_room_is_on_the_page_and_every_room_of_the_page_is_there() -> None:
    assert {room_of(module) for module in modules()} == set(FLOORS)


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_imports_from_the_floors_below_it_alone(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}, which is not below {room}"
        for name, path in modules().items()
        if room_of(name) == room
        for line, module in imports(path)
        if module.startswith("agentkit.core")
        and room_of(other := module.removeprefix("agentkit.core.")) != room
        and FLOORS.get(room_of(other), len(FLOORS)) >= FLOORS[room]
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
