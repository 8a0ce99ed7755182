"""Pieces of text that arrive in any order become one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.conversation.deltas import Deltas


def test_a_piece_that_comes_early_waits() -> None:
    deltas = Deltas()
    assert not deltas.put(1, "world")
    assert deltas.text == ""
    assert deltas.missing
    assert deltas.put(0, "hello ")
    assert deltas.text == "hello world"
    assert not deltas.missing


def test_a_piece_that_comes_twice_counts_once() -> None:
    deltas = Deltas()
    deltas.put(0, "a")
    deltas.put(0, "a")
    assert deltas.text == "a"


def test_pieces_are_numbered_from_zero() -> None:
    with pytest.raises(ValueError, match="numbered from 0"):
        Deltas().put(-1, "a")


@given(
    st.lists(st.text(max_size=3), max_size=12).flatmap(
        lambda t: st.tuples(st.just(t), st.permutations(range(len(t))))
    )
)
def test_any_order_gives_the_same_text(case: tuple[list[str], list[int]]) -> None:
    texts, order = case
    deltas = Deltas()
    for index in order:
        deltas.put(index, texts[index])
        assert "".join(texts).startswith(deltas.text)
    assert deltas.text == "".join(texts)
