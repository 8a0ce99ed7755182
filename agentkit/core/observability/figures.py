"""Figures of a running call, read off its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agentkit.core.agents.events import (
    AgentResumed,
    AgentTurnEnded,
    AgentTurnStarted,
    ReplyStarted,
    UserTurnEnded,
)
from agentkit.core.edge.events import ParticipantJoinedEvent, ParticipantLeftEvent
from agentkit.core.events import BaseEvent, ErrorEvent
from agentkit.core.llm.events import LLMResponseEvent
from agentkit.core.stt import STTTranscriptEvent
from agentkit.core.tts import TTSSynthesisCompleteEvent
from agentkit.core.vad import VADSpeechEndedEvent


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. Latencies are in milliseconds, everything else counts (+1, -1)."""

    name: str
    value: float
    plugin: str = ""


RESPONSE_LATENCY = "response_latency_ms"
TURN_DETECTION_DELAY = "turn_detection_delay_ms"
STT_LATENCY = "stt_latency_ms"
LLM_FIRST_TOKEN = "llm_first_token_ms"
TTS_FIRST_AUDIO = "tts_first_audio_ms"
TTS_AUDIO = "tts_audio_ms"
HEARD = "heard_ms"
TURNS = "agent_turns"
INTERRUPTIONS = "interruptions"
FALSE_INTERRUPTIONS = "false_interruptions"
ERRORS = "errors"
PARTICIPANTS = "participants"

LATENCIES = (
    RESPONSE_LATENCY,
    TURN_DETECTION_DELAY,
    STT_LATENCY,
    LLM_FIRST_TOKEN,
    TTS_FIRST_AUDIO,
    TTS_AUDIO,
    HEARD,
)
COUNTS = (TURNS, INTERRUPTIONS, FALSE_INTERRUPTIONS, ERRORS, PARTICIPANTS)


class Figures:
    """Turns the events of one call into figures.

    Latencies count from where a voice ended, which a detector tells only after some silence: that silence is taken off.
    Times are those of the events, wall or virtual.
    """

    def __init__(self) -> None:
        self._voice_ended: dict[str, float] = {}
        self._asked_by: dict[int, str] = {}
        self._rules: dict[type[BaseEvent], Callable[[Any], Iterator[Figure]]] = {
            VADSpeechEndedEvent: self._voice,
            STTTranscriptEvent: self._transcript,
            UserTurnEnded: self._user_turn,
            ReplyStarted: self._reply,
            LLMResponseEvent: self._answer,
            TTSSynthesisCompleteEvent: self._synthesis,
            AgentTurnStarted: self._agent_started,
            AgentTurnEnded: self._agent_ended,
            AgentResumed: lambda event: iter([Figure(FALSE_INTERRUPTIONS, 1)]),
            ParticipantJoinedEvent: lambda event: iter([Figure(PARTICIPANTS, 1)]),
            ParticipantLeftEvent: lambda event: iter([Figure(PARTICIPANTS, -1)]),
        }

    @property
    def events(self) -> tuple[type[BaseEvent], ...]:
        """The events that figures are read from."""
        return (*self._rules, ErrorEvent)

    def of(self, event: BaseEvent) -> list[Figure]:
        """What ``event`` tells."""
        rule = self._rules.get(type(event))
        if rule is not None:
            return list(rule(event))
        if isinstance(event, ErrorEvent):
            return [Figure(ERRORS, 1, event.plugin_name)]
        return []

    def _voice(self, event: VADSpeechEndedEvent) -> Iterator[Figure]:
        if event.participant is not None:
            self._voice_ended[event.participant.id] = event.timestamp - event.silence_ms / 1000
        return iter(())

    def _transcript(self, event: STTTranscriptEvent) -> Iterator[Figure]:
        ended = self._voice_ended.get(event.participant.id) if event.participant is not None else None
        if ended is not None:
            yield Figure(STT_LATENCY, _ms(event.timestamp - ended), event.plugin_name)

    def _user_turn(self, event: UserTurnEnded) -> Iterator[Figure]:
        ended = self._voice_ended.get(event.participant.id) if event.participant is not None else None
        if ended is not None and not event.eager:
            yield Figure(TURN_DETECTION_DELAY, _ms(event.timestamp - ended))

    def _reply(self, event: ReplyStarted) -> Iterator[Figure]:
        if event.participant is not None:
            self._asked_by[event.epoch] = event.participant.id
        return iter(())

    def _answer(self, event: LLMResponseEvent) -> Iterator[Figure]:
        yield Figure(LLM_FIRST_TOKEN, event.first_token_ms, event.plugin_name)

    def _synthesis(self, event: TTSSynthesisCompleteEvent) -> Iterator[Figure]:
        yield Figure(TTS_FIRST_AUDIO, event.first_audio_ms, event.plugin_name)
        yield Figure(TTS_AUDIO, event.audio_ms, event.plugin_name)

    def _agent_started(self, event: AgentTurnStarted) -> Iterator[Figure]:
        yield Figure(TURNS, 1)
        ended = self._voice_ended.get(self._asked_by.pop(event.epoch, ""))
        if ended is not None:
            yield Figure(RESPONSE_LATENCY, _ms(event.timestamp - ended))

    def _agent_ended(self, event: AgentTurnEnded) -> Iterator[Figure]:
        yield Figure(HEARD, event.heard_ms)
        if event.interrupted and event.participant is not None:
            yield Figure(INTERRUPTIONS, 1)


def _ms(seconds: float) -> float:
    return 1000 * max(0.0, seconds)
