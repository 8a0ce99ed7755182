"""Whatever people, detectors and the agent do, in whatever order: what the floor may never do, and must do in the end.

The machine plays everyone: people with a voice-activity detector and without, a speech-to-text that is late or loses
its final transcripts, a turn detector, the agent's code, and playout, which starts a reply once it may be heard and
finishes it. It fires the floor's timers in time order, and checks every action against what has happened so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
from agentkit.core.turns.interruptions import BARGE_IN, RESUME
from agentkit.core.turns.words import substantive_words, words_in

PEOPLE = ["alice", "bob", "carol"]
people = st.sampled_from(PEOPLE)
backchannels = st.sampled_from(["mm-hm", "Yeah.", "uh-huh", "okay, right"])


@dataclass
class Played:
    """A reply as playout and the conversation see it."""

    start: StartReply
    confirmed: bool
    interruptible: bool
    audible: bool = False
    held_by: str | None = None
    heard_since: dict[str, list[str]] = field(default_factory=dict)
    """What each person was understood to say since it may be heard."""


class FloorMachine(RuleBasedStateMachine):
    @initialize(
        words=st.sampled_from([0, 1, 3]),
        resume=st.sampled_from([0.0, 0.8, None]),
        transcripts=st.sampled_from([True, True, False]),
        turn_ends=st.booleans(),
        end_delay=st.sampled_from([0.0, 0.25]),
        model_replies=st.sampled_from([False, False, True]),
    )
    def begin(
        self,
        words: int,
        resume: float | None,
        transcripts: bool,
        turn_ends: bool,
        end_delay: float,
        model_replies: bool,
    ) -> None:
        self.policy = TurnPolicy(min_interruption_words=words, resume_after_s=resume)
        self.signals = Signals(transcripts, turn_ends, end_delay, model_replies)
        self.floor = Floor(self.policy, self.signals)
        self.now = 0.0
        self.timers: dict[tuple[str, str], float] = {}
        self.reply: Played | None = None
        self.epoch = 0
        self.requests: list[tuple[int, bool]] = []
        self.requests_started: list[int] = []
        self.said: dict[str, list[str]] = {name: [] for name in PEOPLE}
        self.next_words: dict[str, str] = {}
        self.answered: list[str] = []
        self.repeated: set[str] = set()
        self.count = 0
        self.history: list[tuple[float, Input, list[Action]]] = []

    # -- the people -------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.05, 0.2, 0.3, 0.6, 1.0, 2.5, 12.0]))
    def time_passes(self, seconds: float) -> None:
        self.run_until(self.now + seconds)

    @rule(who=people, already=st.sampled_from([0.0, 0.1, 0.5]))
    def voice(self, who: str, already: float) -> None:
        self.tell(SpeechStarted(who, already))

    @rule(who=people, silence=st.sampled_from([0.0, 0.1, 0.6]))
    def quiet(self, who: str, silence: float) -> None:
        self.tell(SpeechStopped(who, silence))

    @rule(who=people, whole=st.booleans())
    def understood_in_part(self, who: str, whole: bool) -> None:
        if self.was_answered(self.next_words.get(who)):
            del self.next_words[who]  # the final of that is lost: this is something new
        text = self.words_of(who)
        self.understand(PartialTranscript(who, text if whole else text.split()[0]))

    @rule(who=people)
    def understood(self, who: str) -> None:
        text = self.words_of(who)
        del self.next_words[who]
        self.said[who].append(text)
        if self.was_answered(text):
            self.repeated.add(text)
        self.understand(FinalTranscript(who, text))

    @rule(who=people, text=backchannels, final=st.booleans())
    def acknowledges(self, who: str, text: str, final: bool) -> None:
        self.understand(FinalTranscript(who, text) if final else PartialTranscript(who, text))

    @rule(who=people)
    def mumbles(self, who: str) -> None:
        self.understand(FinalTranscript(who, "..."))

    @rule(who=people)
    def turn_starts(self, who: str) -> None:
        self.tell(TurnStarted(who))

    @rule(who=people, eager=st.booleans())
    def turn_ends(self, who: str, eager: bool) -> None:
        self.tell(TurnEnded(who, eager))

    @rule(who=people)
    def leaves(self, who: str) -> None:
        self.said[who].clear()
        self.next_words.pop(who, None)
        self.tell(ParticipantLeft(who))

    def words_of(self, who: str) -> str:
        """What this person is about to have said; nobody ever says the same twice."""
        if who not in self.next_words:
            self.count += 1
            self.next_words[who] = f"w{self.count} and so on"
        return self.next_words[who]

    def was_answered(self, text: str | None) -> bool:
        return text is not None and any(text in answered for answered in self.answered)

    def understand(self, what: PartialTranscript | FinalTranscript) -> None:
        if self.reply is not None and self.reply.confirmed:
            self.reply.heard_since.setdefault(what.who, []).append(what.text)
        self.tell(what)

    # -- the agent --------------------------------------------------------------------------------------------

    @rule(interruptible=st.booleans())
    def asks_to_speak(self, interruptible: bool) -> None:
        self.requests.append((len(self.requests), interruptible))
        self.tell(SpeakRequested(*self.requests[-1]))

    @precondition(lambda self: self.signals.model_replies)
    @rule()
    def model_answers(self) -> None:
        self.requests.append((len(self.requests), True))
        self.tell(ReplyOffered(self.requests[-1][0]))

    @rule()
    def asks_for_silence(self) -> None:
        before = self.reply
        self.tell(InterruptRequested())
        assert before is None or self.reply is not before

    @precondition(lambda self: self.reply is not None and self.reply.confirmed and not self.reply.held_by)
    @rule()
    def playout_goes_on(self) -> None:
        assert self.reply is not None
        if self.reply.audible:
            self.end(AudioFinished(self.epoch))
        else:
            self.reply.audible = True
            self.tell(AudioStarted(self.epoch))

    @precondition(lambda self: self.reply is not None and not self.reply.audible)
    @rule()
    def there_is_nothing_to_say(self) -> None:
        self.end(ReplyEmpty(self.epoch))

    @precondition(lambda self: self.epoch)
    @rule(data=st.data())
    def playout_reports_too_late(self, data: st.DataObject) -> None:
        old = data.draw(st.integers(0, self.epoch - 1))
        kind = data.draw(st.sampled_from([AudioStarted, AudioFinished, ReplyEmpty]))
        self.tell(kind(old))

    def end(self, what: AudioFinished | ReplyEmpty) -> None:
        self.reply = None
        self.tell(what)

    # -- time and actions -------------------------------------------------------------------------------------

    def run_until(self, time: float) -> None:
        while self.timers and (due := min(self.timers.values())) <= time:
            self.now = max(self.now, due)
            self.fire(next(timer for timer, at in self.timers.items() if at == due))
        self.now = time

    def fire(self, timer: tuple[str, str]) -> None:
        del self.timers[timer]
        self.tell(TimerFired(*timer))

    def tell(self, what: Input) -> None:
        actions = self.floor.handle(what, self.now)
        self.history.append((self.now, what, actions))
        for action in actions:
            self.check(action, what)

    def check(self, action: Action, cause: Input) -> None:
        match action:
            case SetTimer(timer, who, at):
                assert at >= self.now, "a timer in the past"
                self.timers[timer, who] = at
            case ClearTimer(timer, who):
                assert (timer, who) in self.timers, "a timer cleared that was not set"
                del self.timers[timer, who]
            case StartReply():
                self.start(action)
            case _:
                assert self.reply is not None, f"{action} without a reply"
                assert action.epoch == self.epoch, f"{action} of an old reply"
                self.change(self.reply, action, cause)

    def start(self, action: StartReply) -> None:
        assert self.reply is None, "two replies at once"
        assert action.epoch > self.epoch, "an epoch used before"
        assert (action.who is None) != (action.request is None)
        self.epoch = action.epoch
        interruptible = True
        if action.request is not None:
            assert not action.eager
            interruptible = dict(self.requests)[action.request]
            self.requests_started.append(action.request)
        else:
            assert words_in(action.text), "an answer to nothing"
            assert not self.signals.model_replies, "an answer to what the model answers"
        self.reply = Played(action, confirmed=not action.eager, interruptible=interruptible)
        if not action.eager:
            self.answered.append(action.text)

    def change(self, reply: Played, action: Action, cause: Input) -> None:
        match action:
            case ConfirmReply():
                assert not reply.confirmed, "confirmed twice"
                assert isinstance(cause, TurnEnded | TimerFired | FinalTranscript), (
                    "confirmed though no turn ended"
                )
                assert cause.who == reply.start.who, "confirmed by somebody else's turn"
                reply.confirmed = True
                self.answered.append(reply.start.text)
            case GoSilent(who=who):
                assert reply.confirmed, "nothing of it could be heard"
                assert reply.interruptible, "protected speech was silenced"
                assert reply.held_by is None, "silenced twice"
                reply.held_by = who
            case Resume(who=who):
                assert reply.held_by == who, "resumed by one who did not silence it"
                reply.held_by = None
            case CancelReply(reason=reason, who=who):
                self.check_cancelled(reply, reason, who, cause)
                self.reply = None

    def check_cancelled(self, reply: Played, reason: str, who: str | None, cause: Input) -> None:
        if who is None:
            assert isinstance(cause, InterruptRequested), "nobody cancelled it"
            return
        assert reply.interruptible, "protected speech was cancelled by a person"
        if reply.audible or reason == "interrupted":
            assert reason == "interrupted"
            by_duration = not self.signals.transcripts or self.policy.resume_after_s is None
            needed = self.policy.min_interruption_words if by_duration else 1
            if self.signals.transcripts:
                heard = sum(self.substantive(text) for text in reply.heard_since.get(who, []))
                assert heard >= needed, "cut off by back-channels or a noise"
            first = reply.held_by or who
            assert first in (who, getattr(cause, "who", None)), "the first to speak over it was passed over"

    def substantive(self, text: str) -> int:
        return substantive_words(text, self.policy.backchannels)

    # -- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def floor_and_playout_agree(self) -> None:
        ours, theirs = self.reply, self.floor.reply
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert (ours.confirmed, ours.audible, ours.held_by) == (
                theirs.confirmed,
                theirs.audible,
                theirs.held_by,
            )

    @invariant()
    def timers_run_only_for_what_can_still_happen(self) -> None:
        for timer, who in self.timers:
            person = self.floor.people[who]
            if timer == BARGE_IN:
                assert self.reply is not None
                assert person.speaking
            elif timer == RESUME:
                assert self.reply is not None
                assert self.reply.held_by == who
                assert not person.speaking

    @invariant()
    def requests_are_said_in_order(self) -> None:
        assert self.requests_started == sorted(set(self.requests_started))

    # -- what holds in the end --------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "floor"):
            return
        self.come_to_rest()
        assert self.reply is None
        assert self.floor.waiting == 0, "somebody waits for ever"
        assert self.requests_started == [number for number, _ in self.requests], "a request was never said"
        for who, finals in self.said.items() if not self.signals.model_replies else ():
            for final in finals:
                times = sum(final in text for text in self.answered)
                # A final that comes after its partial was answered may be taken for words said once more.
                assert times == 1 or (final in self.repeated and times == 2), (
                    f"{who}: {final!r} {times} times"
                )
        self.replay()

    def come_to_rest(self) -> None:
        """Everyone falls silent, as far as is told; timers fire and playout goes on until nothing is left."""
        for _ in range(20 * (len(self.history) + 1)):
            if self.reply is not None and self.reply.confirmed and not self.reply.held_by:
                self.playout_goes_on()
            elif self.timers:
                self.run_until(max(self.now, min(self.timers.values())))
            else:
                return
        raise AssertionError("the floor never comes to rest")

    def replay(self) -> None:
        """The same facts give the same actions, also to people of other names (and so in another hash order)."""
        aliases = dict(zip(PEOPLE, ["p7", "zoe", "0"], strict=True))
        floor = Floor(self.policy, self.signals)
        for now, what, actions in self.history:
            again = floor.handle(renamed(what, aliases), now)
            assert again == [renamed(action, aliases) for action in actions]


def renamed(thing: Any, aliases: dict[str, str]) -> Any:
    who = getattr(thing, "who", None)
    if who is None:
        return thing
    fields = {name: getattr(thing, name) for name in type(thing).__dataclass_fields__}
    return type(thing)(**fields | {"who": aliases[who]})


FloorMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestFloor = FloorMachine.TestCase
