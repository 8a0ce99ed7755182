"""How far into a text a listener has come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.core.tts.speech import SpokenWord

SPEAKING_RATE = 15.0
"""Characters a second: about 165 words a minute, the pace of conversational English. Used only while a sentence
without word timings is still being synthesised, so that its length is not known yet."""


@dataclass(slots=True)
class SpokenSentence:
    """One sentence in playout: its text, where its sound begins and ends, and when its words end (seconds).

    Sound that breaks off has no end that could be compared with that of the text.
    """

    text: str
    start_s: float
    end_s: float | None = None
    broke_off_s: float = math.inf
    word_ends: list[float] = field(default_factory=list)

    def heard(self, played_s: float) -> str:
        """The words of the sentence that had been played to their end at ``played_s``."""
        if self.end_s is not None and played_s >= self.end_s:
            return self.text
        played_s = min(played_s, self.broke_off_s)
        if played_s <= self.start_s:
            return ""
        tokens = self.text.split()
        ends = self.word_ends if self.word_ends else self._estimated_ends(tokens)
        count = sum(end <= played_s for end in ends)
        return " ".join(tokens[:count])

    def _estimated_ends(self, tokens: Sequence[str]) -> list[float]:
        """Word ends in proportion to the letters before them."""
        letters = sum(len(token) + 1 for token in tokens) or 1
        length = letters / SPEAKING_RATE if self.end_s is None else self.end_s - self.start_s
        ends = []
        seen = 0
        for token in tokens:
            seen += len(token) + 1
            ends.append(self.start_s + length * seen / letters)
        return ends


class SpokenText:
    """The sentences of one reply as they went to playout, and what was heard of them."""

    def __init__(self) -> None:
        self._sentences: list[SpokenSentence] = []

    def begin(self, text: str, at_s: float) -> None:
        """A sentence begins ``at_s`` seconds into the reply's share of playout."""
        self._sentences.append(SpokenSentence(text.strip(), at_s))

    def add_words(self, words: Sequence[SpokenWord]) -> None:
        """The provider says where these words of the current sentence are."""
        sentence = self._sentences[-1]
        sentence.word_ends += [sentence.start_s + word.end_s for word in words]

    def end(self, at_s: float) -> None:
        """The current sentence's sound is complete and ends at ``at_s``."""
        self._sentences[-1].end_s = at_s

    def break_off(self, at_s: float) -> None:
        """The current sentence's sound stops at ``at_s``, before its text is at its end."""
        self._sentences[-1].broke_off_s = at_s

    def heard(self, played_s: float) -> str:
        """What had been heard when ``played_s`` seconds of the share had been played, to the last whole word."""
        parts = (sentence.heard(played_s) for sentence in self._sentences)
        return " ".join(part for part in parts if part)
