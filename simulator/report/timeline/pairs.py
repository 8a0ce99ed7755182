"""Putting together what began and what ended."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from simulator.trace import Record


@dataclass(frozen=True, slots=True)
class Pair:
    """Something that began with ``first`` and was over at ``end_ns``; ``last`` is None if it never said so."""

    first: Record
    last: Record | None
    end_ns: int


def pairs(
    records: Sequence[Record],
    begins: str,
    ends: str,
    key: Callable[[Record], Hashable] = lambda record: None,
    *,
    gives_up: Callable[[Record], bool] = lambda record: False,
    end_ns: int,
) -> Iterator[Pair]:
    """Each record of kind ``begins`` with the next of kind ``ends`` that has its ``key``, the oldest first.

    What is under way at a record that ``gives_up`` ends there; what nothing ended lasts until ``end_ns``.
    """
    waiting: list[Record] = []
    for record in records:
        if record.kind == begins:
            waiting.append(record)
        elif record.kind == ends:
            found = next((first for first in waiting if key(first) == key(record)), None)
            if found is not None:
                waiting.remove(found)
                yield Pair(found, record, record.t_ns)
        elif waiting and gives_up(record):
            yield from (Pair(first, None, record.t_ns) for first in waiting)
            waiting.clear()
    yield from (Pair(first, None, end_ns) for first in waiting)


def stretches(
    records: Sequence[Record], begins: str, over: str, key: Callable[[Record], Hashable], *, end_ns: int
) -> Iterator[Pair]:
    """Each record of kind ``begins`` until the next of its ``key`` that begins, or is ``over``, or until ``end_ns``."""
    current: dict[Hashable, Record] = {}
    for record in records:
        if record.kind in (begins, over):
            before = current.pop(key(record), None)
            if before is not None:
                yield Pair(before, record, record.t_ns)
            if record.kind == begins:
                current[key(record)] = record
    yield from (Pair(record, None, end_ns) for record in current.values())
