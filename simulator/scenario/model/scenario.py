"""A scenario: who is in the call, what they do, and what has to be true of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from simulator.scenario.model.expectations import Expectation
from simulator.scenario.model.parts import ClipName, Factory, Part, PersonName, Time, Title, ToolName
from simulator.scenario.model.problems import Place
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.steps import Step
from simulator.scenario.model.surroundings import Acoustics, Network

DEFAULT_LIMIT = Duration(60_000_000_000)
"""Virtual time after which a call that still goes on has failed."""


class Person(Part):
    """Someone who may be in the call.

    ``mic`` is True for a microphone that is silent until the script says something, False for none, or the name
    of a clip that plays from the moment they join. ``camera`` and ``screen`` are videos that they show from then on.
    ``screen_sound`` is True for a screen that brings the sound of its video, if it has any, False for one without, or
    the name of a clip that is shared in its place, or alone.
    ``network`` and ``acoustics`` are what their sound has to go through.
    """

    mic: bool | ClipName = True
    camera: ClipName | None = None
    screen: ClipName | None = None
    screen_sound: bool | ClipName = True
    network: Network | None = None
    acoustics: Acoustics | None = None


class ToolMock(Part):
    """What a function of the agent does in this call, in place of what it would: it returns something, or raises.

    ``returns`` is JSON data, ``raises`` the message of the error, ``after`` how long it takes.
    """

    returns: Any = None
    raises: str | None = None
    after: Time = Duration(0)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if self.raises is not None and self.returns is not None:
            raise ValueError("a function either returns or raises")
        return self


class Scenario(Part):
    """One call to simulate. ``path`` is the file it was read from, ``place`` and ``agent_place`` are where its name and
    its agent are written."""

    name: Title
    agent: Factory | None = None
    agent_place: Place = Field(default=Place(), exclude=True, repr=False)
    people: Mapping[PersonName, Person] = Field(default_factory=dict)
    tools: Mapping[ToolName, ToolMock] = Field(default_factory=dict)
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
