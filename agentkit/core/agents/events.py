"""What an agent says about itself: turns, interruptions, replies.

``epoch`` numbers the replies of one call. All times of playout are as heard in the call.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.core.events import BaseEvent


@dataclass(kw_only=True)
class AgentJoinedEvent(BaseEvent):
    """The agent is in the call and listens."""

    type: str = "agent.joined"


@dataclass(kw_only=True)
class AgentFinishEvent(BaseEvent):
    """The agent has left the call."""

    type: str = "agent.finished"


@dataclass(kw_only=True)
class UserTurnEnded(BaseEvent):
    """``participant`` said ``text`` and now it is the agent's turn; with ``eager`` it only looks like it."""

    type: str = "agent.user_turn_ended"
    text: str = ""
    eager: bool = False


@dataclass(kw_only=True)
class ReplyStarted(BaseEvent):
    """A reply to ``text`` is being prepared. While ``eager``, nothing of it can be heard."""

    type: str = "agent.reply_started"
    epoch: int = 0
    text: str = ""
    eager: bool = False


@dataclass(kw_only=True)
class ReplyCancelled(BaseEvent):
    """A reply of which nothing had been heard was given up."""

    type: str = "agent.reply_cancelled"
    epoch: int = 0
    reason: str = ""


@dataclass(kw_only=True)
class AgentTurnStarted(BaseEvent):
    """The first sample of a reply was played."""

    type: str = "agent.turn_started"
    epoch: int = 0


@dataclass(kw_only=True)
class AgentYielded(BaseEvent):
    """The agent fell silent because ``participant`` speaks: playout was emptied in this instant."""

    type: str = "agent.yielded"
    epoch: int = 0


@dataclass(kw_only=True)
class AgentResumed(BaseEvent):
    """It was a false interruption: the agent goes on with the next sample."""

    type: str = "agent.resumed"
    epoch: int = 0


@dataclass(kw_only=True)
class AgentTurnEnded(BaseEvent):
    """Playout of a reply ended, or was cut. Exactly one follows each `AgentTurnStarted`.

    ``text`` was generated, ``heard_text`` was played, to the last whole word, in ``heard_ms``.
    ``participant`` is who interrupted.
    """

    type: str = "agent.turn_ended"
    epoch: int = 0
    interrupted: bool = False
    text: str = ""
    heard_text: str = ""
    heard_ms: float = 0.0
