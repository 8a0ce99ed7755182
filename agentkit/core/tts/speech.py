"""Synthesised sound with the words in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and when it is spoken, in seconds from the start of its synthesis."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A piece of synthesised sound, and the words that the provider says are in it, if it says so.

    A plugin whose provider gives word timings yields these from ``stream_audio`` in place of bare `PcmData`; what
    was heard is then known to the word instead of being estimated.
    """

    pcm: PcmData
    words: tuple[SpokenWord, ...] = ()
