from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.trace import Record, TraceFileError, digest, read_jsonl, write_jsonl

DATA = st.dictionaries(
    st.text(),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
TRACES = st.lists(st.tuples(st.integers(0, 2**62), st.text(), st.text(), DATA), max_size=6).map(
    lambda rows: [Record(*row) for row in sorted(rows, key=lambda row: row[0])]
)
GOOD = b'{"data":{},"kind":"joined","source":"alice","t_ns":5}\n'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TRACES)
def test_what_is_written_is_read_again(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "trace.jsonl"
    write_jsonl(path, records)
    assert read_jsonl(path) == records
    assert digest(read_jsonl(path)) == digest(records)


def test_the_sha256_of_the_file_is_the_digest_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    records = [Record(0, "alice", "says", {"text": "grüß Gott", "gain": 0.1})]
    write_jsonl(path, records)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest(records)


def test_an_empty_file_is_an_empty_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.touch()
    assert read_jsonl(path) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"hello\n", r"expected an object like .*, found 'hello'"),
        (b"\n", "found an empty line"),
        (b"[1,2]\n", r"expected an object like"),
        (
            b'{"data":{"a":' + b"[" * 500 + b"]" * 500 + b'},"kind":"k","source":"s","t_ns":0}\n',
            "at most 100 levels",
        ),
        (b'{"kind":"joined"}\n', r"expected an object like"),
        (GOOD.replace(b"}\n", b',"more":1}\n'), r"expected an object like"),
        (GOOD[:30], r"the file ends here: was it cut short\?"),
        (GOOD.replace(b"5", b"5.0"), "expected t_ns to be of type int, found 5.0"),
        (GOOD.replace(b"5", b"true"), "expected t_ns to be of type int, found True"),
        (GOOD.replace(b"5", b"-1"), "expected t_ns between 0 and"),
        (GOOD.replace(b"5", b"4"), "expected t_ns of at least 5, as in the line before, found 4"),
        (GOOD.replace(b"{}", b"[]"), r"expected data to be of type dict, found \[\]"),
        (GOOD.replace(b"{}", b'{"x":NaN}'), "NaN is not JSON"),
        (GOOD.replace(b"{}", b'{"x":1e999}'), "1e999 is no finite number"),
        (GOOD.replace(b"{}", b'{"x":' + b"[" * 100_000), "expected an object like"),
        (b"RIFF\xff\xfe\x00WAVE\n", "found the byte 0xff; is it a text file"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_its_line(
    tmp_path: Path, line: bytes, complaint: str
) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(GOOD + line)
    with pytest.raises(TraceFileError, match=rf"trace\.jsonl, line 2: .*{complaint}"):
        read_jsonl(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80))
def test_no_file_makes_the_reader_fail_in_another_way(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(content)
    with contextlib.suppress(TraceFileError):
        assert read_jsonl(path) == []
