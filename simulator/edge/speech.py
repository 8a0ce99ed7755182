"""What somebody says in a call, and what of it the agent can understand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from simulator.edge.grid import FRAME_NS, NS_PER_SECOND, next_tick
from simulator.edge.utterance import SaidWord, Utterance


class Speech:
    """The clips that one person has said, and the frames of them that were lost on the way."""

    def __init__(self) -> None:
        self._said: list[Utterance] = []
        self._missed: list[int] = []

    def begin(self, utterance: Utterance) -> None:
        """They say this from now on."""
        self._said.append(utterance)

    def missed(self, frame: int) -> None:
        """The agent did not get the 20 ms of frame ``frame``; called in the order of the frames."""
        self._missed.append(frame)

    def between(self, start_s: float, end_s: float) -> Sequence[SaidWord]:
        """The words that sound anywhere between two instants of the call.

        A word of which more is missing than has arrived, up to ``end_s``, is left out.
        """
        if not self._said or self._said[-1].ends_at_ns < start_s * NS_PER_SECOND:
            return ()
        found: list[SaidWord] = []
        for utterance in reversed(self._said):
            if utterance.ends_at_ns < start_s * NS_PER_SECOND:
                break
            found[:0] = [word for word in utterance.words if word.start_s < end_s and word.end_s > start_s]
        return self._intelligible(found, end_s) if self._missed else found

    def _intelligible(self, words: list[SaidWord], until_s: float) -> list[SaidWord]:
        """Those of the words of which, of what was said of them until then, at least half has arrived."""
        understood: list[SaidWord] = []
        for word in words:
            first = int(word.start_s * NS_PER_SECOND) // FRAME_NS
            if self._missed[-1] >= first:
                after = next_tick(int(min(word.end_s, until_s) * NS_PER_SECOND))
                missing = bisect_left(self._missed, after) - bisect_left(self._missed, first)
                if 2 * missing > after - first:
                    continue
            understood.append(word)
        return understood
