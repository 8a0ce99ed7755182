"""One record of a trace, its canonical form, and the digest of many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

AGENT = "agent"
CALL = "call"
SCENARIO = "scenario"
NOT_PEOPLE = frozenset({AGENT, CALL, SCENARIO})
"""Sources that are not a person's name."""

STARTED = "call.started"
"""The kind of the first record of a call."""

MAX_NS = 2**63 - 1
"""The latest instant a record can speak of: 292 years, what an int64 of nanoseconds holds."""

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


class Record(NamedTuple):
    """Something that happened: ``t_ns`` nanoseconds after the call began, at ``source``, of a ``kind``.

    ``data`` is a JSON object. Reading it never fails: what is missing or of another type reads as nothing, so
    that an old trace can be measured by new rules.
    """

    t_ns: int
    source: str
    kind: str
    data: dict[str, Any]

    def integer(self, key: str) -> int | None:
        """The whole number at ``key``, if there is one within an int64."""
        value = self.data.get(key)
        return value if type(value) is int and -MAX_NS <= value <= MAX_NS else None

    def text(self, key: str) -> str:
        """The string at ``key``, or an empty one."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def flag(self, key: str) -> bool:
        """Whether ``key`` is there and true."""
        return self.data.get(key) is True

    def span_ns(self, key: str) -> int | None:
        """The duration at ``key``, which holds milliseconds, in nanoseconds; None unless it is a sane one."""
        value = self.data.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_NS / 1e6:
            return None
        return round(value * 1_000_000)

    @property
    def at_ns(self) -> int:
        """When it happened: its own ``at_ns`` where it was noticed later, or else when it was recorded."""
        at_ns = self.integer("at_ns")
        return self.t_ns if at_ns is None else at_ns


def beginning(records: Iterable[Record]) -> Record:
    """The record that says which ``scenario`` was played, and with what ``seed``; an empty one where none does."""
    return next((r for r in records if r.kind == STARTED), Record(0, CALL, STARTED, {}))


def canonical_line(record: Record) -> str:
    """The record as one line of JSON, the same in every process: sorted keys, no spaces, ASCII, floats by
    repr.

    Raises `ValueError` when it holds something JSON has no word for (an object, a NaN, a key that is no
    string).
    """
    t_ns, source, kind, data = record
    try:
        line = _encoder.encode({"t_ns": t_ns, "source": source, "kind": kind, "data": data})
        _check_keys(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"record {kind!r} of {source!r} at {t_ns} ns is not JSON: {error}; "
            f"record numbers, strings, lists and objects with string keys instead of {data!r:.200}"
        ) from error
    return line


def digest(records: Iterable[Record]) -> str:
    """The identity of a run: sha256 in hex over its canonical lines, each ended by a newline.

    It equals the sha256 of the file that `write_jsonl` makes. Raises `ValueError` as `canonical_line` does.
    """
    sha = hashlib.sha256()
    for record in records:
        sha.update(canonical_line(record).encode("ascii"))
        sha.update(b"\n")
    return sha.hexdigest()


def is_deeper(data: Any, levels: int) -> bool:
    """Whether JSON data has lists and objects in one another for more than ``levels``."""
    level = [data]
    for _ in range(levels + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(data: Any) -> Iterable[Any]:
    return data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()


def _check_keys(value: Any) -> None:
    # json turns other keys into strings, but sorts them before it does: read back, they sort differently.
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"key {key!r} is no string")
            if isinstance(item, dict | list | tuple):
                _check_keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, dict | list | tuple):
                _check_keys(item)
