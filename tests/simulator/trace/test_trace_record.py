from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.trace import Record, digest

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.builds(
    Record, st.integers(0, 2**63 - 1), st.text(), st.text(), st.dictionaries(st.text(), JSON, max_size=4)
)

PRINT_DIGEST = """
from simulator.trace import Record, digest
names = {"alice", "bob", "carol", "dave"}
print(digest([Record(1, "alice", "says", {name: {name: 0.1} for name in names})]))
"""


@given(st.lists(RECORDS, max_size=5))
def test_equal_records_have_equal_digests_whatever_the_order_of_their_keys(records: list[Record]) -> None:
    shuffled = [record._replace(data=dict(reversed(record.data.items()))) for record in records]
    assert digest(shuffled) == digest(records)


@given(st.lists(RECORDS, min_size=1, max_size=5), st.data())
def test_any_change_changes_the_digest(records: list[Record], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(records) - 1))
    changed = data.draw(RECORDS)
    assume(repr(changed) != repr(records[place]))
    assume(changed != records[place])
    assert digest([*records[:place], changed, *records[place + 1 :]]) != digest(records)
    assert digest([*records[:place], *records[place + 1 :]]) != digest(records)


def test_a_number_is_not_taken_for_another_that_compares_equal() -> None:
    one, truth, real = ([Record(0, "call", "x", {"n": n})] for n in (1, True, 1.0))
    assert len({digest(one), digest(truth), digest(real)}) == 3


def test_the_digest_does_not_depend_on_the_hash_seed() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), b"sound", {1: "one"}, [{None: 1}], ({"a": {2.0: 1}},)]
)
def test_what_json_cannot_say_is_refused_by_name(value: object) -> None:
    with pytest.raises(ValueError, match=r"'says' of 'alice' at 7 ns is not JSON: .*string"):
        digest([Record(7, "alice", "says", {"what": value})])
