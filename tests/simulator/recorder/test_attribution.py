"""What a realtime model understood is given to whoever said it, as far as a recording can tell."""

from __future__ import annotations

from simulator.recorder.retelling.attribution import UNDERSTOOD, attributed
from simulator.trace import Record

MS = 1_000_000


def voice(person: str, start_ms: int, end_ms: int) -> list[Record]:
    return [
        Record((start_ms + 20) * MS, person, "voice.started", {"at_ns": start_ms * MS}),
        Record((end_ms + 200) * MS, person, "voice.stopped", {"at_ns": end_ms * MS}),
    ]


def understood(ms: int, person: str, text: str) -> Record:
    return Record(ms * MS, "agent", UNDERSTOOD, {"participant": person, "text": text})


def told(*records: Record) -> list[tuple[str, str]]:
    ordered = sorted(records, key=lambda record: record.t_ns)
    return [(r.text("participant"), r.text("text")) for r in attributed(ordered) if r.kind == UNDERSTOOD]


def test_of_two_who_spoke_at_once_each_said_one_thing() -> None:
    both = [*voice("alice", 0, 1000), *voice("bob", 0, 1300)]
    first, second = understood(2000, "bob", "queen"), understood(2300, "bob", "seven")
    assert told(*both, first, second) == [("alice", "queen"), ("bob", "seven")]


def test_who_was_heard_twice_said_both() -> None:
    twice = [*voice("bob", 0, 1000), *voice("bob", 3000, 4000), *voice("alice", 500, 700)]
    assert told(*twice, understood(2000, "bob", "one"), understood(5000, "bob", "two")) == [
        ("bob", "one"),
        ("bob", "two"),
    ]


def test_a_cough_at_another_time_is_not_given_words() -> None:
    cough = [*voice("alice", 0, 300), *voice("bob", 1000, 2000)]
    assert told(*cough, understood(2500, "bob", "one"), understood(2800, "bob", "two")) == [
        ("bob", "one"),
        ("bob", "two"),
    ]
