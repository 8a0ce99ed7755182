"""Whether a scenario needs stand-ins for the agent's providers, and where the module with them is written."""

from __future__ import annotations

import importlib.machinery
import inspect
import keyword
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from simulator.recorder.capture.parts import REALTIME
from simulator.recorder.retelling.recorded import RecordedCall
from simulator.recorder.stand_ins.module import module_text
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.factory import find_factory

REPLACED = ("llm", "stt", "tts")
"""What is a service, usually. Voices and ends of turns are detected on the spot."""


class StandInError(ValueError):
    """No stand-ins can be written; the message is one line and says why, and what helps."""


@dataclass(frozen=True)
class StandIns:
    """A module to write: ``agent`` is what a scenario calls its ``create_agent``.

    ``replaced`` says what it gives back, by what it was: ``{"llm": "OpenAILLM"}``. ``problem`` says why the agent's own
    factory will not take it, if that can be told already.
    """

    path: Path
    agent: str
    text: str
    replaced: dict[str, str]
    problem: str


def real_parts(call: RecordedCall) -> dict[str, str]:
    """Which providers of the agent may need keys and a network, by their part, with the names of their classes."""
    return {
        name: call.parts[name].name
        for name in REPLACED
        if name in call.parts and not call.parts[name].scripted
    }


def is_realtime(call: RecordedCall) -> bool:
    """Whether a realtime model is among them. There is no stand-in for it: what it answered belongs to no request."""
    return "llm" in real_parts(call) and call.parts["llm"].kind == REALTIME


def stand_ins_for(call: RecordedCall, factory: str, scenario: Path, name: str) -> StandIns:
    """The module for ``scenario``, called after ``name``, with stand-ins for all `real_parts` of the agent.

    Raises `StandInError` when there is none, or it could not be imported where it would be.
    """
    replaced = real_parts(call)
    if any(keyword.iskeyword(part) for part in re.split(r"[.:]", factory)):
        raise StandInError(f"{factory}: a name in it is a word of Python; name another function with --agent")
    path, module = _place(scenario, name)
    text = module_text(call, factory, tuple(replaced), scenario.name)
    return StandIns(path, f"{module}:create_agent", text, replaced, _problem(factory, tuple(replaced)))


def _place(scenario: Path, name: str) -> tuple[Path, str]:
    """Where a module can be that is imported from here: beside the scenario, or as near to it as it has a name."""
    here = Path.cwd()
    folder = scenario.resolve().parent
    if not folder.is_relative_to(here):
        raise StandInError(
            f"{scenario}: the stand-ins are a module beside the scenario, and it would not be found from {here}; "
            f"choose a place below that with --out, such as --out {_advised(scenario)}"
        )
    names: list[str] = []
    parts = folder.relative_to(here).parts
    for number, part in enumerate(parts):
        if not part.isidentifier():
            name = "_".join((*parts[number:], name))
            break
        names.append(part)
    stem = re.sub(r"\W", "_", name)
    stem = f"_{stem}" if stem[:1].isdigit() else stem
    if names and _taken(names[0], here):
        raise StandInError(
            f"{scenario}: the stand-ins are a module beside the scenario, and {names[0]!r} is another package here; "
            f"choose another folder with --out, such as --out {_advised(scenario)}"
        )
    return Path(*names, f"{stem}.py"), ".".join([*names, stem])


def _taken(name: str, here: Path) -> bool:
    """Whether Python would find something else by the name of this folder."""
    if name in sys.stdlib_module_names:
        return True
    found = importlib.machinery.PathFinder.find_spec(name, [str(here), *sys.path])
    if found is None:
        return False
    places = [os.path.realpath(place) for place in found.submodule_search_locations or ()]
    return os.path.realpath(here / name) not in places


def _advised(scenario: Path) -> str:
    name = scenario.stem if scenario.stem != "scenario" else scenario.resolve().parent.name
    return f"scenarios/{name}.yaml"


def _problem(factory: str, parts: tuple[str, ...]) -> str:
    """Why the function that makes the agent cannot be given these parts, as far as its signature tells."""
    try:
        function, _ = find_factory(factory)
        signature = inspect.signature(function)
    except UsageError as error:
        raise StandInError(str(error)) from None
    except ValueError:
        return ""
    given = ("edge", *parts)
    try:
        signature.bind(**dict.fromkeys(given))
    except TypeError as error:
        return (
            f"{factory}{signature} cannot be called with {', '.join(f'{name}=' for name in given)} ({error}). Have it "
            "make only what it is not given: `async def create_agent(*, edge=None, llm=None, ...)` with "
            "`Agent(llm=llm or ..., ...)`"
        )
    return ""
