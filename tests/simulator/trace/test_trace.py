from __future__ import annotations

import pytest

from simulator.trace import Record, Trace, digest


class Clock:
    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def test_a_record_bears_the_time_it_was_made() -> None:
    clock = Clock()
    trace = Trace(clock)
    trace.record("call", "call.started", {"scenario": "hello", "seed": 1})
    clock.now_ns = 20
    trace.record("alice", "joined")
    assert list(trace) == [
        Record(0, "call", "call.started", {"scenario": "hello", "seed": 1}),
        Record(20, "alice", "joined", {}),
    ]
    assert len(trace) == 2
    assert trace.records[-1].kind == "joined"


def test_time_never_goes_back_in_a_trace() -> None:
    trace = Trace(Clock())
    trace.record("alice", "joined", t_ns=40)
    trace.record("alice", "left", t_ns=40)
    with pytest.raises(ValueError, match="'says' of 'alice' recorded at 39 ns, after a record at 40 ns"):
        trace.record("alice", "says", t_ns=39)
    assert len(trace) == 2


def test_records_are_selected_by_source_kind_and_time() -> None:
    trace = Trace(Clock())
    for t_ns, source, kind in [(1, "alice", "joined"), (2, "bob", "joined"), (3, "alice", "left")]:
        trace.record(source, kind, t_ns=t_ns)
    assert [r.t_ns for r in trace.select()] == [1, 2, 3]
    assert [r.t_ns for r in trace.select("alice")] == [1, 3]
    assert [r.t_ns for r in trace.select(kind="joined")] == [1, 2]
    assert [r.t_ns for r in trace.select("alice", since_ns=2)] == [3]
    assert trace.select("carol") == []


def test_the_digest_of_a_trace_is_that_of_its_records() -> None:
    trace = Trace(Clock())
    empty = trace.digest()
    trace.record("alice", "joined")
    assert trace.digest() == digest(trace.records) != empty
