"""Words that mean "go on" rather than "stop"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

BACKCHANNELS = frozenset(
    """
    ah aha ahh alright aye cool good great hm hmm hmmm huh indeed m mhm mm mmhm mmm mmmm nice oh ok okay ooh
    right sure true uh uhhuh uhuh um umhum well wow yeah yep yes yup
    """.split()
)
"""English back-channels: the acknowledgement tokens of the conversation-analysis literature (continuers such as
"mm hm" and "uh huh", assessments such as "great"), which listeners utter without wanting the floor."""

_JOINERS = re.compile(r"['’ʼ‘\-‐‑]")

_UNSPACED = re.compile(
    "[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\U00020000-\\U0003ffff]"
)
"""Letters of scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana and Han."""


def words_in(text: str) -> list[str]:
    """The words of ``text`` in lower case, without punctuation; hyphens and apostrophes inside a word are dropped."""
    joined = _JOINERS.sub("", unicodedata.normalize("NFC", text).lower())
    return "".join(c if _belongs_to_a_word(c) else " " for c in joined).split()


def substantive_words(text: str, backchannels: Collection[str]) -> int:
    """How many words of ``text`` are more than a back-channel.

    Where a script puts no spaces, each letter counts: too many rather than too few to interrupt with.
    """
    return sum(max(1, len(_UNSPACED.findall(word))) for word in words_in(text) if word not in backchannels)


def _belongs_to_a_word(character: str) -> bool:
    """Letters and digits, and the marks that some scripts write vowels and accents with."""
    return character.isalnum() or unicodedata.category(character).startswith("M")
