"""Everything that may happen on the floor: what `Floor.handle` takes.

People are named by their participant id. ``epoch`` names a reply.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """``who`` is making speech sounds; ``already_s`` of them had passed when this was noticed."""

    who: str
    already_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """``who`` fell silent; ``silence_s`` had passed when this was noticed."""

    who: str
    silence_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """What has been understood of the utterance of ``who`` so far."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """An utterance of ``who``, for good."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A turn detector says that ``who`` has begun, or goes on after an eager end."""

    who: str


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn detector says that ``who`` has finished, or, eagerly, that it looks like it."""

    who: str
    eager: bool = False


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """``who`` is no longer in the call."""

    who: str


@dataclass(frozen=True, slots=True)
class SpeakRequested:
    """The agent's own code wants something said: a given text, or an answer to a prompt.

    ``request`` is handed back in `StartReply`, so that the caller finds its request again.
    """

    request: int
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class ReplyOffered:
    """A realtime model answers by itself. ``request`` is handed back in `StartReply`."""

    request: int


@dataclass(frozen=True, slots=True)
class InterruptRequested:
    """The agent's own code wants silence, whatever was protected."""


@dataclass(frozen=True, slots=True)
class AudioStarted:
    """The first sample of the reply has been played."""

    epoch: int


@dataclass(frozen=True, slots=True)
class AudioFinished:
    """The last sample of the reply has been played, and no more will come."""

    epoch: int


@dataclass(frozen=True, slots=True)
class ReplyEmpty:
    """The reply ended without a sound: there was nothing to say, or its provider failed."""

    epoch: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that a `SetTimer` asked for has come due."""

    timer: str
    who: str


Input = (
    SpeechStarted
    | SpeechStopped
    | PartialTranscript
    | FinalTranscript
    | TurnStarted
    | TurnEnded
    | ParticipantLeft
    | SpeakRequested
    | ReplyOffered
    | InterruptRequested
    | AudioStarted
    | AudioFinished
    | ReplyEmpty
    | TimerFired
)
