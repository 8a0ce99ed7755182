"""Reads a whole scenario: its header, its people, and by way of the other readers its script and expectations."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.scenario.model.parts import parse_clip, parse_factory, parse_person, parse_title
from simulator.scenario.model.problems import Problems, Refusal, nearest, shown
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import Person, Scenario
from simulator.scenario.reading.checks import check_story
from simulator.scenario.reading.draft import Draft
from simulator.scenario.reading.expect_reader import read_expectations
from simulator.scenario.reading.fields import as_written, entries_of, text_of, unknown_key, value_of
from simulator.scenario.reading.inheritance import with_inherited
from simulator.scenario.reading.script_reader import read_script
from simulator.scenario.reading.surroundings_reader import read_acoustics, read_network
from simulator.scenario.reading.tool_reader import read_tools
from simulator.scenario.reading.variables import with_variables
from simulator.scenario.reading.yaml_source import Entries, Node, Scalar, read_yaml

KEYS = (
    "name",
    "extends",
    "vars",
    "agent",
    "description",
    "seed",
    "limit",
    "people",
    "tools",
    "script",
    "expect",
)
"""The keys of a scenario, in the order in which they are read."""

_WITHOUT_COLON = re.compile(r"([\w-]+) *\{ *(\w+)")
"""``alice {mic: true}`` is a person of that name to YAML, up to the colon."""
_HAS = ("mic", "camera", "screen", "screen_sound", "network", "acoustics")
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")
_LONGEST_DESCRIPTION = 5_000


def read_draft(data: bytes, path: str) -> Draft:
    """As much of a scenario as can be read, with everything found wrong in it noted.

    Raises `ScenarioError` where the bytes are no YAML at all.
    """
    root, text = read_yaml(data, path)
    draft = Draft(Problems(path, text))
    with draft.problems.collecting():
        root = with_inherited(root, Path(path), draft.problems, size=len(data))
        _read_parts(with_variables(root), draft)
        check_story(draft)
    return draft


def finished(draft: Draft, path: Path) -> Scenario:
    """The scenario. Raises `ScenarioError` if anything was found wrong."""
    if draft.problems:
        raise draft.problems.error()
    values: dict[str, Any] = {"name": _title_of(path), **draft.header}
    values.update(people=draft.people, tools=draft.tools, script=draft.script, expect=draft.expect, path=path)
    places = {"place": draft.places.of("name"), "agent_place": draft.places.of("agent")}
    return Scenario.model_validate({**places, **values})


def _title_of(path: Path) -> str:
    """The name of a scenario that has none: that of its file."""
    title = "".join(char if char.isprintable() and char not in "-_" else " " for char in path.stem[:120])
    return " ".join(title.split()) or "scenario"


def _read_parts(root: Node, draft: Draft) -> None:
    hint = (
        "put the steps under script:"
        if not isinstance(root, Scalar)
        else "write it like name: ... and script: ..."
    )
    entries = entries_of(root, "the keys of a scenario", hint)
    values: dict[str, Node] = {}
    meant: set[str | None] = set()
    for key, value in entries:
        if key.text in KEYS:
            values[key.text] = value
            draft.places.mark(value.place, key.text)
        else:
            refusal = unknown_key(key, KEYS, "a scenario has")
            draft.problems.add(refusal.place, refusal.message, refusal.hint)
            meant.add(nearest(key.text, KEYS))
    if "people" in meant:
        draft.people = None
    if "script" not in values and "script" not in meant:
        draft.problems.add(
            root.place, "there is no script", "write script: and under it steps like - alice: joins"
        )
    for name in KEYS:
        if name in values:
            with draft.problems.collecting():
                _read_part(name, values[name], draft)


def _read_part(name: str, node: Node, draft: Draft) -> None:
    if name == "extends":  # what it names has been put in already
        return
    if name == "people":
        _read_people(node, draft)
    elif name == "tools":
        read_tools(node, draft)
    elif name == "script":
        read_script(node, draft)
    elif name == "expect":
        read_expectations(node, draft)
    else:
        expected, parse = _HEADER[name]
        draft.header[name] = value_of(node, expected, parse)


def _read_people(node: Node, draft: Draft) -> None:
    draft.people = None
    entries = entries_of(node, "people by name", "write them like alice: {mic: true}")
    draft.people = {}
    for name, value in entries:
        if (glued := _WITHOUT_COLON.fullmatch(name.text)) is not None:
            draft.people[glued[1]] = Person()
            hint = f"did you mean {glued[1]}: {{{glued[2]}: {as_written(value)}?"
            draft.problems.add(name.place, f"a ': ' is missing after {shown(glued[1])}", hint)
            continue
        draft.people[name.text] = Person()
        draft.places.mark(name.place, "people", name.text)
        with draft.problems.collecting():
            value_of(name, "a name", parse_person)
            draft.people[name.text] = _person(name, value, draft)


def _person(name: Scalar, node: Node, draft: Draft) -> Person:
    if isinstance(node, Scalar) and not node.text:
        return Person(place=name.place)
    hint = f"write it like {name.text}: {{mic: true}}"
    has: dict[str, Any] = {}
    for key, value in entries_of(node, "what this person has", hint):
        if key.text not in _HAS:
            raise unknown_key(key, _HAS, "a person has")
        draft.places.mark(value.place, "people", name.text, key.text)
        for part, inner in value.entries if isinstance(value, Entries) else ():
            draft.places.mark(inner.place, "people", name.text, key.text, part.text)
        has[key.text] = _OF_A_PERSON.get(key.text, _video)(value)
    if "acoustics" in has and has.get("mic") is False:
        place = draft.places.of("people", name.text, "acoustics")
        raise Refusal(place, f"{name.text} has no microphone to hear the room", "write mic: true beside it")
    return Person(place=name.place, **has)


def _video(node: Node) -> str:
    return value_of(node, "a video", parse_clip)


def _sound(node: Node) -> bool | str:
    text = text_of(node, "true, false or the name of a clip")
    if isinstance(node, Scalar) and not node.quoted and text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    return value_of(node, "a clip", parse_clip)


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) >= 2**63:
        raise ValueError(f"{shown(text)} is not a seed; write a whole number from 0 to 2**63 - 1")
    return int(text)


def _limit(text: str) -> Duration:
    if (limit := Duration.parse(text)).ns == 0:
        raise ValueError("a call that may last 0 can do nothing; leave the limit out for 60s")
    return limit


def _description(text: str) -> str:
    if len(text) > _LONGEST_DESCRIPTION:
        raise ValueError(f"a description has at most {_LONGEST_DESCRIPTION} characters, this one {len(text)}")
    return text.strip()


_OF_A_PERSON: dict[str, Callable[[Node], Any]] = {
    "mic": _sound,
    "screen_sound": _sound,
    "network": read_network,
    "acoustics": read_acoustics,
}

_HEADER: dict[str, tuple[str, Callable[[str], Any]]] = {
    "name": ("a name for the scenario", parse_title),
    "agent": ("module:factory", parse_factory),
    "description": ("a description", _description),
    "seed": ("a seed", _seed),
    "limit": ("a time", _limit),
}
