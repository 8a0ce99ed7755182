"""How scripted providers hear: from where a frame lies in somebody's microphone to the words said there.

Nothing is recognised. The people of a simulated call know what their clips say and when, so a frame that
arrives brings the words that sound in it, and a frame that is lost on the way takes its words along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agentkit.core.edge.types import Participant

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

CONTINUOUS_S = 0.001
"""Frames closer than this follow each other: rounding is far less, a lost frame is 20 ms."""


class Word(Protocol):
    """A word and when it is said, in seconds of the microphone's timeline."""

    @property
    def text(self) -> str: ...
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...


@runtime_checkable
class Speaks(Protocol):
    """Someone whose words are known. Scripted providers hear a participant whose ``original`` is one."""

    def transcript_at(self, start_s: float, end_s: float) -> Sequence[Word]:
        """The words that sound anywhere between two positions of the microphone's timeline, in order.

        That is every word with ``word.start_s < end_s and word.end_s > start_s``, in seconds. The timeline is
        the one that ``pcm.pts * pcm.time_base`` of the person's sound refers to.
        """


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame with words in it: where it lies in the microphone's timeline, and the loop time it came at."""

    words: Sequence[Word]
    start_s: float
    end_s: float
    now: float

    def at(self, position_s: float) -> float:
        """The loop time at which ``position_s`` was heard, taking the end of the frame for heard just now."""
        return self.now - (self.end_s - position_s)

    @property
    def ended(self) -> list[Word]:
        """The words that are complete with this frame."""
        return [word for word in self.words if word.end_s <= self.end_s]

    @property
    def voice_from_s(self) -> float:
        """Where in this frame the first voice is."""
        return max(self.start_s, min(word.start_s for word in self.words))

    @property
    def voice_until_s(self) -> float:
        """Where in this frame the last voice is."""
        return min(self.end_s, max(word.end_s for word in self.words))


class Listener(Protocol):
    """What a provider makes of one person's words."""

    def heard(self, heard: Heard) -> None: ...
    def close(self) -> None: ...


class Ears:
    """Hears every participant apart from all others, each with a listener of its own.

    ``listen`` makes the listener. Someone whose words are not known is reported once through ``report`` and
    then not heard.
    """

    def __init__(
        self, listen: Callable[[Participant | None], Listener], report: Callable[[BaseException, str], None]
    ) -> None:
        self._listen = listen
        self._report = report
        self._ears: dict[str, _Ear] = {}

    def hear(self, pcm: PcmData, participant: Participant | None) -> None:
        """Take in the next frame of ``participant``."""
        ear = self._ears.get(participant.id if participant is not None else "")
        if ear is None:
            ear = self._turn_to(participant)
        if ear.transcript_at is None:
            return
        if participant is not None and ear.person is not participant.original:
            ear = self._turn_to(participant)
        ear.hear(pcm)

    def forget(self, participant: Participant | None) -> None:
        """Drop what is known of ``participant``, also what was not said yet."""
        ear = self._ears.pop(participant.id if participant is not None else "", None)
        if ear is not None:
            ear.listener.close()

    def close(self) -> None:
        """Drop everything; no timer is left."""
        for ear in self._ears.values():
            ear.listener.close()
        self._ears.clear()

    def _turn_to(self, participant: Participant | None) -> _Ear:
        self.forget(participant)
        person = participant.original if participant is not None else None
        if not isinstance(person, Speaks):
            error = TypeError(
                f"scripted providers hear simulated people, whose words are known; "
                f"{participant.user_id if participant else 'sound without a participant'!r} comes from "
                f"{type(person).__name__}, which has no transcript_at(start_s, end_s). "
                "Use a real provider here, or have a simulated person speak"
            )
            self._report(error, "hearing")
        ear = self._ears[participant.id if participant is not None else ""] = _Ear(
            person, self._listen(participant)
        )
        return ear


class _Ear:
    """Follows one microphone."""

    __slots__ = ("_position_s", "listener", "person", "transcript_at")

    def __init__(self, person: object, listener: Listener) -> None:
        self.person = person
        self.listener = listener
        self.transcript_at = person.transcript_at if isinstance(person, Speaks) else None
        self._position_s = 0.0

    def hear(self, pcm: PcmData) -> None:
        if self.transcript_at is None:
            return
        start_s = told_s = self._position_s
        if pcm.pts is not None and pcm.time_base is not None:
            told_s = pcm.pts * float(pcm.time_base)
            if not -CONTINUOUS_S < told_s - start_s < CONTINUOUS_S:
                start_s = told_s
        self._position_s = end_s = told_s + pcm.samples.shape[-1] / pcm.sample_rate
        words = self.transcript_at(start_s, end_s)
        if words:
            self.listener.heard(Heard(words, start_s, end_s, asyncio.get_running_loop().time()))
