"""When words were said, told from what was understood."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from simulator.recorder.retelling.words import SpokenWord, VoiceSpan, spoken_words
from simulator.trace import Record

MS = 1_000_000


def final(at_ms: int, text: str, person: str = "alice") -> Record:
    return Record(at_ms * MS, "agent", "stt.transcript", {"participant": person, "text": text})


def partial(at_ms: int, text: str) -> Record:
    return Record(at_ms * MS, "agent", "stt.partial_transcript", {"participant": "alice", "text": text})


def voice(*spans_ms: tuple[int, int]) -> list[VoiceSpan]:
    return [VoiceSpan(start * MS, end * MS) for start, end in spans_ms]


def test_partial_transcripts_tell_when_a_word_had_been_said() -> None:
    records = [partial(500, "two"), partial(1100, "two beers"), final(1600, "Two beers.")]
    assert spoken_words(records, "alice", voice((200, 1000))) == [
        SpokenWord("Two", 200 * MS, 400 * MS),
        SpokenWord("beers.", 400 * MS, 1000 * MS),
    ]


def test_without_them_words_are_spread_over_the_sound() -> None:
    words = spoken_words([final(2000, "one two three four")], "alice", voice((0, 400), (1000, 1400)))
    assert [word.start_ns // MS for word in words] == [0, 200, 1000, 1200]
    assert [word.end_ns // MS for word in words] == [200, 400, 1200, 1400]


def test_half_a_sentence_of_somebody_who_left_is_kept() -> None:
    records = [partial(600, "and then"), Record(900 * MS, "alice", "left", {}), final(3000, "hello")]
    words = spoken_words(records, "alice", voice((200, 700), (2000, 2500)))
    assert [word.text for word in words] == ["and", "then", "hello"]


def test_nobody_is_given_the_words_of_another() -> None:
    assert spoken_words([final(1000, "hello", "bob")], "alice", voice((0, 500))) == []


def test_words_that_come_late_do_not_begin_before_those_that_were_known_already() -> None:
    records = [final(1, "yes"), partial(1, "yes"), final(1, "yes")]
    words = spoken_words(records, "alice", voice((0, 1)))
    assert [word.start_ns for word in words] == sorted(word.start_ns for word in words)


texts = st.lists(st.sampled_from(["yes", "no", "perhaps"]), max_size=5).map(" ".join)
heard = st.lists(st.tuples(st.integers(0, 9000), texts, st.sampled_from([final, partial])), max_size=12)
sounds = st.lists(st.integers(0, 9000), max_size=12, unique=True).map(
    lambda edges: voice(*zip(*[iter(sorted(edges))] * 2, strict=False))
)


@given(heard, sounds)
def test_words_are_in_order_whatever_was_understood(
    drawn: list[tuple[int, str, type]], spans: list[VoiceSpan]
) -> None:
    records = [make(at_ms, text) for at_ms, text, make in sorted(drawn, key=lambda each: each[0])]
    words = spoken_words(records, "alice", spans)
    for word in words:
        assert word.start_ns <= word.end_ns
    for before, after in itertools.pairwise(words):
        assert before.start_ns <= after.start_ns
