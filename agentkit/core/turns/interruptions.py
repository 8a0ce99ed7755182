"""Voices over a reply: which of them silence it, which end it, and when it goes on."""

from __future__ import annotations

from agentkit.core.turns.actions import CancelReply, GoSilent, Resume
from agentkit.core.turns.policy import Signals, TurnPolicy
from agentkit.core.turns.state import FloorState, Person
from agentkit.core.turns.words import substantive_words

BARGE_IN = "barge-in"
RESUME = "resume"


class Interruptions(FloorState):
    """The rules of interruption.

    A reply is *held* while a voice keeps it silent that may still turn out to be nothing: a cough, a back-channel.
    """

    def __init__(self, policy: TurnPolicy, signals: Signals) -> None:
        super().__init__(policy, signals)
        self._yielded_to: str | None = None

    def _voice_over_reply(self, person: Person) -> None:
        """An utterance begins, maybe over a reply."""
        reply = self.reply
        if reply is None or not reply.confirmed:
            return
        person.over_agent = True
        if reply.interruptible and reply.held_by is None:
            if not reply.audible:  # nothing of it was heard yet, so holding it back costs nothing
                self._hold(person)
            self._await_duration(person)

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

    def _weigh_words(self, person: Person) -> None:
        """Words over a reply: enough of them end it."""
        needed = max(1, self.policy.min_interruption_words)
        if self._may_interrupt(person) and self._substantive(person.utterance) >= needed:
            self._interrupt(person)

    def _await_duration(self, person: Person) -> None:
        """Weigh the voice when it is known to have lasted, which is when its end would have been noticed."""
        lasts_until = person.began_at + self.policy.min_interruption_s
        self._set(BARGE_IN, person, lasts_until + self.signals.voice_end_delay_s)

    def _weigh_duration(self, person: Person) -> None:
        """A voice has lasted over a reply as long as an interruption must."""
        reply = self.reply
        if reply is None or not person.speaking:
            return
        person.aside = False  # if it began before the reply, it has now proved to go on
        self._weigh_words(person)
        if not self._may_interrupt(person):
            return
        if self.signals.transcripts:
            count = self._substantive(person.utterance)
            only_backchannels = person.acknowledged or (person.partial and not count)
            if only_backchannels or count < self.policy.min_interruption_words:
                return  # `_weigh_words` will decide, when more of them come
            if self.policy.resume_after_s is not None:
                self._hold(person)
                return
        self._interrupt(person)

    def _await_words(self, person: Person) -> None:
        """If it was this voice that held the reply, and it has stopped: go on when no words follow."""
        if self.reply is None or self.reply.held_by != person.name:
            return
        too_short = person.stopped_at - person.began_at < self.policy.min_interruption_s
        if too_short or person.acknowledged:
            self._resume(person)
            return
        patience = self.policy.resume_after_s
        if patience is None:
            patience = self.policy.endpointing_max_s
        self._set(RESUME, person, person.stopped_at + patience)

    def _hold(self, person: Person) -> None:
        assert self.reply is not None
        if self.reply.held_by is None:
            self.reply.held_by = person.name
            self._actions.append(GoSilent(self.reply.epoch, person.name))

    def _resume(self, person: Person) -> None:
        """It was a false interruption; whoever spoke over the agent meanwhile is next in line."""
        assert self.reply is not None
        reply = self.reply
        self._clear(RESUME, person)
        reply.held_by = None
        for other in self.people.values():
            self._weigh_words(other)
            if self.reply is not reply:
                return
        self._actions.append(Resume(reply.epoch, person.name))
        for other in self.people.values():
            if other.speaking and self._may_interrupt(other):
                self._await_duration(other)

    def _interrupt(self, person: Person) -> None:
        self._cancel("interrupted", person)
        person.over_agent = (
            False  # what else they say is no longer said over the agent, however late it comes
        )
        self._yielded_to = person.name

    def _cancel(self, reason: str, person: Person | None) -> None:
        assert self.reply is not None
        self._actions.append(CancelReply(self.reply.epoch, reason, person.name if person else None))
        self._end_reply()

    def _end_reply(self) -> None:
        self.reply = None
        for person in self.people.values():
            self._clear(BARGE_IN, person)
            self._clear(RESUME, person)
            if person.speaking:  # a "yes" that outlasts the agent's question answers it
                person.over_agent = False

    def _is_backchannel(self, person: Person, text: str) -> bool:
        return person.over_agent and not self._substantive(text)

    def _substantive(self, text: str) -> int:
        return substantive_words(text, self.policy.backchannels)
