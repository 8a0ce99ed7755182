"""The realtime pipeline: an agent whose model hears and speaks by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from agentkit.core.agents.events import UserTurnEnded
from agentkit.core.agents.model_reply import DRY_S, ModelReply
from agentkit.core.agents.reply import Prompt, Reply
from agentkit.core.agents.responses import Response, Responses
from agentkit.core.agents.spoken_reply import SpokenReply, Voice
from agentkit.core.agents.transcribing import TranscribingPipeline
from agentkit.core.conversation import Message
from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm.realtime import Realtime
from agentkit.core.llm.realtime_events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeDisconnectedEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from agentkit.core.stt import STTTranscriptEvent
from agentkit.core.turn_detection import TurnEndedEvent, TurnStartedEvent
from agentkit.core.turns import inputs
from agentkit.core.turns.actions import CancelReply
from agentkit.core.vad import VADSpeechEndedEvent

RECONNECT_S = (0.0, 1.0, 2.0, 4.0, 8.0)
"""After a connection was lost: how long before each attempt to get another."""

CONNECT_LIMIT_S = 10.0
"""How long one attempt may take."""


class RealtimePipeline(TranscribingPipeline):
    """The model takes turns with people by itself; the floor decides when it has to be silent.

    Each response of the model becomes a reply. What people said is kept as the STT understood it, if there is one, and
    else as the model did.
    """

    facts = (
        *TranscribingPipeline.facts,
        RealtimeAudioOutputEvent,
        RealtimeAudioOutputDoneEvent,
        RealtimeAgentSpeechTranscriptionEvent,
        RealtimeUserSpeechTranscriptionEvent,
        RealtimeDisconnectedEvent,
    )

    def __init__(self, *, model: Realtime, voice: Voice, **parts: Any) -> None:
        super().__init__(voice=voice, **parts)
        self._model = model
        self._responses = Responses(self._output.sample_rate)
        self._offered: dict[int, Response] = {}
        self._answer: ModelReply | None = None
        self._speaker: Participant | None = None
        self._interrupter: str | None = None
        self._says_when_done = False
        self._says_when_turns_end = False
        self._turns_begun: dict[str, None] = {}
        self._reconnecting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # -- facts in ---------------------------------------------------------------------------------------------

    def listen(self, event: BaseEvent) -> None:
        """Take in what the model, and whatever else listens, says."""
        if self._closed:
            return
        if isinstance(event, RealtimeDisconnectedEvent):
            self._disconnected(event)
        elif isinstance(event, RealtimeUserSpeechTranscriptionEvent):
            self._understood(event)
        elif isinstance(
            event,
            RealtimeAudioOutputEvent | RealtimeAudioOutputDoneEvent | RealtimeAgentSpeechTranscriptionEvent,
        ):
            if event.epoch == self._model.epoch:
                self._model_says(event)
        else:
            self._speaker = event.participant = event.participant or self._speaker or self.hearing.someone
            self._note_turns(event)
            super().listen(event)
            if isinstance(event, STTTranscriptEvent):
                self._keep_words(event.text, self._speaker)

    def _model_says(
        self,
        event: RealtimeAudioOutputEvent
        | RealtimeAudioOutputDoneEvent
        | RealtimeAgentSpeechTranscriptionEvent,
    ) -> None:
        if isinstance(event, RealtimeAudioOutputDoneEvent):
            self._says_when_done = True
            self._responses.done(event.response_id)
        elif isinstance(event, RealtimeAgentSpeechTranscriptionEvent):
            response = self._responses.of_text()
            if response is not None:
                response.take_text(event.text)
        elif not hasattr(event.data, "samples"):
            error = TypeError(f"expected the sound of a response as PcmData, got {type(event.data).__name__}")
            self._model._emit_error_event(error, context="speaking")
        else:
            response = self._responses.of_sound(event.response_id)
            if response is not None:
                if not response.begun:
                    self._begin(response)
                response.take_sound(event.data)

    def _understood(self, event: RealtimeUserSpeechTranscriptionEvent) -> None:
        """What a model understood is told too late to decide anything: it is kept, and the floor is not told."""
        event.participant = event.participant or self._speaker or self.hearing.someone
        if not self.floor.signals.transcripts:  # else the STT tells the same
            self._keep_words(event.text, event.participant)

    def _keep_words(self, text: str, who: Participant | None) -> None:
        """A person's words belong before the answer to them, though the model may tell them after it has begun."""
        user_id = who.user_id if who is not None else ""
        self.conversation.add("user", text, user_id, before=self._answer_to(who))

    def _answer_to(self, who: Participant | None) -> Message | None:
        """The answer to what ``who`` has said last, if it has begun."""
        answer = self._answer
        if answer is None or answer.prompt.participant != who:
            return None
        known = self.floor.people.get(who.id) if who is not None else None
        spoke_since = known.began_at > answer.began_at if known is not None else answer is not self._reply
        return None if spoke_since else answer.message

    def _note_turns(self, event: BaseEvent) -> None:
        """Who has begun to speak, and who has finished, as far as it tells what a model does."""
        if isinstance(event, VADSpeechEndedEvent | TurnEndedEvent | STTTranscriptEvent):
            person = event.participant
            if self._interrupter is None or (person is not None and person.id == self._interrupter):
                self._responses.expect()
        if event.session_id != self._model.session_id or event.participant is None:
            return
        if isinstance(event, TurnStartedEvent):
            self._turns_begun[event.participant.id] = None
        elif isinstance(event, TurnEndedEvent):
            self._says_when_turns_end = True
            self._turns_begun.pop(event.participant.id, None)

    # -- responses --------------------------------------------------------------------------------------------

    def _begin(self, response: Response) -> None:
        """The model begins to speak: the answer to a prompt, or to a person."""
        response.begun = True
        reply = self._reply
        if isinstance(reply, ModelReply) and reply.response is None:
            reply.take_over(response)
        else:
            self._offer(response)

    def _offer(self, response: Response) -> None:
        """The model answers a person: a reply that begins when the floor is free."""
        who = self._speaker or self.hearing.someone
        number, _ = self._request(Prompt("", participant=who))
        self._offered[number] = response
        self._events.send(UserTurnEnded(participant=who))
        if not self._says_when_turns_end:  # a model that answers has heard the end of the turns it saw begin
            for name in self._turns_begun:
                self._tell(inputs.TurnEnded(name))
            self._turns_begun.clear()
        self._tell(inputs.ReplyOffered(number))

    def _ran_dry(self, reply: ModelReply) -> None:
        if self._says_when_done:
            error = TimeoutError(f"no more sound for {DRY_S:g} s, and the response was not done")
            self._model._emit_error_event(error, context="speaking")

    # -- the connection ---------------------------------------------------------------------------------------

    def _disconnected(self, event: RealtimeDisconnectedEvent) -> None:
        self._responses.done()
        reply = self._reply
        if isinstance(reply, ModelReply) and reply.response is None:
            reply.finish()
        if not event.was_clean and (self._reconnecting is None or self._reconnecting.done()):
            self._reconnecting = self._run(self._reconnect())

    async def _reconnect(self) -> None:
        for pause in RECONNECT_S:
            await asyncio.sleep(pause)
            if self._model.connected:
                return
            try:
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    await self._model.connect()
                return
            except Exception as error:
                self._model._emit_error_event(error, context="connecting again")

    # -- what the floor decides -------------------------------------------------------------------------------

    def _make_reply(self, epoch: int, prompt: Prompt, request: int | None) -> Reply:
        if prompt.verbatim:
            return SpokenReply(epoch, prompt, self._voice, self.conversation, self._listeners())
        response = self._offered.pop(request, None) if request is not None else None
        reply = ModelReply(
            epoch,
            prompt,
            self._output,
            self.conversation,
            self._listeners(),
            response=response,
            interrupt=self._model.interrupt,
            gave_up=self._gave_up,
            ran_dry=self._ran_dry,
        )
        if response is None:
            reply.asking = self._run(self._ask(reply, after=self._cleanup))
        else:
            self._answer = reply
        return reply

    async def _ask(self, reply: ModelReply, after: asyncio.Task[None] | None) -> None:
        """Give the model a prompt; its next response is the reply, which ends when none comes."""
        if after is not None:
            await asyncio.wait([after])
        self._responses.expect()
        reply.asked = True
        model, voice = self._model, self._voice
        try:
            request = model.simple_response(reply.prompt.text, list(voice.processors), None)
            await reply.answer_to(request, voice.limits.llm_s)
        except Exception as error:
            model._emit_error_event(error, context="answering")
        if reply.response is None:
            reply.finish()

    def _cancel_reply(self, action: CancelReply) -> None:
        self._interrupter = action.who
        super()._cancel_reply(action)

    def _gave_up(self, reply: ModelReply) -> None:
        """The reply was cut: what is left of it is stale, and what the model said next to whoever interrupted it."""
        if reply.asking is not None:
            reply.asking.cancel()
        self._responses.cut(reply.response, unanswered=reply.asked and reply.response is None)
        for number, response in self._offered.items():
            who = self._requests[number][0].participant
            if not response.over or (who is not None and who.id == self._interrupter):
                self._responses.drop(response)

    # -- the end ----------------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def hang_up(self) -> None:
        """As for every pipeline; what is on its way to the model is given up."""
        super().hang_up()
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """As for every pipeline."""
        await super().close()
        if self._tasks:
            await asyncio.wait(self._tasks)
