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
    """What has been measured in one session so far."""

    model_config = ConfigDict(frozen=True)

    duration_s: float = Field(
        default=0.0, description="Seconds since the session was launched, until it ended."
    )
    on_call_s: float = Field(default=0.0, description="Seconds since the agent joined the call.")
    idle_s: float = Field(default=0.0, description="Seconds since the last participant left; 0 in company.")
    user_turns: int = Field(default=0, description="Turns of people that ended.")
    agent_turns: int = Field(default=0, description="Turns of the agent of which something was heard.")
    interruptions: int = Field(default=0, description="Turns of the agent that were cut.")
    errors: int = Field(default=0, description="Failures of providers, processors and event handlers.")
    agent_speech_s: float = Field(default=0.0, description="Seconds of the agent's speech that were heard.")
    response_latency_ms: float | None = Field(
        default=None,
        description="Mean time from the end of a person's turn to the first sample of the answer.",
    )


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
