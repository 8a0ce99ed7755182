"""Conversations with the floor, told as scripts.

`Conversation` keeps the clock, fires the timers the floor asks for, and writes down what the floor decides:

    2.25 silent 1 (alice)       not another sample of reply 1, because of alice
"""

from __future__ import annotations

from typing import Any, Self

from agentkit.core.turns import Floor, Signals, TurnPolicy
from agentkit.core.turns.actions import (
    Action,
    CancelReply,
    ClearTimer,
    ConfirmReply,
    GoSilent,
    Resume,
    SetTimer,
    StartReply,
)
from agentkit.core.turns.inputs import (
    AudioFinished,
    AudioStarted,
    FinalTranscript,
    Input,
    InterruptRequested,
    PartialTranscript,
    ParticipantLeft,
    ReplyEmpty,
    ReplyOffered,
    SpeakRequested,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    TurnEnded,
    TurnStarted,
)

DETECTOR = Signals(turn_ends=True)
NO_WORDS = Signals(transcripts=False)
MODEL = Signals(transcripts=False, model_replies=True)
MODEL_AND_WORDS = Signals(model_replies=True)


class Conversation:
    """A floor with a clock. Every verb happens at the time `at` was last given."""

    def __init__(self, signals: Signals | None = None, **policy: object) -> None:
        settings: dict[str, Any] = {"min_interruption_s": 0.25, **policy}
        self.floor = Floor(TurnPolicy(**settings), signals)
        self.now = 0.0
        self.decisions: list[str] = []
        self.timers: dict[tuple[str, str], float] = {}
        """When which is due: what the floor has asked for and not taken back."""

    def at(self, time: float) -> Self:
        """Let the clock run to ``time``; timers due on the way fire in the order of their times."""
        while self.timers and (due := min(self.timers.values())) <= time:
            timer = next(timer for timer, at in self.timers.items() if at == due)
            del self.timers[timer]
            self.now = due
            self._tell(TimerFired(*timer))
        self.now = time
        return self

    def voice(self, who: str, already: float = 0.0) -> Self:
        return self._tell(SpeechStarted(who, already))

    def quiet(self, who: str, silence: float = 0.0) -> Self:
        return self._tell(SpeechStopped(who, silence))

    def partial(self, who: str, text: str) -> Self:
        return self._tell(PartialTranscript(who, text))

    def final(self, who: str, text: str) -> Self:
        return self._tell(FinalTranscript(who, text))

    def turn_starts(self, who: str) -> Self:
        return self._tell(TurnStarted(who))

    def turn_ends(self, who: str) -> Self:
        return self._tell(TurnEnded(who))

    def turn_ends_eagerly(self, who: str) -> Self:
        return self._tell(TurnEnded(who, eager=True))

    def leaves(self, who: str) -> Self:
        return self._tell(ParticipantLeft(who))

    def asks_to_speak(self, request: int, *, protected: bool = False) -> Self:
        return self._tell(SpeakRequested(request, interruptible=not protected))

    def model_answers(self, request: int) -> Self:
        return self._tell(ReplyOffered(request))

    def asks_for_silence(self) -> Self:
        return self._tell(InterruptRequested())

    def audible(self, epoch: int) -> Self:
        return self._tell(AudioStarted(epoch))

    def heard_out(self, epoch: int) -> Self:
        return self._tell(AudioFinished(epoch))

    def empty(self, epoch: int) -> Self:
        return self._tell(ReplyEmpty(epoch))

    def since(self, time: float) -> list[str]:
        """The decisions from ``time`` on."""
        return [line for line in self.decisions if float(line.split()[0]) >= time]

    def _tell(self, what: Input) -> Self:
        for action in self.floor.handle(what, self.now):
            if isinstance(action, SetTimer):
                self.timers[action.timer, action.who] = action.at
            elif isinstance(action, ClearTimer):
                del self.timers[action.timer, action.who]
            else:
                self.decisions.append(f"{round(self.now, 3):g} {told(action)}")
        return self


def told(action: Action) -> str:
    match action:
        case StartReply(epoch, text, who, request, eager):
            kind = "eager" if eager else "reply"
            return f"{kind} {epoch} ({who}: {text})" if who else f"{kind} {epoch} (request {request})"
        case ConfirmReply(epoch):
            return f"confirm {epoch}"
        case GoSilent(epoch, who):
            return f"silent {epoch} ({who})"
        case Resume(epoch, who):
            return f"resume {epoch} ({who})"
        case CancelReply(epoch, reason, None):
            return f"cancel {epoch}: {reason}"
        case CancelReply(epoch, reason, who):
            return f"cancel {epoch}: {reason} ({who})"
    raise AssertionError(action)


def mid_answer(signals: Signals | None = None, **policy: object) -> Conversation:
    """The agent answers alice; it has been audible since 2.0."""
    talk = Conversation(signals, **policy)
    talk.at(0.0).voice("alice").at(1.0).quiet("alice").final("alice", "tell me everything").turn_ends("alice")
    talk.at(2.0).audible(1)
    assert talk.decisions[-1].endswith("reply 1 (alice: tell me everything)")
    return talk


def mid_announcement(*, protected: bool) -> Conversation:
    """The agent says something of its own; it has been audible since 2.0."""
    talk = Conversation().at(1.0).asks_to_speak(7, protected=protected).at(2.0).audible(1)
    assert talk.decisions == ["1 reply 1 (request 7)"]
    return talk
