"""A scenario: who is in the call, what they do, and what has to be true of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from simulator.scenario.expectations import Expectation
from simulator.scenario.parts import ClipName, Factory, Part, PersonName, Time, Title
from simulator.scenario.quantities import Duration
from simulator.scenario.steps import Step

DEFAULT_LIMIT = Duration(60_000_000_000)
"""Virtual time after which a call that still goes on has failed."""


class Person(Part):
    """Someone who may be in the call.

    ``mic`` is True for a microphone that is silent until the script says something, False for none, or the name
    of a clip that plays from the moment they join.
    """

    mic: bool | ClipName = True


class Scenario(Part):
    """One call to simulate. ``place`` is where its name is written, ``path`` the file it was read from."""

    name: Title
    agent: Factory | None = None
    people: Mapping[PersonName, Person] = Field(default_factory=dict)
    script: tuple[Step, ...] = Field(min_length=1)
    expect: tuple[Expectation, ...] = ()
    description: str = ""
    seed: int = Field(default=0, ge=0, lt=2**63)
    limit: Time = DEFAULT_LIMIT
    path: Path | None = Field(default=None, exclude=True)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where `find_clip` looks for its clips before the shipped ones: there and in ``fixtures/`` there."""
        return (self.path.parent,) if self.path is not None else ()
