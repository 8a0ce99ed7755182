"""What of a trace a golden one holds, and how exactly: ``golden.yaml`` beside the goldens.

tolerance: 5ms
ignore:
  stt.partial_transcript: all
  agent.turn_ended: [heard_ms]
  "*": [epoch]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simulator.scenario.model.problems import Problem, Problems, Refusal, ScenarioError
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.vocabulary import misspelt_event
from simulator.scenario.reading.fields import described, entries_of, items_of, text_of, unknown_key, value_of
from simulator.scenario.reading.yaml_source import MOST_BYTES, Node, Scalar, read_yaml
from simulator.trace.record import Record

ANY_KIND = "*"

SOUND = "sound"
"""The kind of the record that holds the digests of the recorded sound."""

NEVER_HELD: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "step": frozenset({"line"}),  # a comment added to a scenario changes nothing in the call
        SOUND: frozenset({"stems"}),  # the digest of the whole says as much
    }
)
"""Fields that no golden holds, by kind."""

_KEYS = ("tolerance", "ignore")
_ALL = "all"


@dataclass(frozen=True)
class Rules:
    """``kinds`` of records that do not matter, ``fields`` that do not by kind (`ANY_KIND`: in every one), and how far
    times may lie apart.

    With a tolerance the digest of the sound does not matter either: a shift by one sample makes it another.
    """

    tolerance_ns: int = 0
    kinds: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def kept(self, records: Iterable[Record]) -> list[Record]:
        """The records that matter, with the fields that matter."""
        left_out = self.kinds | {SOUND} if self.tolerance_ns else self.kinds
        return [self._kept(record) for record in records if record.kind not in left_out]

    def with_tolerance(self, tolerance: Duration | None) -> Rules:
        """These rules, with another tolerance if one is given."""
        return self if tolerance is None else replace(self, tolerance_ns=tolerance.ns)

    def _kept(self, record: Record) -> Record:
        nothing: frozenset[str] = frozenset()
        ignored = NEVER_HELD.get(record.kind, nothing)
        ignored |= self.fields.get(ANY_KIND, nothing) | self.fields.get(record.kind, nothing)
        if ignored.isdisjoint(record.data):
            return record
        kept: dict[str, Any] = {key: value for key, value in record.data.items() if key not in ignored}
        return record._replace(data=kept)


EXACT = Rules()
"""Everything matters, to the nanosecond."""


def read_rules(path: Path) -> Rules:
    """The rules in the file at ``path``; `EXACT` if there is none.

    Raises `ScenarioError` with what is wrong in it, by line and column.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return EXACT
    except OSError as error:
        raise ScenarioError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")]) from None
    root, text = read_yaml(data, str(path))
    problems = Problems(str(path), text)
    with problems.collecting():
        return _rules(root)
    raise problems.error()


def _rules(root: Node) -> Rules:
    tolerance, kinds, fields = 0, set(), {}
    hint = "write tolerance: 5ms, or ignore: and under it kinds of records"
    for key, value in entries_of(root, "the keys tolerance and ignore", hint):
        if key.text == "tolerance":
            tolerance = value_of(value, "a time", Duration.parse).ns
        elif key.text == "ignore":
            for kind, what in entries_of(value, "kinds of records", "write stt.partial_transcript: all"):
                ignored = _ignored(kind, what)
                if ignored is None:
                    kinds.add(kind.text)
                else:
                    fields[kind.text] = ignored
        else:
            raise unknown_key(key, _KEYS, "there may be")
    return Rules(tolerance, frozenset(kinds), fields)


def _ignored(kind: Scalar, what: Node) -> frozenset[str] | None:
    """The fields that are ignored in records of a kind; None for all of the record."""
    if kind.text != ANY_KIND and (meant := misspelt_event(kind.text)) is not None:
        raise Refusal(kind.place, f"nothing is recorded as {kind.text!r}", f"did you mean {meant!r}?")
    if isinstance(what, Scalar):
        if what.text == _ALL and kind.text != ANY_KIND:
            return None
        message = f"expected a list of fields, or {_ALL!r} for the whole record, found {described(what)}"
        raise Refusal(what.place, message, f"write {kind.text}: [text]")
    return frozenset(text_of(item, "the name of a field") for item in _names(what))


def _names(what: Node) -> Sequence[Node]:
    return items_of(what, "a list of fields", "write them like [heard_ms, text]")
