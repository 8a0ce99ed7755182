"""Turns and their stages as OpenTelemetry spans."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agentkit.core.agents.events import (
    AgentFinishEvent,
    AgentTurnEnded,
    AgentTurnStarted,
    ReplyCancelled,
    ReplyStarted,
    UserTurnEnded,
)
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager
from agentkit.core.llm.events import LLMRequestStartedEvent, LLMResponseEvent
from agentkit.core.stt import STTTranscriptEvent
from agentkit.core.tts import TTSSynthesisCompleteEvent, TTSSynthesisStartEvent
from agentkit.core.vad import VADSpeechStartedEvent

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


def record_spans(
    events: EventManager, tracer: Tracer | None = None, *, call_id: str = ""
) -> Callable[[], None]:
    """Record a span for every turn of a person and of the agent, with one inside for each stage.

    ::

        user.turn          a voice begins ... the turn has ended
          stt              a voice begins ... its final transcript
        agent.turn         the reply is prepared ... its sound has ended, or it was given up
          llm              the model is asked ... its answer is whole
          tts              a sentence goes in ... its sound is whole
          playout          the first sample ... the last

    Spans carry the events' own times, so those of a simulated call are virtual. What people say is not recorded, only
    how much. ``tracer`` is the global tracer provider's unless given. Nothing happens where OpenTelemetry is missing.
    Returns a function that stops it.
    """
    if tracer is None:
        try:
            from opentelemetry import trace
        except ImportError:
            return lambda: None
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return lambda: None  # nobody has set one up, so nobody looks
        tracer = trace.get_tracer("agentkit")
    spans = Spans(tracer, {"call.id": call_id} if call_id else {})
    return events.tap(spans.see, *spans.rules)


class Spans:
    """The open spans of one call, by what they are about."""

    def __init__(self, tracer: Tracer, attributes: dict[str, Any]) -> None:
        self._tracer = tracer
        self._attributes = attributes
        self._open: dict[tuple[str, str], Span] = {}
        self._epoch = ""
        self.rules: dict[type[BaseEvent], Callable[[Any], None]] = {
            VADSpeechStartedEvent: self._voice_began,
            STTTranscriptEvent: self._transcript,
            UserTurnEnded: self._user_turn_ended,
            ReplyStarted: self._reply_started,
            LLMRequestStartedEvent: self._llm_asked,
            LLMResponseEvent: self._llm_answered,
            TTSSynthesisStartEvent: self._tts_asked,
            TTSSynthesisCompleteEvent: self._tts_done,
            AgentTurnStarted: self._playout_began,
            AgentTurnEnded: self._reply_ended,
            ReplyCancelled: self._reply_ended,
            AgentFinishEvent: self._finished,
            ErrorEvent: self._failed,
        }

    def see(self, event: BaseEvent) -> None:
        """Take in one event."""
        rule = self.rules.get(type(event))
        if rule is None and isinstance(event, ErrorEvent):
            rule = self._failed
        if rule is not None:
            rule(event)

    # -- people -----------------------------------------------------------------------------------------------

    def _voice_began(self, event: VADSpeechStartedEvent) -> None:
        who = event.participant.id if event.participant is not None else ""
        at = event.timestamp - event.speech_ms / 1000
        turn = self._begin("user.turn", who, at, {"participant": who})
        self._begin("stt", who, at, {"plugin": event.plugin_name}, inside=turn)

    def _transcript(self, event: STTTranscriptEvent) -> None:
        who = event.participant.id if event.participant is not None else ""
        self._end("stt", who, event.timestamp, {"plugin": event.plugin_name, "characters": len(event.text)})

    def _user_turn_ended(self, event: UserTurnEnded) -> None:
        if not event.eager:
            who = event.participant.id if event.participant is not None else ""
            self._end("stt", who, event.timestamp)
            self._end("user.turn", who, event.timestamp, {"characters": len(event.text)})

    # -- the agent --------------------------------------------------------------------------------------------

    def _reply_started(self, event: ReplyStarted) -> None:
        self._epoch = str(event.epoch)
        self._begin("agent.turn", self._epoch, event.timestamp, {"epoch": event.epoch, "eager": event.eager})

    def _llm_asked(self, event: LLMRequestStartedEvent) -> None:
        self._stage("llm", self._epoch, event)

    def _llm_answered(self, event: LLMResponseEvent) -> None:
        told = {"first_token_ms": event.first_token_ms, "characters": len(event.text)}
        self._end("llm", self._epoch, event.timestamp, told)

    def _tts_asked(self, event: TTSSynthesisStartEvent) -> None:
        self._stage("tts", f"{self._epoch}/{event.synthesis_id}", event)

    def _tts_done(self, event: TTSSynthesisCompleteEvent) -> None:
        told = {"first_audio_ms": event.first_audio_ms, "audio_ms": event.audio_ms}
        self._end("tts", f"{self._epoch}/{event.synthesis_id}", event.timestamp, told)

    def _playout_began(self, event: AgentTurnStarted) -> None:
        self._begin("playout", self._epoch, event.timestamp, {}, inside=self._turn)

    def _reply_ended(self, event: AgentTurnEnded | ReplyCancelled) -> None:
        epoch = str(event.epoch)
        told: dict[str, Any] = (
            {"cancelled": event.reason}
            if isinstance(event, ReplyCancelled)
            else {"interrupted": event.interrupted, "heard_ms": event.heard_ms}
        )
        for name, key in [k for k in self._open if k[0] in ("llm", "tts", "playout")]:
            if key.split("/")[0] == epoch:
                self._end(name, key, event.timestamp)
        self._end("agent.turn", epoch, event.timestamp, told)

    def _finished(self, event: AgentFinishEvent) -> None:
        for name, key in list(self._open):
            self._end(name, key, event.timestamp)

    def _failed(self, event: ErrorEvent) -> None:
        turn = self._turn
        if turn is not None:
            turn.add_event(
                "error", {"type": event.type, "error": event.error_message, "context": event.context}
            )

    # -- spans ------------------------------------------------------------------------------------------------

    @property
    def _turn(self) -> Span | None:
        return self._open.get(("agent.turn", self._epoch))

    def _stage(self, name: str, key: str, event: LLMRequestStartedEvent | TTSSynthesisStartEvent) -> None:
        told = {"plugin": event.plugin_name, "characters": len(event.text)}
        self._begin(name, key, event.timestamp, told, inside=self._turn)

    def _begin(
        self, name: str, key: str, at: float, attributes: dict[str, Any], inside: Span | None = None
    ) -> Span:
        from opentelemetry.trace import set_span_in_context

        if (name, key) in self._open:
            return self._open[name, key]
        context = set_span_in_context(inside) if inside is not None else None
        span = self._tracer.start_span(
            name, context, start_time=_ns(at), attributes={**self._attributes, **attributes}
        )
        self._open[name, key] = span
        return span

    def _end(self, name: str, key: str, at: float, attributes: dict[str, Any] | None = None) -> None:
        span = self._open.pop((name, key), None)
        if span is not None:
            span.set_attributes(attributes or {})
            span.end(end_time=_ns(at))


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
