"""A policy that cannot work is refused where it is made, by name."""

from __future__ import annotations

import dataclasses
import math

import pytest

from agentkit.core.turns import TurnPolicy
from agentkit.core.turns.words import BACKCHANNELS


@pytest.mark.parametrize(
    "name", ["min_interruption_s", "resume_after_s", "endpointing_s", "endpointing_max_s", "watchdog_s"]
)
@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf, -math.inf])
def test_a_time_must_be_a_number_of_seconds(name: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a number of seconds, 0 or more, got"):
        TurnPolicy(**{name: seconds})  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [-1, 1.5, "two"])
def test_words_are_counted_whole(words: object) -> None:
    with pytest.raises(ValueError, match="min_interruption_words must be a whole number"):
        TurnPolicy(min_interruption_words=words)  # type: ignore[arg-type]


def test_the_longest_silence_may_not_be_shorter_than_the_usual_one() -> None:
    with pytest.raises(
        ValueError, match=r"endpointing_max_s \(0.3\) must not be shorter than endpointing_s \(0.5\)"
    ):
        TurnPolicy(endpointing_max_s=0.3)


def test_the_watchdog_may_not_bite_before_the_longest_silence() -> None:
    with pytest.raises(
        ValueError, match=r"watchdog_s \(1\) must not be shorter than endpointing_max_s \(2.0\)"
    ):
        TurnPolicy(watchdog_s=1)


def test_every_time_may_be_zero_and_resuming_may_be_off() -> None:
    TurnPolicy(min_interruption_s=0, resume_after_s=None, endpointing_s=0, endpointing_max_s=0, watchdog_s=0)


def test_backchannels_are_compared_as_words_however_they_are_written() -> None:
    assert TurnPolicy(backchannels=["Mm-hm", "Hai!", "はい"]).backchannels == {"mmhm", "hai", "はい"}


def test_the_shipped_backchannels_are_the_default() -> None:
    assert TurnPolicy().backchannels == BACKCHANNELS
    assert TurnPolicy(backchannels=()).backchannels == frozenset()


def test_a_string_is_not_a_collection_of_backchannels() -> None:
    with pytest.raises(TypeError, match="must be a collection of words, got the string 'yeah'"):
        TurnPolicy(backchannels="yeah")


@pytest.mark.parametrize("entry", ["I see", "", "..."])
def test_a_backchannel_is_one_word(entry: str) -> None:
    with pytest.raises(ValueError, match="must be single words, got"):
        TurnPolicy(backchannels=["yeah", entry])


def test_a_policy_can_be_changed_in_one_point() -> None:
    policy = TurnPolicy(backchannels=["hai"])
    assert dataclasses.replace(policy, endpointing_s=0.2) == TurnPolicy(
        backchannels=["hai"], endpointing_s=0.2
    )
