"""Words that mean "go on" rather than "stop"."""

from __future__ import annotations

import re
from collections.abc import Collection

BACKCHANNELS = frozenset(
    ["ah", "aha", "ahh", "alright", "aye", "cool", "good", "great", "hm", "hmm", "hmmm", "huh", "indeed", "m", "mhm", "mm", "mmhm", "mmm", "mmmm", "nice", "oh", "ok", "okay", "ooh", "right", "sure", "true", "uh", "uhhuh", "uhuh", "um", "umhum", "well", "wow", "yeah", "yep", "yes", "yup"]
)
"""English back-channels: the acknowledgement tokens of the conversation-analysis literature (continuers such as
"mm hm" and "uh huh", assessments such as "great"), which listeners utter without wanting the floor."""

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


def words_in(text: str) -> list[str]:
    """The words of ``text`` in lower case, without punctuation; hyphens and apostrophes inside a word are dropped."""
    return [re.sub(r"['’\-]", "", word).lower() for word in _WORD.findall(text)]


def substantive_words(text: str, backchannels: Collection[str]) -> int:
    """How many words of ``text`` are more than a back-channel."""
    return sum(word not in backchannels for word in words_in(text))
