"""What there is to know about a session, in a form that can be stored, sent and shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class SessionState(StrEnum):
    """Where a session is in its life."""

    STARTING = "starting"
    """The agent is being made, or is on its way into the call."""
    ACTIVE = "active"
    """The agent is in the call."""
    CLOSING = "closing"
    """The agent is leaving because it was told to."""
    ENDED = "ended"
    FAILED = "failed"


class EndReason(StrEnum):
    """What ended a session."""

    FINISHED = "finished"
    """``join_call`` returned by itself, usually because the call ended."""
    FAILED = "failed"
    """``create_agent`` or ``join_call`` raised."""
    IDLE = "idle"
    """The agent was alone for ``agent_idle_timeout``."""
    EXPIRED = "expired"
    """It had lasted ``max_session_duration_seconds``."""
    CLOSED = "closed"
    """Somebody asked for it."""
    STOPPED = "stopped"
    """The launcher was stopped."""


class SessionMetrics(BaseModel):
    """What has been measured in one session so far. Of each latency, the mean; None where there was none to measure."""

    model_config = ConfigDict(frozen=True)

    duration_s: float = Field(
        default=0.0, description="Seconds since the session was launched, until it ended."
    )
    on_call_s: float = Field(default=0.0, description="Seconds since the agent joined the call.")
    idle_s: float = Field(default=0.0, description="Seconds since the last participant left; 0 in company.")
    participants: int = Field(default=0, description="How many are in the call besides the agent.")
    user_turns: int = Field(default=0, description="Turns of people that ended.")
    agent_turns: int = Field(default=0, description="Turns of the agent of which something was heard.")
    agent_speech_s: float = Field(default=0.0, description="Seconds of the agent's speech that were heard.")
    interruptions: int = Field(default=0, description="Turns of the agent that somebody cut.")
    false_interruptions: int = Field(default=0, description="Times that the agent paused for nothing.")
    errors: int = Field(default=0, description="Failures of providers, processors and event handlers.")
    response_latency_ms: float | None = Field(
        default=None, description="From the end of a voice to the first sample of the answer."
    )
    turn_detection_delay_ms: float | None = Field(
        default=None, description="From the end of a voice until the turn was taken for over."
    )
    stt_latency_ms: float | None = Field(
        default=None, description="From the end of a voice to its transcript."
    )
    llm_first_token_ms: float | None = Field(default=None, description="From request to first token.")
    tts_first_audio_ms: float | None = Field(default=None, description="From request to first sound.")

    def counts(self) -> dict[str, int]:
        """What adds up over sessions, by name."""
        names = ("user_turns", "agent_turns", "interruptions", "false_interruptions", "errors")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def means(cls) -> list[str]:
        """The names of the latencies."""
        return [name for name in cls.model_fields if name.endswith("_ms")]


class SessionRecord(BaseModel):
    """One session as others see it."""

    model_config = ConfigDict(frozen=True)

    id: str
    node: str = Field(description="The process that the agent runs in.")
    call_type: str
    call_id: str
    state: SessionState
    started_at: datetime
    metrics: SessionMetrics = SessionMetrics()
