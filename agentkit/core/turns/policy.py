"""How the agent takes turns: every number that decides, in one place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from agentkit.core.turns.words import BACKCHANNELS


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """When to answer, when to yield, when to go on. All times in seconds.

    The defaults suit a telephone-like conversation: people leave about 200 ms between turns (Stivers et al., 2009)
    and pause within one for 500 ms and more, so a turn ends after half a second without voice.
    """

    min_interruption_s: float = 0.25
    """Voice over the agent must last this long to silence it: longer than a cough, shorter than a word of protest."""

    min_interruption_words: int = 0
    """With transcripts: at least this many words besides back-channels before the agent yields; 0 asks for none."""

    resume_after_s: float | None = 0.8
    """After yielding to a voice that brought no words, go on when it has been silent this long. None: never go on."""

    endpointing_s: float = 0.5
    """Without a turn detector: silence that ends a turn once its transcript is there."""

    endpointing_max_s: float = 2.0
    """Silence that ends a turn whose final transcript has not come; what was understood by then is used."""

    backchannels: Collection[str] = BACKCHANNELS
    """Words that never take the floor when spoken over the agent; lower case, without punctuation."""

    def __post_init__(self) -> None:
        for name in ("min_interruption_s", "endpointing_s", "endpointing_max_s", "min_interruption_words"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"TurnPolicy.{name} must not be negative, got {getattr(self, name)!r}")
        if self.resume_after_s is not None and not self.resume_after_s >= 0:
            raise ValueError(f"TurnPolicy.resume_after_s must not be negative, got {self.resume_after_s!r}")
        if self.endpointing_max_s < self.endpointing_s:
            raise ValueError(
                f"TurnPolicy.endpointing_max_s ({self.endpointing_max_s}) must not be shorter than "
                f"endpointing_s ({self.endpointing_s})"
            )


@dataclass(frozen=True, slots=True)
class Signals:
    """What the agent's components can tell: decides whom the floor listens to."""

    transcripts: bool = True
    """Words will follow a voice, so the floor may wait for them before an interruption is final."""

    turn_ends: bool = False
    """A turn detector, or an STT that is one, says when turns end; else silence does."""
