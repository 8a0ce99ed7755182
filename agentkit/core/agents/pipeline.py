"""What both pipelines are: facts go to the floor, and what the floor decides is carried out.

Nothing is decided here.
"""

from __future__ import annotations

import abc
import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from agentkit.core.agents.events import (
    AgentResumed,
    AgentTurnEnded,
    AgentTurnStarted,
    AgentYielded,
    ReplyCancelled,
    ReplyStarted,
    UserTurnEnded,
)
from agentkit.core.agents.hearing import Hearing
from agentkit.core.agents.reply import Listeners, Prompt, Reply, Spoken
from agentkit.core.component import Component
from agentkit.core.conversation import Conversation
from agentkit.core.edge.events import AudioReceivedEvent, ParticipantLeftEvent
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager
from agentkit.core.media.output import AudioOutput
from agentkit.core.turns import Floor, inputs
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


class Pipeline(abc.ABC):
    """One call's conversation, from sound to sound."""

    facts: tuple[type[BaseEvent], ...] = ()
    """The events of components that `listen` takes in."""

    def __init__(
        self,
        *,
        floor: Floor,
        hearing: Hearing,
        output: AudioOutput,
        conversation: Conversation,
        events: EventManager,
        fell_silent: Callable[[], None],
    ) -> None:
        self.floor = floor
        self.hearing = hearing
        self.conversation = conversation
        self._output = output
        self._events = events
        self._fell_silent = fell_silent
        self._loop = asyncio.get_running_loop()
        self._reply: Reply | None = None
        self._people: dict[str, Participant] = {}
        self._gone: set[str] = set()
        self._requests: dict[int, tuple[Prompt, asyncio.Future[Spoken]]] = {}
        self._request_count = 0
        self._spoken: dict[int, asyncio.Future[Spoken]] = {}
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._facts: deque[inputs.Input] = deque()
        self._handling = False
        self._closed = False
        self._cleanup: asyncio.Task[None] | None = None
        self._cleanups: set[asyncio.Task[None]] = set()
        self._carry_out: dict[type, Callable[[Any], None]] = {
            StartReply: self._start_reply,
            ConfirmReply: self._confirm_reply,
            GoSilent: self._go_silent,
            Resume: self._resume,
            CancelReply: self._cancel_reply,
            SetTimer: self._set_timer,
            ClearTimer: self._clear_timer,
        }

    @property
    def reply(self) -> Reply | None:
        """The reply that is prepared or said."""
        return self._reply

    # -- facts in ---------------------------------------------------------------------------------------------

    def attach(self, edge: EventManager, components: Iterable[Component]) -> list[Callable[[], None]]:
        """Hear from now on the people of a call, and what the components say. Returns what ends it."""
        return [
            edge.tap(self._heard, AudioReceivedEvent),
            edge.tap(self._left, ParticipantLeftEvent),
            *(component.events.tap(self.listen, *self.facts) for component in components),
        ]

    @abc.abstractmethod
    def listen(self, event: BaseEvent) -> None:
        """Take in what a component says, when it says it."""

    def _heard(self, event: AudioReceivedEvent) -> None:
        if event.pcm_data is not None and event.participant is not None:
            self.hearing.hear(event.pcm_data, event.participant, event.track_type)

    def _left(self, event: ParticipantLeftEvent) -> None:
        if event.participant is not None:
            self.hearing.forget(event.participant)
            self._gone.add(event.participant.id)
            self._tell(inputs.ParticipantLeft(event.participant.id))

    def _is_gone(self, who: str) -> bool:
        """Whether someone left and has not been heard since: what providers still say of them comes too late."""
        if who in self._gone and self.hearing.hears(who):
            self._gone.discard(who)
        return who in self._gone

    def interrupt(self) -> None:
        """Make the agent fall silent now, whatever it says."""
        self._tell(inputs.InterruptRequested())

    async def speak(self, prompt: Prompt) -> Spoken:
        """Say or answer ``prompt`` when the floor is free; returns when it was said, or cut."""
        if self._closed:
            return Spoken(prompt.text, "", interrupted=True)
        number, outcome = self._request(prompt)
        self._tell(inputs.SpeakRequested(number, prompt.interruptible))
        return await outcome

    def _request(self, prompt: Prompt) -> tuple[int, asyncio.Future[Spoken]]:
        """Number something to be said, so that the floor can refer to it."""
        self._request_count += 1
        outcome: asyncio.Future[Spoken] = self._loop.create_future()
        self._requests[self._request_count] = (prompt, outcome)
        return self._request_count, outcome

    def hang_up(self) -> None:
        """The call is over: fall silent, for good, and let nobody wait for what cannot be heard any more."""
        self._closed = True
        if self._reply is not None:
            self._cancel_reply(CancelReply(self._reply.epoch, "the call is over"))
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for prompt, outcome in self._requests.values():
            if not outcome.done():
                outcome.set_result(Spoken(prompt.text, "", interrupted=True))
        self._requests.clear()

    async def close(self) -> None:
        """Hang up, and return when nothing runs any more; what still does when this is cancelled is cancelled too."""
        self.hang_up()
        try:
            await self.hearing.close()
            if self._cleanups:
                await asyncio.wait(self._cleanups)
        finally:
            for cleanup in self._cleanups:
                cleanup.cancel()

    # -- decisions out ----------------------------------------------------------------------------------------

    def _tell(self, fact: inputs.Input) -> None:
        """Let the floor decide and carry it out; facts that arise meanwhile wait their turn."""
        if self._closed:
            return
        self._facts.append(fact)
        if self._handling:
            return
        self._handling = True
        try:
            while self._facts:
                for action in self.floor.handle(self._facts.popleft(), self._loop.time()):
                    self._perform(action)
        finally:
            self._handling = False

    def _perform(self, action: Action) -> None:
        if not self._closed:  # somebody may hang up on hearing of an action, and others still be due
            self._carry_out[type(action)](action)

    def _start_reply(self, action: StartReply) -> None:
        participant = self._people.get(action.who) if action.who is not None else None
        if action.request is not None:
            prompt, self._spoken[action.epoch] = self._requests.pop(action.request)
        else:
            prompt = Prompt(action.text, participant)
            self._events.send(UserTurnEnded(participant=participant, text=action.text, eager=action.eager))
            if not action.eager:
                self._add_user_message(prompt)
        reply = self._make_reply(action.epoch, prompt, action.request)
        self._reply = reply
        self._events.send(
            ReplyStarted(
                epoch=action.epoch, text=prompt.text, eager=action.eager, participant=prompt.participant
            )
        )
        if not action.eager:
            reply.confirm()
        reply.start(after=self._cleanup)

    def _confirm_reply(self, action: ConfirmReply) -> None:
        reply = self._current(action.epoch)
        self._events.send(UserTurnEnded(participant=reply.prompt.participant, text=reply.prompt.text))
        self._add_user_message(reply.prompt)
        reply.confirm()

    def _go_silent(self, action: GoSilent) -> None:
        reply = self._current(action.epoch)
        reply.hold()
        if reply.audible:
            self._fell_silent()
            self._events.send(AgentYielded(epoch=action.epoch, participant=self._people.get(action.who)))

    def _resume(self, action: Resume) -> None:
        reply = self._current(action.epoch)
        reply.resume()
        if reply.audible:
            self._events.send(AgentResumed(epoch=action.epoch, participant=self._people.get(action.who)))

    def _cancel_reply(self, action: CancelReply) -> None:
        reply = self._current(action.epoch)
        was_speaking = self._output.speaking
        reply.cut()
        self._reply = None
        participant = self._people.get(action.who) if action.who is not None else None
        if was_speaking:
            self._fell_silent()
            self._events.send(AgentYielded(epoch=reply.epoch, participant=participant))
        if reply.audible:
            self._end_turn(reply, interrupted=True, participant=participant)
        else:
            self._events.send(
                ReplyCancelled(epoch=reply.epoch, reason=action.reason, participant=participant)
            )
            self._resolve(reply, interrupted=True)
        self._cleanup = self._loop.create_task(self._clean_up(reply, after=self._cleanup))
        self._cleanups.add(self._cleanup)
        self._cleanup.add_done_callback(self._cleanups.discard)

    def _set_timer(self, action: SetTimer) -> None:
        key = (action.timer, action.who)
        if (old := self._timers.get(key)) is not None:
            old.cancel()
        self._timers[key] = self._loop.call_at(action.at, self._timer_fired, key)

    def _clear_timer(self, action: ClearTimer) -> None:
        timer = self._timers.pop((action.timer, action.who), None)
        if timer is not None:
            timer.cancel()

    def _timer_fired(self, key: tuple[str, str]) -> None:
        del self._timers[key]
        self._tell(inputs.TimerFired(*key))

    # -- a reply's life ---------------------------------------------------------------------------------------

    @abc.abstractmethod
    def _make_reply(self, epoch: int, prompt: Prompt, request: int | None) -> Reply:
        """A reply that answers ``prompt``, not yet started; ``request`` is its number if the agent asked for it."""

    def _listeners(self) -> Listeners:
        return Listeners(self._audio_started, self._audio_finished, self._reply_empty)

    def _audio_started(self, reply: Reply) -> None:
        self._events.send(AgentTurnStarted(epoch=reply.epoch))
        self._tell(inputs.AudioStarted(reply.epoch))

    def _audio_finished(self, reply: Reply) -> None:
        self._reply = None
        self._end_turn(reply, interrupted=False)
        self._tell(inputs.AudioFinished(reply.epoch))

    def _reply_empty(self, reply: Reply) -> None:
        self._reply = None
        if not reply.heard_text:
            reason = "nothing of it could be said" if reply.generated else "there was nothing to say"
            about = reply.prompt.participant
            self._events.send(ReplyCancelled(epoch=reply.epoch, reason=reason, participant=about))
        self._resolve(reply, interrupted=False)
        self._tell(inputs.ReplyEmpty(reply.epoch))

    def _end_turn(self, reply: Reply, *, interrupted: bool, participant: Participant | None = None) -> None:
        self._events.send(
            AgentTurnEnded(
                epoch=reply.epoch,
                interrupted=interrupted,
                text=reply.generated,
                heard_text=reply.heard_text,
                heard_ms=reply.heard_ms,
                participant=participant,
            )
        )
        self._resolve(reply, interrupted=interrupted)

    def _resolve(self, reply: Reply, *, interrupted: bool) -> None:
        outcome = self._spoken.pop(reply.epoch, None)
        if outcome is not None and not outcome.done():
            outcome.set_result(Spoken(reply.generated, reply.heard_text, interrupted))

    async def _clean_up(self, reply: Reply, after: asyncio.Task[None] | None) -> None:
        """Stop what the reply left running, one reply after the other, and report what would not stop."""
        if after is not None and not after.done():
            await asyncio.wait([after])
        for name, error in (await reply.stop()).items():
            self._events.send(ErrorEvent(error=error, context=f"stopping the {name} of reply {reply.epoch}"))

    def _current(self, epoch: int) -> Reply:
        assert self._reply is not None
        assert self._reply.epoch == epoch
        return self._reply

    def _add_user_message(self, prompt: Prompt) -> None:
        user_id = prompt.participant.user_id if prompt.participant is not None else ""
        self.conversation.add("user", prompt.text, user_id)
