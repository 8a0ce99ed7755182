"""Who has the floor.

`Floor` is the one place that decides about turns and interruptions. It is pure: facts go in with the time they
became known, actions come out, nothing is awaited and nothing is called. Everything that is hard about
conversation can so be tested by table, and searched for holes by machine.

In short. A person's turn ends by a detector's word or by silence, and starts a reply. A voice over a reply that
lasts long enough, or says something, silences it at once. If words follow, the reply is given up; if none do, it
goes on where it stopped. Back-channels change nothing. The first to speak over the agent is the one listened to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

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
    SpeakRequested,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    TurnEnded,
    TurnStarted,
)
from agentkit.core.turns.policy import Signals, TurnPolicy
from agentkit.core.turns.state import Person, Reply, Waiting
from agentkit.core.turns.words import substantive_words

BARGE_IN = "barge-in"
RESUME = "resume"
ENDPOINT = "endpoint"


class Floor:
    """The state of the conversation, and the rules that move it."""

    def __init__(self, policy: TurnPolicy | None = None, signals: Signals | None = None) -> None:
        self.policy = policy or TurnPolicy()
        self.signals = signals or Signals()
        self.people: dict[str, Person] = {}
        self.reply: Reply | None = None
        self.epoch = 0
        self._waiting: deque[Waiting] = deque()
        self._timers: set[tuple[str, str]] = set()
        self._actions: list[Action] = []
        self._now = 0.0
        self._rules: dict[type, Callable[[Any], None]] = {
            SpeechStarted: self._speech_started,
            SpeechStopped: self._speech_stopped,
            PartialTranscript: self._partial_transcript,
            FinalTranscript: self._final_transcript,
            TurnStarted: self._turn_started,
            TurnEnded: self._turn_ended,
            ParticipantLeft: self._participant_left,
            SpeakRequested: self._speak_requested,
            InterruptRequested: self._interrupt_requested,
            AudioStarted: self._audio_started,
            AudioFinished: self._reply_over,
            ReplyEmpty: self._reply_over,
            TimerFired: self._timer_fired,
        }

    def handle(self, what: Input, now: float) -> list[Action]:
        """Take in one fact, known at ``now`` (seconds), and say what is to be done, in order."""
        self._now = now
        self._actions = []
        self._rules[type(what)](what)
        self._serve_waiting()
        return self._actions

    @property
    def waiting(self) -> int:
        """How many turns and requests wait for the floor."""
        return len(self._waiting)

    # -- voices -----------------------------------------------------------------------------------------------

    def _speech_started(self, what: SpeechStarted) -> None:
        person = self._person(what.who)
        person.heard_by_voice = True
        self._begin_utterance(person, self._now - what.already_s)

    def _speech_stopped(self, what: SpeechStopped) -> None:
        person = self._person(what.who)
        if person.speaking:
            self._end_utterance(person, self._now - what.silence_s)

    def _begin_utterance(self, person: Person, since: float) -> None:
        if person.speaking:
            return
        reply = self.reply
        person.speaking = True
        person.aside = False
        person.turn_over = False
        person.over_agent = reply is not None and reply.confirmed
        self._clear(ENDPOINT, person)
        self._clear(RESUME, person)
        self._waiting = deque(w for w in self._waiting if w.who != person.name)
        if reply is None:
            return
        if not reply.confirmed:
            if reply.who == person.name:
                self._cancel("the turn went on", person)
        elif reply.interruptible and reply.held_by is None:
            self._set(BARGE_IN, person, since + self.policy.min_interruption_s)
            if not reply.audible:  # nothing of it was heard yet, so holding it back costs nothing
                self._go_silent(person)

    def _end_utterance(self, person: Person, stopped_at: float) -> None:
        person.speaking = False
        person.stopped_at = stopped_at
        self._clear(BARGE_IN, person)
        self._await_words(person)
        self._await_end_of_turn(person)

    # -- words ------------------------------------------------------------------------------------------------

    def _partial_transcript(self, what: PartialTranscript) -> None:
        person = self._person(what.who)
        if not person.speaking and not self._is_straggler(person):
            self._begin_utterance(person, self._now)
        person.partial = what.text
        self._weigh_words(person)
        if person.speaking:
            self._await_end_of_turn(person)

    def _final_transcript(self, what: FinalTranscript) -> None:
        person = self._person(what.who)
        if not person.speaking and not self._is_straggler(person):
            self._begin_utterance(person, self._now)
        person.partial = ""
        if person.over_agent and not substantive_words(what.text, self.policy.backchannels):
            self._heard_backchannel(person)
            return
        person.said.append(what.text)
        self._weigh_words(person)
        if person.speaking and not person.heard_by_voice:
            self._end_utterance(person, self._now)
        elif person.turn_over:
            self._take_turn(person)
        else:
            self._await_end_of_turn(person)

    def _is_straggler(self, person: Person) -> bool:
        """Words that came late, of an utterance whose end is known already."""
        return person.heard_by_voice and self._now - person.stopped_at < self.policy.endpointing_max_s

    def _weigh_words(self, person: Person) -> None:
        """Words over a reply: enough of them end it."""
        if not self._may_interrupt(person):
            return
        needed = max(1, self.policy.min_interruption_words)
        if substantive_words(person.words, self.policy.backchannels) >= needed:
            self._cancel("interrupted", person)

    def _heard_backchannel(self, person: Person) -> None:
        if person.speaking and not person.heard_by_voice:
            person.speaking = False
        if self.reply is not None and self.reply.held_by == person.name and not person.speaking:
            self._resume(person)
        elif not person.said:
            self._clear(ENDPOINT, person)

    # -- interruptions ----------------------------------------------------------------------------------------

    def _may_interrupt(self, person: Person) -> bool:
        reply = self.reply
        return (
            reply is not None
            and reply.confirmed
            and reply.interruptible
            and person.over_agent
            and not person.aside
            and reply.held_by in (None, person.name)
        )

    def _decide_by_duration(self, person: Person) -> None:
        """A voice has lasted over the agent as long as an interruption must."""
        if self.reply is None or not person.speaking or not self._may_interrupt(person):
            return
        if self.signals.transcripts:
            if self.reply.held_by == person.name:
                return
            count = substantive_words(person.words, self.policy.backchannels)
            if count < self.policy.min_interruption_words or (person.partial and not count):
                return  # words decide: `_weigh_words` will, when more of them come
            if self.policy.resume_after_s is not None:
                self._go_silent(person)
                return
        self._cancel("interrupted", person)

    def _await_words(self, person: Person) -> None:
        """The voice that silenced the reply has stopped: without words by then, the reply goes on."""
        if self.reply is not None and self.reply.held_by == person.name:
            patience = self.policy.resume_after_s
            due = self._now + (self.policy.endpointing_max_s if patience is None else patience)
            self._set(RESUME, person, due)

    def _go_silent(self, person: Person) -> None:
        assert self.reply is not None
        self.reply.held_by = person.name
        self._actions.append(GoSilent(self.reply.epoch, person.name))

    def _resume(self, person: Person) -> None:
        assert self.reply is not None
        self._clear(RESUME, person)
        self.reply.held_by = None
        self._actions.append(Resume(self.reply.epoch, person.name))
        person.over_agent = person.speaking
        if not person.said:
            self._clear(ENDPOINT, person)
        for other in self.people.values():  # the one who spoke over the agent meanwhile is next in line
            if other is not person and other.speaking and self._may_interrupt(other):
                self._set(BARGE_IN, other, self._now + self.policy.min_interruption_s)

    def _cancel(self, reason: str, person: Person | None) -> None:
        assert self.reply is not None
        reply, self.reply = self.reply, None
        self._actions.append(CancelReply(reply.epoch, reason, person.name if person else None))
        for one in self.people.values():
            self._clear(BARGE_IN, one)
            self._clear(RESUME, one)
        if person is not None:
            person.over_agent = False

    # -- turns ------------------------------------------------------------------------------------------------

    def _turn_started(self, what: TurnStarted) -> None:
        person = self._person(what.who)
        person.heard_by_voice = True
        if person.speaking:
            reply = self.reply
            if reply is not None and not reply.confirmed and reply.who == person.name:
                self._cancel("the turn went on", person)
        else:
            self._begin_utterance(person, self._now)

    def _turn_ended(self, what: TurnEnded) -> None:
        person = self._person(what.who)
        if person.speaking and not what.eager:
            person.speaking = False
            person.stopped_at = self._now
            self._clear(BARGE_IN, person)
            self._await_words(person)
        if what.eager:
            if person.said and self.reply is None and not self._waiting:
                self._start(person.text, who=person.name, eager=True)
                self._set(ENDPOINT, person, self._now + self.policy.endpointing_max_s)
        elif person.said:
            self._take_turn(person)
        else:
            person.turn_over = True
            self._set(ENDPOINT, person, self._now + self.policy.endpointing_max_s)

    def _await_end_of_turn(self, person: Person) -> None:
        """Set the instant at which silence ends the turn, unless a detector will say so."""
        if self.signals.turn_ends or person.turn_over:
            return
        if person.speaking:  # a voice whose end is never reported must not hold the turn open for ever
            due = self._now + self.policy.endpointing_max_s
        elif not person.heard_by_voice:  # a final transcript is all the silence we shall be told of
            due = self._now
        else:
            due = person.stopped_at + (
                self.policy.endpointing_s if person.said else self.policy.endpointing_max_s
            )
        if due <= self._now:
            self._clear(ENDPOINT, person)
            self._take_turn(person)
        else:
            self._set(ENDPOINT, person, due)

    def _take_turn(self, person: Person) -> None:
        """The turn is over: answer it now, or when the floor is free."""
        person.turn_over = False
        self._clear(ENDPOINT, person)
        if not person.said and person.partial:
            person.said.append(person.partial)
        person.partial = ""
        if not person.said:
            return
        reply = self.reply
        if reply is not None and not reply.confirmed:
            if reply.who == person.name and reply.text == person.text:
                reply.confirmed = True
                person.said.clear()
                self._actions.append(ConfirmReply(reply.epoch))
                return
        if reply is not None and reply.who == person.name and not reply.audible and reply.interruptible:
            self._cancel("more was said", person)
        if not any(w.who == person.name for w in self._waiting):
            self._waiting.append(Waiting(who=person.name))

    def _serve_waiting(self) -> None:
        """Give the floor, when it is free, to whoever has waited longest."""
        while self.reply is None and self._waiting:
            first = self._waiting[0]
            if first.who is None and first.interruptible and any(p.speaking for p in self.people.values()):
                return  # what may be interrupted waits for silence to begin in
            self._waiting.popleft()
            if first.who is None:
                self._start("", request=first.request, interruptible=first.interruptible)
            elif (person := self.people.get(first.who)) is not None and person.said:
                text = person.text
                person.said.clear()
                self._start(text, who=person.name)

    def _start(
        self,
        text: str,
        *,
        who: str | None = None,
        request: int | None = None,
        interruptible: bool = True,
        eager: bool = False,
    ) -> None:
        self.epoch += 1
        self.reply = Reply(self.epoch, text, who, request, interruptible, confirmed=not eager)
        for person in self.people.values():
            person.aside = person.speaking and person.name != who
            person.over_agent = person.speaking
        self._actions.append(StartReply(self.epoch, text, who, request, eager))

    # -- the agent --------------------------------------------------------------------------------------------

    def _speak_requested(self, what: SpeakRequested) -> None:
        self._waiting.append(Waiting(request=what.request, interruptible=what.interruptible))

    def _interrupt_requested(self, what: InterruptRequested) -> None:
        if self.reply is not None:
            self._cancel("asked to stop", None)

    def _audio_started(self, what: AudioStarted) -> None:
        if self.reply is not None and self.reply.epoch == what.epoch:
            self.reply.audible = True

    def _reply_over(self, what: AudioFinished | ReplyEmpty) -> None:
        if self.reply is None or self.reply.epoch != what.epoch:
            return
        self.reply = None
        for person in self.people.values():
            self._clear(BARGE_IN, person)
            self._clear(RESUME, person)

    # -- people and time --------------------------------------------------------------------------------------

    def _participant_left(self, what: ParticipantLeft) -> None:
        person = self.people.pop(what.who, None)
        if person is None:
            return
        for timer in (BARGE_IN, RESUME, ENDPOINT):
            self._clear(timer, person)
        self._waiting = deque(w for w in self._waiting if w.who != what.who)
        if self.reply is not None and self.reply.held_by == what.who:
            self._resume(person)

    def _timer_fired(self, what: TimerFired) -> None:
        person = self.people.get(what.who)
        if person is None or (what.timer, what.who) not in self._timers:
            return
        self._timers.discard((what.timer, what.who))
        if what.timer == BARGE_IN:
            self._decide_by_duration(person)
        elif what.timer == RESUME:
            if self.reply is not None and self.reply.held_by == person.name and not person.speaking:
                self._resume(person)
        elif what.timer == ENDPOINT:
            self._take_turn(person)

    def _person(self, name: str) -> Person:
        person = self.people.get(name)
        if person is None:
            person = self.people[name] = Person(name)
        return person

    def _set(self, timer: str, person: Person, at: float) -> None:
        self._timers.add((timer, person.name))
        self._actions.append(SetTimer(timer, person.name, max(at, self._now)))

    def _clear(self, timer: str, person: Person) -> None:
        if (timer, person.name) in self._timers:
            self._timers.discard((timer, person.name))
            self._actions.append(ClearTimer(timer, person.name))
