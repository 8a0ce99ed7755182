"""A scenario file to explore: what is in it, and where its ranges are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.explore.timings import Timing, timings_of
from simulator.scenario.load import load_scenario
from simulator.scenario.model.problems import Place
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.reading.draft import Location
from simulator.scenario.reading.reader import read_draft


@dataclass(frozen=True)
class Explorable:
    """A scenario with its ranges, and the text it was read from."""

    scenario: Scenario
    timings: tuple[Timing, ...]
    text: str

    @classmethod
    def load(cls, path: Path) -> Explorable:
        """Read the file at ``path``. Raises `ScenarioError` with all that is wrong with it."""
        scenario = load_scenario(path)
        data = path.read_bytes()
        places = read_draft(data, str(path)).places

        def place_of(location: Location) -> Place:
            return places.of(*(part.rstrip("_") if isinstance(part, str) else part for part in location))

        return cls(scenario, tuple(timings_of(scenario, place_of)), data.decode("utf-8-sig"))
