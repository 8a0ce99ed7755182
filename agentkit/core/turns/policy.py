"""How the agent takes turns: every number that decides, in one place."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from agentkit.core.turns.words import BACKCHANNELS, words_in


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """When to answer, when to yield, when to go on. All times in seconds.

    The defaults suit a telephone-like conversation: people leave about 200 ms between turns (Stivers et al., 2009)
    and pause within one for 500 ms and more, so a turn ends after half a second without voice.
    """

    min_interruption_s: float = 0.35
    """Voice over the agent must last this long to silence it: longer than a huff or an "okay", which the shipped
    detector takes for up to 0.3 s of voice. Words are usually there sooner, and need not wait for it."""

    min_interruption_words: int = 0
    """With transcripts: at least this many words besides back-channels before the agent yields; 0 asks for none."""

    resume_after_s: float | None = 0.8
    """After yielding to a voice that brought no words, go on when it has been silent this long. None: never go on."""

    endpointing_s: float = 0.5
    """Without a turn detector: silence that ends a turn once its transcript is there."""

    endpointing_max_s: float = 2.0
    """Silence that ends a turn whose final transcript has not come; what was understood by then is used."""

    watchdog_s: float = 10.0
    """A voice or a turn that a detector began and never ended is over when nothing was heard of it for this long."""

    backchannels: Collection[str] = BACKCHANNELS
    """Words that never take the floor when spoken over the agent. Case and punctuation make no difference."""

    def __post_init__(self) -> None:
        times = ["min_interruption_s", "endpointing_s", "endpointing_max_s", "watchdog_s"]
        if self.resume_after_s is not None:
            times.append("resume_after_s")
        for name in times:
            seconds = getattr(self, name)
            if not 0 <= seconds < math.inf:
                raise ValueError(f"TurnPolicy.{name} must be a number of seconds, 0 or more, got {seconds!r}")
        if not (isinstance(self.min_interruption_words, int) and self.min_interruption_words >= 0):
            raise ValueError(
                f"TurnPolicy.min_interruption_words must be a whole number, 0 or more, "
                f"got {self.min_interruption_words!r}"
            )
        for shorter, longer in pairwise(("endpointing_s", "endpointing_max_s", "watchdog_s")):
            if getattr(self, longer) < getattr(self, shorter):
                raise ValueError(
                    f"TurnPolicy.{longer} ({getattr(self, longer)!r}) must not be shorter than "
                    f"{shorter} ({getattr(self, shorter)!r})"
                )
        object.__setattr__(self, "backchannels", _single_words(self.backchannels))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the agent's components can tell: decides whom the floor listens to."""

    transcripts: bool = True
    """Words will follow a voice, so the floor may wait for them before an interruption is final."""

    turn_ends: bool = False
    """A turn detector, or an STT that is one, says when turns end; else silence does."""

    voice_end_delay_s: float = 0.0
    """How long after a voice has ended this is noticed: until then a cough looks like a voice that goes on."""

    model_replies: bool = False
    """A realtime model answers people by itself: the end of a turn starts no reply, `ReplyOffered` does."""


def _single_words(backchannels: Collection[str]) -> frozenset[str]:
    """The words as `words_in` gives them."""
    if isinstance(backchannels, str):
        raise TypeError(
            f"TurnPolicy.backchannels must be a collection of words, got the string {backchannels!r}"
        )
    for entry in backchannels:
        if len(words_in(entry)) != 1:
            raise ValueError(f"TurnPolicy.backchannels must be single words, got {entry!r}: list its words")
    return frozenset(word for entry in backchannels for word in words_in(entry))
