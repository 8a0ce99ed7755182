"""Long messages are cut where a reader would cut them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.conversation.markdown import pieces

CODE = "```python\nprint('hello')\nprint('again')\n```\n"

TEXTS = st.lists(
    st.one_of(
        st.text(alphabet="ab .\n", max_size=30),
        st.sampled_from(["```\n", "~~~\n", "```py\n", "\n```\n", "para\n\n", CODE, "````\n```\n````\n"]),
    ),
    max_size=12,
).map("".join)


def test_a_short_text_is_one_piece() -> None:
    assert pieces("Hello there.") == ["Hello there."]


def test_an_empty_text_is_one_empty_piece() -> None:
    assert pieces("") == [""]


def test_paragraphs_stay_whole() -> None:
    text = "First paragraph, quite long.\n\nSecond paragraph, quite long."
    assert pieces(text, 40) == ["First paragraph, quite long.\n\n", "Second paragraph, quite long."]


def test_sentences_stay_whole_where_a_paragraph_is_too_long() -> None:
    assert pieces("One sentence here. Another sentence here.", 30) == [
        "One sentence here. ",
        "Another sentence here.",
    ]


def test_a_word_longer_than_a_piece_is_cut() -> None:
    assert pieces("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_code_block_moves_to_the_next_piece_as_a_whole() -> None:
    assert pieces("Some words before.\n" + CODE, 40) == ["Some words before.\n", CODE]


def test_a_code_block_longer_than_a_piece_stays_in_one() -> None:
    block = "```\n" + "x = 1\n" * 50 + "```\n"
    assert pieces(block + "after", 40) == [block, "after"]


def test_a_code_block_that_has_not_ended_is_not_cut() -> None:
    assert pieces("```\n" + "x = 1\n" * 50, 40) == ["```\n" + "x = 1\n" * 50]


def test_a_piece_needs_room_for_a_character() -> None:
    with pytest.raises(ValueError, match="at least one character"):
        pieces("abc", 0)


@given(TEXTS, st.integers(min_value=5, max_value=60))
def test_nothing_is_lost_and_nothing_is_too_long_but_code(text: str, length: int) -> None:
    found = pieces(text, length)
    assert "".join(found) == text
    assert all(len(piece) <= length or "```" in piece or "~~~" in piece for piece in found)


@given(TEXTS, st.integers(min_value=5, max_value=60))
def test_while_a_text_grows_only_its_last_piece_changes(text: str, length: int) -> None:
    before: list[str] = []
    for end in range(len(text) + 1):
        now = pieces(text[:end], length)
        assert now[: len(before) - 1] == before[:-1]
        before = now


@given(st.lists(st.sampled_from(["Some prose. ", "More of it.\n\n", CODE, "word " * 9]), max_size=12))
def test_no_code_block_is_ever_cut(parts: list[str]) -> None:
    text = "\n".join(parts)
    assert sum(piece.count(CODE) for piece in pieces(text, 50)) == text.count(CODE)


def test_a_fence_that_is_still_being_typed_is_not_cut() -> None:
    assert pieces("a" * 9 + "\n`", 10) == ["a" * 9 + "\n", "`"]
    assert pieces("a" * 9 + "\n```\nx\n```\n", 10) == ["a" * 9 + "\n", "```\nx\n```\n"]
