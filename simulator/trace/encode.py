"""Framework events as JSON data, and the tap that records them."""

from __future__ import annotations

import dataclasses
import enum
import math
import numbers
import re
from collections.abc import Callable
from typing import Any

from agentkit.core.events import BaseEvent, EventManager
from simulator.trace.record import AGENT
from simulator.trace.trace import Trace

LEFT_OUT = frozenset({"type", "event_id", "timestamp", "session_id", "plugin_name", "original", "response"})
"""Fields that do not say what happened: ``type`` is the record's kind, the others tell who sent it when, and what a
provider answered in its own words."""

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")

_fields: dict[type[BaseEvent], tuple[str, ...]] = {}


class _NotJson(Exception):
    """The value has no place in a trace."""


def event_data(event: BaseEvent) -> dict[str, Any]:
    """The fields of ``event`` as a JSON object.

    A participant becomes its id (and is left out when there is none), an exception ``"Class: message"``, an
    enum its name, a number that is not finite its name as a string. A field that holds anything else
    (sound, a provider's own object) is left out as a whole.
    """
    data: dict[str, Any] = {}
    for name in _fields_of(type(event)):
        value = getattr(event, name)
        if name == "participant":
            value = _participant_id(value)
            if value is None:
                continue
        try:
            data[name] = _json(value)
        except _NotJson:
            continue
    return data


def attach(events: EventManager, trace: Trace) -> Callable[[], None]:
    """Record what ``events`` sends, except for ``frequent`` events. Returns a function that ends it."""

    def record(event: BaseEvent) -> None:
        trace.record(AGENT, event.type, event_data(event))

    return events.tap(record, BaseEvent, frequent=False)


def _fields_of(cls: type[BaseEvent]) -> tuple[str, ...]:
    if cls not in _fields:
        _fields[cls] = tuple(f.name for f in dataclasses.fields(cls) if f.name not in LEFT_OUT)
    return _fields[cls]


def _participant_id(participant: Any) -> str | None:
    found = participant if isinstance(participant, str) else getattr(participant, "id", None)
    return found if isinstance(found, str) else None


def _json(value: Any) -> Any:
    """``value`` as JSON of the plain types, or `_NotJson`."""
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise _NotJson
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, BaseException):
        # An address in a message would give the same run another digest in every process.
        return _ADDRESS.sub("at 0x...", f"{type(value).__name__}: {value}")
    raise _NotJson
