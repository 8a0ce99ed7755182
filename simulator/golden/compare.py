"""Where a trace parts from the one that was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from simulator.golden.rules import EXACT, Rules
from simulator.trace.record import Record

_NS_PER = {"_ns": 1.0, "_ms": 1e6, "_s": 1e9}
"""A field whose name ends like this is a time, in that unit."""


@dataclass(frozen=True)
class Divergence:
    """The first difference between two traces. ``expected`` or ``happened`` is None where that trace was over.

    ``index`` is the number of records that the two have in common before it.
    """

    index: int
    expected: Record | None
    happened: Record | None

    @property
    def at_ns(self) -> int:
        """When they part: at the earlier of the two records."""
        return min(record.t_ns for record in (self.expected, self.happened) if record is not None)


def compare(
    expected: Iterable[Record], happened: Iterable[Record], rules: Rules = EXACT
) -> Divergence | None:
    """The first difference that matters under ``rules``, or None if there is none.

    Without a tolerance the records have to come in the same order, also those of one instant. With one, a record
    matches the earliest that is the same but for its times, which lie within the tolerance; so what lies closer
    together than that may change places.
    """
    kept, found = rules.kept(expected), rules.kept(happened)
    if rules.tolerance_ns:
        return _first_unmatched(kept, found, rules.tolerance_ns)
    pairs = enumerate(zip_longest(kept, found))
    return next((Divergence(index, a, b) for index, (a, b) in pairs if not _is_same(a, b)), None)


def _is_same(one: Record | None, other: Record | None) -> bool:
    # Not `one == other`: to Python 1, 1.0 and True are the same, to a trace they are not.
    if one is None or other is None or one[:3] != other[:3]:
        return False
    return one.data is other.data or _alike("", one.data, other.data, 0)


def _first_unmatched(
    expected: Sequence[Record], happened: Sequence[Record], within_ns: int
) -> Divergence | None:
    open_ = list(happened)
    for index, record in enumerate(expected):
        if open_ and open_[0].t_ns < record.t_ns - within_ns:  # nothing later can match that
            return Divergence(index, record, open_[0])
        match = next(
            (at for at, other in _near(open_, record, within_ns) if _matches(record, other, within_ns)), None
        )
        if match is None:
            return Divergence(index, record, open_[0] if open_ else None)
        del open_[match]
    return Divergence(len(expected), None, open_[0]) if open_ else None


def _near(open_: Sequence[Record], record: Record, within_ns: int) -> Iterable[tuple[int, Record]]:
    for at, other in enumerate(open_):
        if other.t_ns > record.t_ns + within_ns:
            return
        yield at, other


def _matches(one: Record, other: Record, within_ns: int) -> bool:
    return (
        one.source == other.source
        and one.kind == other.kind
        and abs(one.t_ns - other.t_ns) <= within_ns
        and _alike("", one.data, other.data, within_ns)
    )


def _alike(name: str, one: Any, other: Any, within_ns: int) -> bool:
    """Whether two values of the field ``name`` are the same; times may differ by ``within_ns``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_alike(key, one[key], other[key], within_ns) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            _alike(name, a, b, within_ns) for a, b in zip(one, other, strict=True)
        )
    if type(one) is type(other) and one == other:
        return True
    unit = next((ns for ending, ns in _NS_PER.items() if name.endswith(ending)), None)
    if not within_ns or unit is None or not (_is_number(one) and _is_number(other)):
        return False
    # Half a nanosecond more: times in milliseconds are no whole numbers.
    return bool(abs(one - other) * unit <= within_ns + 0.5)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def differing_fields(one: Record, other: Record, rules: Rules = EXACT) -> list[str]:
    """The fields that are not the same in two records of a kind."""
    return [
        key
        for key in sorted(one.data.keys() | other.data.keys())
        if key not in one.data
        or key not in other.data
        or not _alike(key, one.data[key], other.data[key], rules.tolerance_ns)
    ]
