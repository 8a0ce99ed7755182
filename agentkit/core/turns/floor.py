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

from agentkit.core.turns.actions import Action, ConfirmReply, StartReply
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
from agentkit.core.turns.interruptions import BARGE_IN, RESUME, Interruptions
from agentkit.core.turns.policy import Signals, TurnPolicy
from agentkit.core.turns.state import Person, Reply, Waiting
from agentkit.core.turns.words import words_in

ENDPOINT = "endpoint"


class Floor(Interruptions):
    """The state of the conversation, and the rules that move it."""

    def __init__(self, policy: TurnPolicy | None = None, signals: Signals | None = None) -> None:
        super().__init__(policy or TurnPolicy(), signals or Signals())
        self.epoch = 0
        self._waiting: deque[Waiting] = deque()
        self._hears_partials = False
        self._rules: dict[type, Callable[[Any], None]] = {
            SpeechStarted: self._speech_started,
            SpeechStopped: self._speech_stopped,
            PartialTranscript: self._partial_transcript,
            FinalTranscript: self._final_transcript,
            TurnStarted: self._turn_started,
            TurnEnded: self._turn_ended,
            ParticipantLeft: self._participant_left,
            SpeakRequested: self._speak_requested,
            ReplyOffered: self._reply_offered,
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
        if not person.speaking:
            self._begin_utterance(person, self._now - what.already_s)
        person.voiced = True

    def _speech_stopped(self, what: SpeechStopped) -> None:
        person = self._person(what.who)
        if person.speaking:
            person.voiced = True
            self._fall_silent(person, self._now - what.silence_s)
            self._await_end_of_turn(person)

    def _begin_utterance(self, person: Person, since: float) -> None:
        person.begin(since)
        self._clear(RESUME, person)
        self._waiting = deque(w for w in self._waiting if w.who != person.name)
        self._take_back(person)
        self._voice_over_reply(person)
        self._await_end_of_turn(person)

    def _fall_silent(self, person: Person, at: float) -> None:
        person.speaking = False
        person.stopped_at = at
        self._clear(BARGE_IN, person)
        self._await_words(person)

    # -- words ------------------------------------------------------------------------------------------------

    def _partial_transcript(self, what: PartialTranscript) -> None:
        self._hears_partials = True
        person = self._person(what.who)
        words = words_in(what.text)
        if not words:
            return
        if not person.speaking and not self._is_straggler(person):
            self._begin_utterance(person, self._now)
        if words_in(" ".join(person.said[person.earlier :]))[-len(words) :] == words:
            return  # some STTs say again what is final already
        person.partial = what.text
        self._take_back(person)
        self._weigh_words(person)
        self._await_end_of_turn(person)

    def _final_transcript(self, what: FinalTranscript) -> None:
        person = self._person(what.who)
        words = words_in(what.text)
        if words and words == person.assumed:
            person.assumed = []
            return
        if not person.speaking and not self._is_straggler(person):
            if not words:
                return
            self._begin_utterance(person, self._now)
        person.partial = ""
        if not words or self._is_backchannel(person, what.text):
            person.acknowledged = True
        else:
            person.said.append(what.text)
            self._take_back(person)
            self._weigh_words(person)
        if not person.voiced:
            self._fall_silent(person, self._now)
        elif not person.speaking:
            self._await_words(person)
        if person.turn_over or not (person.speaking or person.said):
            self._take_turn(person)
        else:
            self._await_end_of_turn(person)

    def _is_straggler(self, person: Person) -> bool:
        """Words that come now are late ones, of an utterance whose end is known already."""
        return person.voiced and self._now - person.stopped_at < self.policy.endpointing_max_s

    # -- turns ------------------------------------------------------------------------------------------------

    def _turn_started(self, what: TurnStarted) -> None:
        person = self._person(what.who)
        if person.speaking:
            self._take_back(person)
            self._await_end_of_turn(person)
        else:
            self._begin_utterance(person, self._now)
        person.voiced = True

    def _turn_ended(self, what: TurnEnded) -> None:
        person = self._person(what.who)
        if what.eager:
            self._start_eagerly(person)
            return
        if person.speaking:
            person.voiced = True
            self._fall_silent(person, self._now)
        person.turn_over = True
        if person.said and not person.partial:
            self._take_turn(person)
        else:
            self._await_end_of_turn(person)

    def _start_eagerly(self, person: Person) -> None:
        free = self.reply is None and self._yielded_to in (None, person.name)
        if free and person.said and not person.partial and not self.signals.model_replies:
            self._start(person.text, who=person.name, eager=True)
            self._set(ENDPOINT, person, self._now + self.policy.endpointing_max_s)

    def _take_back(self, person: Person) -> None:
        """The turn went on after an eager end: the reply to it must not be heard."""
        if self._is_eager(person):
            self._cancel("the turn went on", person)

    def _is_eager(self, person: Person) -> bool:
        """The reply in progress answers this person, and waits for the turn to have ended."""
        return self.reply is not None and not self.reply.confirmed and self.reply.who == person.name

    def _await_end_of_turn(self, person: Person) -> None:
        """Set the instant at which silence ends the turn, if nothing else does before."""
        if self._is_eager(person):
            return  # that instant is set already
        policy = self.policy
        if person.turn_over:  # and only its words are still to come
            due = self._now + policy.endpointing_max_s
        elif person.speaking:
            # Where partials are told, a voice without them is a noise, or its end was missed.
            told = self._hears_partials and not self.signals.turn_ends
            due = self._now + (policy.endpointing_max_s if told else policy.watchdog_s)
        elif self.signals.turn_ends and (person.said or person.partial):
            due = self._now + policy.watchdog_s
        elif not person.voiced:  # a final transcript is all the silence we shall be told of
            due = self._now
        elif person.partial or not person.said:
            due = person.stopped_at + policy.endpointing_max_s
        else:
            due = person.stopped_at + policy.endpointing_s
        if due <= self._now:
            self._take_turn(person)
        else:
            self._set(ENDPOINT, person, due)

    def _take_turn(self, person: Person) -> None:
        """The turn is over: answer it now, or when the floor is free."""
        self._clear(ENDPOINT, person)
        yielded, reply = self._yielded_to == person.name, self.reply
        if yielded:
            self._yielded_to = None
        if person.partial and not self._is_backchannel(person, person.partial):
            person.said.append(person.partial)
            person.assumed = words_in(person.partial)
        person.partial = ""
        if self.signals.model_replies:
            person.answered()
        if not person.said:
            return
        person.turn_over = True
        if reply is not None and self._is_eager(person):
            person.answered()
            reply.confirmed = True
            self._mark_asides()
            self._actions.append(ConfirmReply(reply.epoch))
            return
        if reply is not None and reply.who == person.name and not reply.audible:
            self._cancel("more was said", person)
        if not any(w.who == person.name for w in self._waiting):
            self._waiting.insert(self._place_in_line(yielded), Waiting(who=person.name))

    def _place_in_line(self, yielded: bool) -> int:
        """First after an interruption, else last. But requests that wait for silence wait for the answer as well."""
        if yielded:
            return 0
        last = len(self._waiting)
        if self.reply is not None:
            return last
        return next((place for place, one in enumerate(self._waiting) if one.who is None), last)

    def _serve_waiting(self) -> None:
        """Give the floor, when it is free, to whoever is next."""
        if self.reply is not None or (first := self._next()) is None:
            return
        self._waiting.remove(first)
        if first.who is None:
            self._start("", request=first.request, interruptible=first.interruptible)
            if first.offered:
                self._doubt()
        else:
            person = self.people[first.who]
            text = person.text
            person.answered()
            self._yielded_to = None
            self._start(text, who=person.name)

    def _next(self) -> Waiting | None:
        """Who has waited longest. After an interruption everyone waits for what the interrupter has to say."""
        requests_wait = False
        for one in self._waiting:
            if one.who is None:
                must_wait = one.interruptible and not one.offered and self._someone_has_the_turn()
                requests_wait = requests_wait or must_wait
                if not requests_wait:
                    return one
            elif self._yielded_to in (None, one.who):
                return one
        return None

    def _someone_has_the_turn(self) -> bool:
        in_line = {w.who for w in self._waiting}
        return any(
            p.speaking or ((p.said or p.partial) and p.name not in in_line) for p in self.people.values()
        )

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
        self.reply = Reply(self.epoch, who, interruptible, confirmed=not eager)
        if not eager:
            self._mark_asides()
        self._actions.append(StartReply(self.epoch, text, who, request, eager))

    def _mark_asides(self) -> None:
        """From now on a reply may be heard: who is speaking already did not mean to interrupt it."""
        for person in self.people.values():
            person.aside = person.over_agent = person.speaking

    def _doubt(self) -> None:
        """A model thought it was its turn, and somebody speaks: hold it back until they stop, or prove it wrong."""
        for person in self.people.values():
            if person.speaking:
                person.go_on(self._now)
                self._voice_over_reply(person)

    # -- the agent --------------------------------------------------------------------------------------------

    def _speak_requested(self, what: SpeakRequested) -> None:
        self._waiting.append(Waiting(request=what.request, interruptible=what.interruptible))

    def _reply_offered(self, what: ReplyOffered) -> None:
        self._waiting.append(Waiting(request=what.request, offered=True))

    def _interrupt_requested(self, what: InterruptRequested) -> None:
        if self.reply is not None:
            self._cancel("asked to stop", None)

    def _audio_started(self, what: AudioStarted) -> None:
        if self.reply is not None and self.reply.epoch == what.epoch:
            self.reply.audible = True

    def _reply_over(self, what: AudioFinished | ReplyEmpty) -> None:
        if self.reply is not None and self.reply.epoch == what.epoch:
            self._end_reply()

    # -- people and time --------------------------------------------------------------------------------------

    def _participant_left(self, what: ParticipantLeft) -> None:
        person = self.people.pop(what.who, None)
        if person is None:
            return
        for timer in (BARGE_IN, RESUME, ENDPOINT):
            self._clear(timer, person)
        self._waiting = deque(w for w in self._waiting if w.who != person.name)
        if self._yielded_to == person.name:
            self._yielded_to = None
        if self._is_eager(person):
            self._cancel("the participant left", person)
        elif self.reply is not None and self.reply.held_by == person.name:
            self._resume(person)

    def _timer_fired(self, what: TimerFired) -> None:
        if (what.timer, what.who) not in self._timers:
            return
        self._timers.remove((what.timer, what.who))
        person = self.people[what.who]
        if what.timer == BARGE_IN:
            self._weigh_duration(person)
        elif what.timer == RESUME:
            if self.reply is not None and self.reply.held_by == person.name:
                self._resume(person)
        else:
            if person.speaking:  # its end was missed, and is not to be waited for again
                person.voiced = False
                self._fall_silent(person, self._now)
            self._take_turn(person)
