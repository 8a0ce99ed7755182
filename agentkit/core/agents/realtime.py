"""The realtime pipeline: an agent whose model hears and speaks by itself."""

from __future__ import annotations

import asyncio
from typing import Any

from agentkit.core.agents.events import UserTurnEnded
from agentkit.core.agents.model_reply import ModelReply, Response
from agentkit.core.agents.reply import Prompt, Reply
from agentkit.core.agents.spoken_reply import SpokenReply, Voice
from agentkit.core.agents.transcribing import TranscribingPipeline
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
from agentkit.core.media.resample import StreamResampler
from agentkit.core.turn_detection import TurnEndedEvent
from agentkit.core.turns import inputs
from agentkit.core.vad import VADSpeechEndedEvent


class RealtimePipeline(TranscribingPipeline):
    """The model takes turns with people by itself; the floor decides when it has to be silent.

    Each response of the model becomes a reply. After an interruption, what still arrives of a response is dropped: by
    its id, or, where the provider gives none, until it is done or the person who interrupted has finished.
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
        self._receiving: Response | None = None
        self._offered: dict[int, Response] = {}
        self._stale: set[str] = set()
        self._dropping = False
        self._resampler = StreamResampler(self._output.sample_rate)
        self._speaker: Participant | None = None
        self._asking: asyncio.Task[None] | None = None

    def listen(self, event: BaseEvent) -> None:
        """Take in what the model, and whatever else listens, says."""
        if self._closed:
            return
        if isinstance(event, RealtimeAudioOutputEvent):
            response = self._response(event.response_id, event.epoch)
            if response is not None:
                response.take_sound(self._resampler.process(event.data).samples)
        elif isinstance(event, RealtimeAgentSpeechTranscriptionEvent):
            response = self._response("", event.epoch)
            if response is not None:
                response.take_text(event.text)
        elif isinstance(event, RealtimeAudioOutputDoneEvent | RealtimeDisconnectedEvent):
            self._response_over()
        elif isinstance(event, RealtimeUserSpeechTranscriptionEvent):
            self._person_understood(event)
        else:
            self._speaker = event.participant = event.participant or self._speaker or self.hearing.someone
            if isinstance(event, VADSpeechEndedEvent | TurnEndedEvent):
                self._dropping = False
            super().listen(event)

    async def close(self) -> None:
        """As for every pipeline; a prompt on its way to the model is given up."""
        if self._asking is not None:
            self._asking.cancel()
        await super().close()

    # -- what the model says ----------------------------------------------------------------------------------

    def _response(self, response_id: str, epoch: int) -> Response | None:
        """The response that something belongs to, begun if need be; None for what is stale."""
        if epoch != self._model.epoch or response_id in self._stale:
            return None
        receiving = self._receiving
        if receiving is not None and response_id in ("", receiving.id):
            return receiving
        if self._dropping and not response_id:
            return None
        self._dropping = False
        self._receiving = response = Response(response_id)
        reply = self._reply
        if isinstance(reply, ModelReply) and reply.response is None:
            reply.take_over(response)  # the answer to a prompt
        else:
            self._offer(response)
        return response

    def _offer(self, response: Response) -> None:
        """The model answers a person: a reply that begins when the floor is free."""
        who = self._speaker or self.hearing.someone
        number, _ = self._request(Prompt("", participant=who))
        self._offered[number] = response
        self._events.send(UserTurnEnded(participant=who))
        self._tell(inputs.ReplyOffered(number))

    def _response_over(self) -> None:
        self._dropping = False
        self._resampler = StreamResampler(self._output.sample_rate)
        if self._receiving is not None:
            response, self._receiving = self._receiving, None
            response.finish()

    def _person_understood(self, event: RealtimeUserSpeechTranscriptionEvent) -> None:
        """A person's words belong before the answer to them, though the model tells them after it has begun."""
        who = event.participant = event.participant or self._speaker or self.hearing.someone
        reply = self._reply
        answer = reply.message if isinstance(reply, ModelReply) and reply.prompt.participant == who else None
        self.conversation.add("user", event.text, who.user_id if who is not None else "", before=answer)
        known = self.floor.people.get(who.id) if who is not None else None
        if known is not None and known.voiced:  # else these words would be taken for a voice of their own
            self._tell(inputs.FinalTranscript(known.name, event.text))

    # -- what the floor decides -------------------------------------------------------------------------------

    def _make_reply(self, epoch: int, prompt: Prompt, request: int | None) -> Reply:
        if prompt.verbatim:
            return SpokenReply(epoch, prompt, self._voice, self.conversation, self._listeners())
        reply = ModelReply(
            epoch,
            prompt,
            self._output,
            self.conversation,
            self._listeners(),
            interrupt=self._model.interrupt,
            gave_up=self._gave_up,
        )
        response = self._offered.pop(request, None) if request is not None else None
        if response is not None:
            self._loop.call_soon(self._take_over, reply, response)
        else:
            self._asking = self._loop.create_task(self._ask(reply))
        return reply

    def _take_over(self, reply: ModelReply, response: Response) -> None:
        if not reply.cut_off:
            reply.take_over(response)

    async def _ask(self, reply: ModelReply) -> None:
        """Give the model a prompt; its response is the reply. Ends the reply when none comes."""
        limit = self._voice.limits.llm_s
        try:
            async with asyncio.timeout(limit):
                await self._model.simple_response(reply.prompt.text, list(self._voice.processors), None)
        except Exception as error:
            self._model._emit_error_event(error, context="answering")
            if not reply.cut_off and reply.response is None:
                reply.finish()
            return
        self._loop.call_later(limit, self._unanswered, reply)

    def _unanswered(self, reply: ModelReply) -> None:
        if reply is self._reply and reply.response is None:
            limit = self._voice.limits.llm_s
            self._model._emit_error_event(TimeoutError(f"no answer for {limit:g} s"), context="answering")
            reply.finish()

    def _gave_up(self, reply: ModelReply) -> None:
        """The reply was cut: whatever has not been played of the model's responses is stale."""
        for response in (reply.response, *self._offered.values()):
            if response is not None and response.id:
                self._stale.add(response.id)
        self._offered = {number: Response(done=True) for number in self._offered}
        if self._receiving is not None:
            self._dropping = not self._receiving.id
            self._receiving = None
