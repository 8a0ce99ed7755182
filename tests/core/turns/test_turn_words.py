"""Words: what counts as one, and which mean "go on" rather than "stop"."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.turns.words import BACKCHANNELS, substantive_words, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("uh-huh", ["uhhuh"]),
        ("Mm-hm.", ["mmhm"]),
        ("don't", ["dont"]),
        ("don’t stop", ["dont", "stop"]),
        ("the dogs' bowls", ["the", "dogs", "bowls"]),
        ("'quoted' - and -dashed-", ["quoted", "and", "dashed"]),
        ("stop—now…please", ["stop", "now", "please"]),
        ("non‑breaking", ["nonbreaking"]),
        ("snake_case", ["snake", "case"]),
        ("at 9:30, room 12b", ["at", "9", "30", "room", "12b"]),
        ("ÉCOUTEZ Straße", ["écoutez", "straße"]),
        ("Привет, мир", ["привет", "мир"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("السَّلام عليكم", ["السَّلام", "عليكم"]),
        ("你好，世界。", ["你好", "世界"]),
        ("はい、そうです", ["はい", "そうです"]),
        ("สวัสดี ครับ", ["สวัสดี", "ครับ"]),
        ("👋 hi 👍🏽", ["hi"]),
        ("", []),
        (" ... - ' ", []),
    ],
)
def test_words_are_found_in_any_script(text: str, words: list[str]) -> None:
    assert words_in(text) == words


def test_an_accent_counts_the_same_however_it_is_encoded() -> None:
    assert words_in(unicodedata.normalize("NFD", "café au lait")) == words_in("café au lait")


@given(st.text())
def test_words_carry_no_spaces_and_finding_them_again_changes_nothing(text: str) -> None:
    words = words_in(text)
    assert all(word and not any(c.isspace() for c in word) for word in words)
    assert words_in(" ".join(words)) == words


@given(st.lists(st.sampled_from(sorted(BACKCHANNELS))), st.sampled_from([" ", ", ", "... ", "! "]))
def test_backchannels_alone_never_say_anything(words: list[str], between: str) -> None:
    assert substantive_words(between.join(words).title(), BACKCHANNELS) == 0


@given(st.text(), st.text())
def test_more_text_never_says_less(text: str, more: str) -> None:
    assert substantive_words(f"{text} {more}", BACKCHANNELS) >= substantive_words(text, BACKCHANNELS)


@pytest.mark.parametrize("text", ["uh-huh", "Mm-hm", "mm hmm", "Yeah, okay.", "OK", "ah, right", "Um-hum"])
def test_what_listeners_utter_is_a_backchannel(text: str) -> None:
    assert substantive_words(text, BACKCHANNELS) == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [("stop", 1), ("no", 1), ("yeah but", 1), ("okay, wait a second", 3), ("I'm not sure", 2)],
)
def test_what_is_said_besides_is_counted(text: str, count: int) -> None:
    assert substantive_words(text, BACKCHANNELS) == count


def test_where_no_spaces_are_written_a_sentence_is_more_than_one_word() -> None:
    assert substantive_words("ちょっと待って", BACKCHANNELS) == 7
    assert substantive_words("等一下", BACKCHANNELS) == 3
    assert substantive_words("หยุดก่อน", BACKCHANNELS) >= 3


def test_backchannels_of_other_languages_can_be_given_whole() -> None:
    assert substantive_words("はい、うん", {"はい", "うん"}) == 0
    assert substantive_words("はい、待って", {"はい", "うん"}) == 3


def test_the_shipped_backchannels_are_written_as_words_are_found() -> None:
    assert all(words_in(word) == [word] for word in BACKCHANNELS)
