"""Two traces are held against each other: a difference is found where it is, and what does not matter is not one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.golden import EXACT, Rules, compare
from simulator.trace import Record

KINDS = ("voice.started", "stt.transcript", "agent.turn_ended", "step", "sound", "custom")
FIELDS = ("at_ns", "heard_ms", "text", "line", "stems", "inner")
TOLERANCE_NS = 5_000_000

values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(0, 10**9) | st.floats(0, 1e6) | st.text(max_size=3)
)
data = st.dictionaries(
    st.sampled_from(FIELDS),
    values | st.dictionaries(st.sampled_from(["a_ns", "b"]), values, max_size=2),
    max_size=3,
)


@st.composite
def traces(draw: st.DrawFn) -> list[Record]:
    gaps = draw(st.lists(st.sampled_from([0, 1, 1_000_000, 20_000_000]), max_size=8))
    times = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    return [
        Record(t_ns, draw(st.sampled_from(["agent", "alice"])), draw(st.sampled_from(KINDS)), draw(data))
        for t_ns in times
    ]


rules = st.builds(
    Rules,
    st.sampled_from([0, TOLERANCE_NS]),
    st.frozensets(st.sampled_from(KINDS), max_size=2),
    st.dictionaries(
        st.sampled_from([*KINDS, "*"]), st.frozensets(st.sampled_from(FIELDS), max_size=2), max_size=2
    ),
)


@given(traces(), rules)
def test_a_trace_never_differs_from_itself(trace: list[Record], rules: Rules) -> None:
    assert compare(trace, [record._replace(data=dict(record.data)) for record in trace], rules) is None


def is_irrelevant(record: Record, field: str | None, rules: Rules) -> bool:
    """Whether a change of a field of this record, or of the whole record, is declared not to matter."""
    if record.kind in rules.kinds or (record.kind == "sound" and rules.tolerance_ns):
        return True
    held = {"step": {"line"}, "sound": {"stems"}}.get(record.kind, set())
    return field in held | set(rules.fields.get("*", ())) | set(rules.fields.get(record.kind, ()))


@given(traces(), rules, st.data())
def test_a_changed_field_is_reported_where_it_is_or_was_declared_not_to_matter(
    trace: list[Record], rules: Rules, choose: st.DataObject
) -> None:
    assume(trace)
    at = choose.draw(st.integers(0, len(trace) - 1))
    field = choose.draw(st.sampled_from(FIELDS))
    record = trace[at]
    changed = record._replace(data={**record.data, field: "something else entirely"})
    edited = [*trace[:at], changed, *trace[at + 1 :]]
    divergence = compare(trace, edited, rules)
    if is_irrelevant(record, field, rules):
        assert divergence is None
    else:
        assert divergence is not None
        assert abs(divergence.at_ns - record.t_ns) <= 2 * rules.tolerance_ns
        if not rules.tolerance_ns:
            assert divergence.index == len(rules.kept(trace[:at]))
            assert divergence.expected == rules.kept([record])[0]
            assert divergence.happened == rules.kept([changed])[0]


@given(traces(), rules, st.data())
def test_a_record_that_is_missing_or_new_is_reported(
    trace: list[Record], rules: Rules, choose: st.DataObject
) -> None:
    assume(trace)
    at = choose.draw(st.integers(0, len(trace) - 1))
    shorter = [*trace[:at], *trace[at + 1 :]]
    expected, happened = choose.draw(st.sampled_from([(trace, shorter), (shorter, trace)]))
    divergence = compare(expected, happened, rules)
    if is_irrelevant(trace[at], None, rules):
        assert divergence is None
    else:
        assert divergence is not None
        # A run of equal records may have lost any of them.
        assert divergence.at_ns >= trace[at].t_ns - 2 * rules.tolerance_ns
        assert divergence.index >= len(rules.kept(trace[:at])) or rules.tolerance_ns


@given(traces(), st.data())
def test_two_records_that_change_places_differ_unless_they_are_the_same(
    trace: list[Record], choose: st.DataObject
) -> None:
    assume(len(trace) > 1)
    at = choose.draw(st.integers(0, len(trace) - 2))
    one, other = trace[at], trace[at + 1]
    swapped = [*trace[:at], other._replace(t_ns=one.t_ns), one._replace(t_ns=other.t_ns), *trace[at + 2 :]]
    divergence = compare(trace, swapped)
    kept = EXACT.kept([one._replace(t_ns=0), other._replace(t_ns=0)])
    assert (divergence is None) == (repr(kept[0]) == repr(kept[1]))


@given(traces(), st.data())
def test_times_may_lie_as_far_apart_as_the_tolerance_and_no_further(
    trace: list[Record], choose: st.DataObject
) -> None:
    shift = choose.draw(st.integers(0, 2 * TOLERANCE_NS))
    at = choose.draw(st.integers(0, len(trace)))
    shifted = [*trace[:at], *(record._replace(t_ns=record.t_ns + shift) for record in trace[at:])]
    divergence = compare(trace, shifted, Rules(TOLERANCE_NS))
    if shift <= TOLERANCE_NS:
        assert divergence is None
    elif len(set(map(repr, trace))) == len(trace) and any(record.kind != "sound" for record in trace[at:]):
        first = next(record for record in trace[at:] if record.kind != "sound")
        if all(record.kind != first.kind for record in trace if record is not first):
            assert divergence is not None


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("at_ns", 0, 5_000_000, True),
        ("at_ns", 0, 5_000_001, False),
        ("heard_ms", 100.0, 105.0, True),
        ("heard_ms", 100.0, 105.1, False),
        ("for_s", 1.0, 1.005, True),
        ("words", 1, 2, False),
        ("text_ns", "1", "2", False),
        ("flag_ns", True, False, False),
    ],
)
def test_fields_that_are_times_have_the_tolerance_too(field: str, one: Any, other: Any, same: bool) -> None:
    before, after = [Record(0, "agent", "x", {field: one})], [Record(0, "agent", "x", {field: other})]
    assert (compare(before, after, Rules(TOLERANCE_NS)) is None) == same
    assert compare(before, after) is not None


def test_what_lies_closer_together_than_the_tolerance_may_change_places() -> None:
    before = [
        Record(0, "agent", "a", {}),
        Record(2_000_000, "agent", "b", {}),
        Record(10_000_000, "agent", "c", {}),
    ]
    after = [
        Record(0, "agent", "b", {}),
        Record(2_000_000, "agent", "a", {}),
        Record(10_000_000, "agent", "c", {}),
    ]
    assert compare(before, after, Rules(TOLERANCE_NS)) is None
    assert compare(before, after) is not None
    assert compare(before, [after[2]._replace(t_ns=0), *after[:2]], Rules(TOLERANCE_NS)) is not None


def test_a_number_is_not_a_truth() -> None:
    assert compare([Record(0, "a", "b", {"x": 1})], [Record(0, "a", "b", {"x": True})]) is not None
