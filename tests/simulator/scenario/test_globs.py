from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.model.globs import LONGEST, Glob, fields_match


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("we open at *", "We open at nine.", True),
        ("we open at *", "Hello! We open at nine.", False),
        ("*we open*", "Hello! We  open\nat nine.", True),
        ("h?llo", "hallo", True),
        ("what is [this]?", "What is [this]?", True),
        ("[a-z]", "q", False),
        ("STRASSE", "Straße", True),
    ],
)
def test_a_glob_matches_what_was_said(pattern: str, text: str, fits: bool) -> None:
    assert Glob(pattern).matches(text) is fits


@given(st.text(min_size=1, max_size=50).filter(lambda text: text.strip() and not set(text) & {"*", "?"}))
def test_a_text_without_wildcards_matches_itself_and_little_else(text: str) -> None:
    assert Glob(text).matches(text)
    assert Glob(f"*{text}*").matches(f"before {text} after")
    assert not Glob(text).matches(f"{text} after")


def test_many_wildcards_do_not_take_forever() -> None:
    assert not Glob("*a" * 200 + "b").matches("a" * 2_000)


def test_an_empty_or_endless_glob_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be empty"):
        Glob(" ")
    with pytest.raises(ValueError, match=str(LONGEST)):
        Glob("a" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ({}, True),
        ({"participant": "alice"}, True),
        ({"participant": "bob"}, False),
        ({"custom.kind": "po*"}, True),
        ({"interrupted": "true"}, True),
        ({"confidence": "0.*"}, True),
        ({"nothing": "null"}, True),
        ({"missing": "*"}, False),
        ({"participant.name": "*"}, False),
    ],
)
def test_fields_of_an_event_are_matched_as_text(where: dict[str, str], fits: bool) -> None:
    data = {
        "participant": "alice",
        "custom": {"kind": "poke"},
        "interrupted": True,
        "confidence": 0.9,
        "nothing": None,
    }
    assert fields_match({name: Glob(text) for name, text in where.items()}, data) is fits
