"""JSON that is there whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.json_file import write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(document=VALUES)
def test_what_was_written_can_be_read_again(
    document: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    write_json(str(path), document)
    assert json.loads(path.read_text(encoding="utf-8")) == document


def test_a_document_that_is_no_json_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write_json(str(path), [1])
    with pytest.raises(TypeError):
        write_json(str(path), [object()])
    assert json.loads(path.read_text()) == [1]
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_link_goes_on_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("[]")
    link = tmp_path / "link.json"
    link.symlink_to("real.json")
    write_json(str(link), [1])
    assert link.is_symlink()
    assert json.loads((tmp_path / "real.json").read_text()) == [1]


def test_something_that_is_no_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_json(str(pipe), [1])
        assert json.loads(os.read(reader, 100)) == [1]
    finally:
        os.close(reader)
