"""How much of a text a listener has heard, from how much of its sound was played."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.agents.heard import SPEAKING_RATE, SpokenText
from agentkit.core.tts import SpokenWord

SENTENCE = "The Queen of Clubs is free."


def spoken(*sentences: tuple[str, float], timed: bool = False) -> SpokenText:
    """Sentences one after the other, each with the seconds that it takes; ``timed`` word by word, evenly."""
    text, at = SpokenText(), 0.0
    for sentence, seconds in sentences:
        text.begin(sentence, at)
        if timed:
            words = sentence.split()
            each = seconds / len(words)
            text.add_words([SpokenWord(w, i * each, (i + 1) * each) for i, w in enumerate(words)])
        at += seconds
        text.end(at)
    return text


def test_nothing_is_heard_before_it_is_played_and_all_of_it_after() -> None:
    text = spoken((SENTENCE, 2.0))
    assert text.heard(0.0) == ""
    assert text.heard(2.0) == SENTENCE


def test_a_word_is_heard_when_it_was_played_to_its_end() -> None:
    text = spoken((SENTENCE, 6.0), timed=True)
    assert text.heard(0.99) == ""
    assert text.heard(1.0) == "The"
    assert text.heard(3.5) == "The Queen of"


def test_without_timings_words_are_heard_in_proportion_to_their_letters() -> None:
    text = spoken(("a bbbbbbbb", 11.0))
    assert text.heard(1.9) == ""
    assert text.heard(2.1) == "a"


def test_a_sentence_that_is_still_being_made_is_taken_to_be_spoken_at_an_ordinary_pace() -> None:
    text = SpokenText()
    text.begin(SENTENCE, 0.0)
    assert text.heard(4 / SPEAKING_RATE + 0.001) == "The"


def test_sentences_follow_each_other() -> None:
    text = spoken(("One two.", 1.0), ("Three four.", 2.0), timed=True)
    assert text.heard(1.0) == "One two."
    assert text.heard(2.0) == "One two. Three"


def test_a_sentence_that_could_not_be_said_was_not_heard() -> None:
    text = SpokenText()
    text.begin("Not a sound.", 0.0)
    text.break_off(0.0)
    text.begin("But this.", 0.0)
    text.end(1.0)
    assert text.heard(1.0) == "But this."


@pytest.mark.parametrize("timed", [True, False])
def test_of_a_sentence_that_broke_off_only_the_beginning_was_heard(timed: bool) -> None:
    text = SpokenText()
    text.begin("This one breaks off in the middle.", 0.0)
    if timed:
        text.add_words([SpokenWord("This", 0.0, 0.2), SpokenWord("one", 0.2, 0.45)])
    text.break_off(0.6)
    text.begin("The next is whole.", 0.6)
    text.end(2.0)
    assert text.heard(2.0) == "This one The next is whole."


@pytest.mark.parametrize("words", [1, 2, 30])
def test_a_provider_may_count_words_in_its_own_way(words: int) -> None:
    text = SpokenText()
    text.begin(SENTENCE, 0.0)
    text.add_words([SpokenWord("w", i / words, (i + 1) / words) for i in range(words)])
    text.end(1.0)
    assert SENTENCE.startswith(text.heard(0.5))
    assert text.heard(1.0) == SENTENCE


sentences = st.lists(
    st.tuples(
        st.lists(st.text("abc-é", min_size=1, max_size=12), min_size=1, max_size=8).map(" ".join),
        st.floats(0.01, 5.0),
    ),
    min_size=1,
    max_size=4,
)


@given(sentences, st.booleans(), st.lists(st.floats(0, 25), max_size=20))
def test_the_longer_it_plays_the_more_was_heard_and_never_too_much(
    said: list[tuple[str, float]], timed: bool, instants: list[float]
) -> None:
    text = spoken(*said, timed=timed)
    whole = " ".join(sentence for sentence, _ in said)
    heard = [text.heard(at) for at in sorted(instants)]
    for less, more in pairwise(heard):
        assert more.startswith(less)
    for part in heard:
        assert whole.startswith(part)
        assert whole.split()[: len(part.split())] == part.split()
    assert text.heard(sum(seconds for _, seconds in said) + 1e-6) == whole


@given(sentences, st.floats(0, 25))
def test_no_word_is_heard_before_it_ends(said: list[tuple[str, float]], at: float) -> None:
    count = len(spoken(*said, timed=True).heard(at).split())
    ends, start = [], 0.0
    for sentence, seconds in said:
        words = len(sentence.split())
        ends += [start + seconds * (i + 1) / words for i in range(words)]
        start += seconds
    assert count == sum(end <= at for end in ends) or any(abs(end - at) < 1e-6 for end in ends)
