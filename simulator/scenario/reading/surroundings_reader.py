"""Reads what lies between a person and the call: ``network: {delay: 40ms}`` and ``acoustics: {gain: -6dB}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from simulator.edge import acoustics
from simulator.scenario.model.levels import Level, Rate, Share
from simulator.scenario.model.parts import Part, parse_clip, parse_name
from simulator.scenario.model.problems import Place, Refusal, shown
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.surroundings import Acoustics, Echo, Line, Network, Outage
from simulator.scenario.reading.fields import entries_of, items_of, unknown_key, value_of
from simulator.scenario.reading.yaml_source import Node

P = TypeVar("P", bound=Part)

Read = Callable[[Node], Any]

NETWORK_EXAMPLE = "write it like network: {delay: 40ms, loss: 1%}"
ACOUSTICS_EXAMPLE = "write it like acoustics: {noise: pink, snr: 20dB}"


def read_network(node: Node) -> Network:
    """What is said of a person's network. Raises `Refusal`."""
    ways: dict[str, Read] = {"up": _line, "down": _line}
    values, places = _read(node, {**_LINE, **ways}, "what a network does", "a network has", NETWORK_EXAMPLE)
    return _made(Network, values, places, node)


def read_acoustics(node: Node) -> Acoustics:
    """What is said of a person's room. Raises `Refusal`."""
    values, places = _read(node, _ROOM, "what a room is like", "acoustics have", ACOUSTICS_EXAMPLE)
    return _made(Acoustics, values, places, node)


def _line(node: Node) -> Line:
    values, _ = _read(
        node, _LINE, "what one way of a network does", "one way has", "write it like up: {loss: 1%}"
    )
    return Line(place=node.place, **values)


def _outages(node: Node) -> tuple[Outage, ...]:
    hint = "write it like outages: [{at: 3s, for: 500ms}]"
    return tuple(_outage(item, hint) for item in items_of(node, "a list of outages", hint))


def _outage(node: Node, hint: str) -> Outage:
    times = {"at": _time("at"), "for": _time("for")}
    values, _ = _read(node, times, "when nothing gets through", "an outage has", hint)
    return Outage(place=node.place, **_all(times, values, node, hint))


def _echo(node: Node) -> Echo:
    hint = "write it like echo: {delay: 120ms, gain: -20dB}"
    parts = {"delay": _time("delay"), "gain": _level("gain")}
    values, places = _read(node, parts, "what an echo is like", "an echo has", hint)
    echo = Echo(place=node.place, **_all(parts, values, node, hint))
    _check(lambda: acoustics.Echo(echo.delay.seconds, float(echo.gain.db)), places, node)
    return echo


def _read(
    node: Node, known: Mapping[str, Read], expected: str, label: str, hint: str
) -> tuple[dict[str, Any], dict[str, Place]]:
    """The values of a mapping by their keys, and where each stands."""
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for key, value in entries_of(node, expected, hint):
        if key.text not in known:
            raise unknown_key(key, tuple(known), label)
        places[key.text] = value.place
        values[key.text] = known[key.text](value)
    return values, places


def _all(known: Mapping[str, Read], values: dict[str, Any], node: Node, hint: str) -> dict[str, Any]:
    for name in known:
        if name not in values:
            raise Refusal(node.place, f"{shown(name)} is missing", hint)
    return values


def _made(part: type[P], values: dict[str, Any], places: Mapping[str, Place], node: Node) -> P:
    """The part, unless what is said of it cannot be all at once."""
    unchecked: Any = part.model_construct(place=node.place, **values)
    _check(unchecked.conditions, places, node)
    return part(place=node.place, **values)


def _check(make: Callable[[], object], places: Mapping[str, Place], node: Node) -> None:
    """Refuse what the edge refuses, at the key with which its message begins."""
    try:
        make()
    except ValueError as error:
        key, _, message = str(error).partition(": ")
        raise Refusal(places.get(key, node.place), f"{key}: {message}") from None


def _time(name: str) -> Read:
    return lambda node: value_of(node, f"a time for {name!r}", Duration.parse)


def _level(name: str) -> Read:
    return lambda node: value_of(node, f"a level for {name!r}", Level.parse)


def _share(name: str) -> Read:
    return lambda node: value_of(node, f"a percentage for {name!r}", Share.parse)


def _burst(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text.strip()) or float(text) < 1:
        raise ValueError(
            f"{shown(text)} is not a mean number of packets that are lost in a row; write it like 3 or 2.5, at least 1"
        )
    return float(text)


_LINE: dict[str, Read] = {
    "delay": _time("delay"),
    "jitter": _time("jitter"),
    "loss": _share("loss"),
    "burst": lambda node: value_of(node, "a number of packets for 'burst'", _burst),
    "duplication": _share("duplication"),
    "outages": _outages,
    "bandwidth": lambda node: value_of(node, "a bandwidth", Rate.parse),
    "buffer": _time("buffer"),
}

_ROOM: dict[str, Read] = {
    "noise": lambda node: value_of(node, "a clip, or pink, for 'noise'", parse_clip),
    "snr": _level("snr"),
    "echo": _echo,
    "room": lambda node: value_of(node, "the name of a room", parse_name),
    "gain": _level("gain"),
    "clipping": _level("clipping"),
}
