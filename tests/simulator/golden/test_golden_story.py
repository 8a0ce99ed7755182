"""A difference from a golden trace is told as a story."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.golden import Rules, compare, tell_divergence
from simulator.trace import Record

Written = Callable[..., list[Record]]

CALL = """
    0.0 alice joined
    1.0 agent vad.speech_started participant=alice
    1.4 agent stt.transcript participant=alice text="hello there"
    2.0 agent agent.reply_started epoch=1
    3.0 agent tts.synthesis_started text=Hello
"""


@pytest.fixture
def told(written: Written) -> Callable[..., list[str]]:
    def tell(*edits: tuple[str, str], rules: Rules = Rules()) -> list[str]:  # noqa: B008
        text = CALL
        for find, put in edits:
            assert find in text
            text = text.replace(find, put)
        golden, call = written(CALL), written(text)
        divergence = compare(golden, call, rules)
        assert divergence is not None
        return tell_divergence(divergence, golden, call, rules)

    return tell


def test_what_comes_later_is_told_with_how_much_later(told: Callable[..., list[str]]) -> None:
    assert told(("2.0 agent", "2.056 agent")) == [
        'last in common:           1.400 s  agent has understood alice: "hello there"',
        "expected:                 2.000 s  agent prepares a reply",
        "happened instead:         2.056 s  the same, 56 ms later",
        "the golden went on:       2.000 s  agent prepares a reply",
        "this call went on:        2.056 s  agent prepares a reply",
    ]


def test_what_differs_is_told_field_by_field(told: Callable[..., list[str]]) -> None:
    lines = told(('"hello there"', '"hello dear"'))
    assert lines[:4] == [
        "last in common:           1.000 s  agent notices alice",
        'expected:                 1.400 s  agent has understood alice: "hello there"',
        "happened instead:         1.400 s  the same but for",
        '                                   text: expected "hello there", found "hello dear"',
    ]


def test_what_is_missing_is_told_with_what_came_in_its_place(told: Callable[..., list[str]]) -> None:
    lines = told(('    1.4 agent stt.transcript participant=alice text="hello there"\n', ""))
    assert lines[1:3] == [
        'expected:                 1.400 s  agent has understood alice: "hello there"',
        "happened instead:         2.000 s  agent prepares a reply",
    ]


def test_what_comes_in_another_place_is_told_with_when(told: Callable[..., list[str]]) -> None:
    moved = '2.5 agent stt.transcript participant=alice text="hello there"'
    lines = told(
        ('    1.4 agent stt.transcript participant=alice text="hello there"\n', ""),
        ("    3.0 agent", f"    {moved}\n    3.0 agent"),
    )
    assert lines[3].strip() == "what was expected came 1100 ms later, at 2.500 s"


def test_a_call_that_was_over_early_is_told(told: Callable[..., list[str]]) -> None:
    lines = told(("    3.0 agent tts.synthesis_started text=Hello\n", ""))
    assert lines[1:] == [
        'expected:                 3.000 s  tts.synthesis_started of agent (text="Hello")',
        "happened instead:                  nothing more",
    ]


def test_a_call_that_went_on_is_told(told: Callable[..., list[str]]) -> None:
    lines = told(("text=Hello\n", "text=Hello\n    4.0 alice left\n"))
    assert lines[1:] == [
        "expected:                          nothing more",
        "happened instead:         4.000 s  alice leaves",
        "this call went on:        4.000 s  alice leaves",
    ]


def test_a_difference_in_the_first_record_has_nothing_in_common_before_it(
    told: Callable[..., list[str]],
) -> None:
    assert told(("alice joined", "bob joined"))[0] == "last in common:                    nothing"
