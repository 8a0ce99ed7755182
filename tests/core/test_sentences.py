"""What of a model's text is spoken when, and that none of it is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentkit.core.agents.sentences import MAX_CHARS, SentenceSplitter


def split(*deltas: str) -> list[str]:
    splitter = SentenceSplitter()
    sentences = [sentence for delta in deltas for sentence in splitter.feed(delta)]
    rest = splitter.flush()
    return sentences if rest is None else [*sentences, rest]


def without_spaces(text: str) -> str:
    return "".join(text.split())


def test_a_sentence_is_given_as_soon_as_the_space_after_it_is_there() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("We are open") == []
    assert splitter.feed(" until nine.") == [], "nine.30 was still possible"
    assert splitter.feed(" ") == ["We are open until nine."]


def test_a_short_answer_is_spoken_at_once() -> None:
    assert SentenceSplitter().feed("Yes. We do") == ["Yes."]


def test_one_delta_may_hold_many_sentences() -> None:
    assert SentenceSplitter().feed("One! Two? Three… Four. ") == ["One!", "Two?", "Three…", "Four."]


def test_the_last_sentence_comes_with_flush_and_then_the_splitter_is_as_new() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("That is all.") == []
    assert splitter.flush() == "That is all."
    assert splitter.flush() is None
    assert splitter.feed("Again. ") == ["Again."]


def test_a_line_break_ends_a_sentence_without_a_mark() -> None:
    assert SentenceSplitter().feed("Opening hours\nMonday to Friday\n") == [
        "Opening hours",
        "Monday to Friday",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs 3.50 euros, or 1,200.75 for all.",
        "Dr. Smith and Mrs. Jones met Mr. Brown at St. Mary's.",
        "Bring fruit, e.g. apples, i.e. something sweet, etc. and so on.",
        "We open at 9 a.m. on weekdays and close at 5 p.m. in winter.",
        "The U.S. Army and the U.K. government agreed.",
        "Take No. 5 on Jan. 12 and see vol. 3.",
        "Take No. 5, not No. 12.",
        "J. R. R. Tolkien met George W. Bush.",
        "She has a Ph.D. in physics.",
        "Write to jane.doe@example.co.uk or see https://example.com/a?b=1&c=2.",
        "Version 2.0.1 is at www.example.com today.",
        "Wait...what did you say?",
        "(Bring snacks, etc.) and a coat.",
        "1. Turn left at the lights.",
        "He said—Dr. Smith agreed—that it works.",
    ],
)
def test_a_period_within_a_sentence_does_not_end_it(sentence: str) -> None:
    assert split(sentence + " Next one.") == [sentence, "Next one."]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('"Stop." she said. Then left.', ['"Stop."', "she said.", "Then left."]),
        ("(Really?) Yes.", ["(Really?)", "Yes."]),
        ("“Go!” He went.", ["“Go!”", "He went."]),
        ("**Important.** Read this.", ["**Important.**", "Read this."]),
        ("No. I do not think so.", ["No.", "I do not think so."]),
        ("No. 5 is alive. No.", ["No. 5 is alive.", "No."]),
        ("What?! Never!!! Well...  Fine.", ["What?!", "Never!!!", "Well...", "Fine."]),
        ("Did you move to the U.S.? I did.", ["Did you move to the U.S.?", "I did."]),
        ("It is 5. That is enough.", ["It is 5.", "That is enough."]),
        ("Well . . . yes.", ["Well .", ". . yes."]),
        ("我们九点开门。你要来吗？「好的。」谢谢", ["我们九点开门。", "你要来吗？", "「好的。」", "谢谢"]),
        ("हम नौ बजे खुलते हैं। आप आइए।", ["हम नौ बजे खुलते हैं।", "आप आइए।"]),
        ("هل أنت هنا؟ نعم.", ["هل أنت هنا؟", "نعم."]),
        ("I can't. It isn’t Mary's. 'No' means no.", ["I can't.", "It isn’t Mary's.", "'No' means no."]),
        ("1. Go left.\n2. Go right.\n", ["1. Go left.", "2. Go right."]),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


def test_no_before_a_space_waits_only_for_the_next_character() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("No. ") == []
    assert splitter.feed("I") == ["No."]


def test_marks_alone_are_never_a_sentence_of_their_own() -> None:
    assert split("... Hm. ") == ["... Hm."]
    assert split("---\n👍! Good.") == ["---\n👍! Good."]


def test_text_without_an_end_is_cut_at_a_comma_once_it_is_too_long() -> None:
    text = "and then we went on to the next place, " * 10
    pieces = split(text)
    assert len(pieces) > 1
    assert all(len(piece) <= MAX_CHARS for piece in pieces)
    assert all(piece.endswith(",") for piece in pieces)


def test_a_sentence_that_just_fits_is_left_whole() -> None:
    sentence = "word " * 49 + "last."
    assert len(sentence) == MAX_CHARS
    assert split(sentence + " Next.") == [sentence, "Next."]


def test_text_without_a_comma_is_cut_between_words() -> None:
    pieces = split("word " * 200)
    assert all(len(piece) <= MAX_CHARS for piece in pieces)
    assert set(" ".join(pieces).split()) == {"word"}


def test_text_without_a_space_is_cut_all_the_same() -> None:
    assert [len(piece) for piece in split("x" * 600)] == [250, 250, 100]


WORDS = [
    "Hello",
    "No.",
    "Dr.",
    "e.g.",
    "3",
    ".",
    "5",
    '"',
    ")",
    "(",
    "?",
    "!",
    "…",
    "...",
    ",",
    " ",
    "  ",
    "\n",
    "。",
    "」",
]
WORDS += ["मैं", "।", "U.S.", "a@b.co", "https://x.io/?q", "*", "x" * 120, "word " * 30, "1.", "👍"]
texts = st.lists(st.sampled_from(WORDS), max_size=30).map("".join) | st.lists(st.sampled_from(WORDS)).map(
    " ".join
)
texts |= st.text(max_size=600)


@given(texts)
def test_nothing_but_whitespace_is_lost_or_added(text: str) -> None:
    assert without_spaces("".join(split(text))) == without_spaces(text)


@given(texts, st.lists(st.integers(0, 600)))
@example("word " * 60 + "No. 5", [299])
def test_it_does_not_matter_how_the_text_was_cut_into_tokens(text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    deltas = [text[a:b] for a, b in pairwise(edges)]
    assert split(*deltas) == split(text) == split(*text)


@given(texts)
def test_sentences_have_no_whitespace_around_them_and_are_never_empty(text: str) -> None:
    assert all(sentence and sentence == sentence.strip() for sentence in split(text))
