"""A scenario while it is read: what is known of it so far, where each part was written, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.scenario.model.expectations import Expectation
from simulator.scenario.model.problems import Place, Problems
from simulator.scenario.model.scenario import Person, ToolMock
from simulator.scenario.model.steps import Step

Location = tuple[str | int, ...]
"""A part of a scenario, from the outside in: ``("script", 3, "of")``."""


class Places:
    """Where each part was written."""

    def __init__(self) -> None:
        self._places: dict[Location, Place] = {}

    def mark(self, place: Place, *location: str | int) -> None:
        """Remember where a part stands."""
        self._places[location] = place

    def of(self, *location: str | int) -> Place:
        """Where a part stands, or else the nearest part around it that stands somewhere."""
        while location and location not in self._places:
            location = location[:-1]
        return self._places.get(location, Place())


@dataclass(frozen=True)
class Unreadable:
    """A step that was refused, with what could be told of it, so that it causes no second complaint further down."""

    who: str = ""
    as_: str = ""


@dataclass
class Draft:
    """``people`` is None when nothing can be said about who is there."""

    problems: Problems
    places: Places = field(default_factory=Places)
    header: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Person] | None = field(default_factory=dict)
    tools: dict[str, ToolMock] = field(default_factory=dict)
    script: list[Step | Unreadable] = field(default_factory=list)
    expect: list[Expectation] = field(default_factory=list)
