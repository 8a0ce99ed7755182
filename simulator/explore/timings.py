"""The times of a scenario that may vary: where they are, and the scenario with all of them fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from simulator.scenario.model.problems import Place
from simulator.scenario.model.quantities import Duration, Range
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.reading.draft import Location


@dataclass(frozen=True)
class Timing:
    """A range in a scenario. What is written once is one timing, wherever YAML aliases repeat it."""

    range: Range
    place: Place
    locations: tuple[Location, ...]


def timings_of(scenario: Scenario, place_of: Callable[[Location], Place]) -> list[Timing]:
    """The ranges in ``scenario`` that are not fixed, in its order. ``place_of`` says where one is written."""
    found: dict[Place | Location, Timing] = {}
    for location, span in _ranges(scenario, ()):
        place = place_of(location)
        key = place if place.line else location
        same = found.get(key)
        locations = (location,) if same is None else (*same.locations, location)
        found[key] = Timing(span, place, locations)
    return list(found.values())


def fixed(scenario: Scenario, timings: Sequence[Timing], times: Sequence[Duration]) -> Scenario:
    """``scenario`` with each timing at its time."""
    for timing, time in zip(timings, times, strict=True):
        for location in timing.locations:
            scenario = _replaced(scenario, location, Range(time, time))
    return scenario


def _ranges(value: Any, location: Location) -> Iterator[tuple[Location, Range]]:
    if isinstance(value, Range):
        if not value.fixed:
            yield location, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _ranges(getattr(value, name), (*location, name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _ranges(item, (*location, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _ranges(item, (*location, index))


def _replaced(value: Any, location: Location, new: Any) -> Any:
    """``value`` with what is at ``location`` in it replaced."""
    if not location:
        return new
    key, rest = location[0], location[1:]
    if isinstance(value, BaseModel):
        name = str(key)
        return value.model_copy(update={name: _replaced(getattr(value, name), rest, new)})
    if isinstance(value, Mapping):
        return {**value, key: _replaced(value[key], rest, new)}
    items = list(value)
    items[int(key)] = _replaced(items[int(key)], rest, new)
    return tuple(items)
