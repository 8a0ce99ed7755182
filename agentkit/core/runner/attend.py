"""``run``: one agent in one call, told in the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import typer

from agentkit.core.agents.events import AgentTurnEnded, UserTurnEnded
from agentkit.core.agents.sessions import EndReason
from agentkit.core.edge.events import ParticipantJoinedEvent, ParticipantLeftEvent

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent
    from agentkit.core.agents.launcher import AgentLauncher
    from agentkit.core.edge import Call

logger = logging.getLogger(__name__)

_ENDINGS = {
    EndReason.FINISHED: "the call is over",
    EndReason.IDLE: "nobody else was there any more",
    EndReason.EXPIRED: "it had been there for as long as it may",
}


@runtime_checkable
class HasJoinLink(Protocol):
    """An edge whose calls have an address at which a person can join."""

    def join_link(self, call: Call) -> str: ...


async def attend(
    launcher: AgentLauncher,
    call_type: str,
    call_id: str | None,
    *,
    demo: bool,
    say: Callable[[str], None] = typer.echo,
) -> None:
    """Launch one session and see it through. When cancelled, the agent leaves at once."""
    try:
        await launcher.start()
        session = await launcher.launch(call_type, call_id)
        agent = session.agent
        assert agent is not None
        _tell_turns(agent, say)
        _tell_when_alone(agent, launcher.agent_idle_timeout, say)
        await session.joined()
        say(
            f"{agent.agent_user.name or agent.agent_user.id or 'the agent'} is in call {call_type}/{session.call_id}"
        )
        say(_how_to_join(agent, session.call))
        if demo:
            await _open_demo(agent, session.call, say)
        await session.wait()
        if session.end_reason in _ENDINGS:
            say(f"left: {_ENDINGS[session.end_reason]}")
    finally:
        await launcher.stop(timeout=0)


def _how_to_join(agent: Agent, call: Call) -> str:
    if isinstance(agent.edge, HasJoinLink):
        return f"join link: {agent.edge.join_link(call)}"
    return f"join it with a client of {type(agent.edge).__module__}: call type {call.call_type!r}, call id {call.id!r}"


async def _open_demo(agent: Agent, call: Call, say: Callable[[str], None]) -> None:
    try:
        await agent.edge.open_demo(call)
    except NotImplementedError:
        pass  # this edge has no demo
    except Exception as error:
        logger.exception("opening the demo")
        say(f"the demo could not be opened ({error}); the call goes on without it")


def _tell_turns(agent: Agent, say: Callable[[str], None]) -> None:
    def user_turn(event: UserTurnEnded) -> None:
        if not event.eager:
            say(f"{event.participant.user_id if event.participant else 'someone'}: {event.text}")

    def agent_turn(event: AgentTurnEnded) -> None:
        say(f"{agent.agent_user.name or 'agent'}: {event.heard_text}{' ...' if event.interrupted else ''}")

    agent.events.tap(user_turn, UserTurnEnded)
    agent.events.tap(agent_turn, AgentTurnEnded)


def _tell_when_alone(agent: Agent, patience_s: float | None, say: Callable[[str], None]) -> None:
    """Say that the agent waits, and how long, once everybody else has left."""
    here: set[str] = set()

    def joined(event: ParticipantJoinedEvent) -> None:
        if event.participant is not None:
            here.add(event.participant.id)

    def left(event: ParticipantLeftEvent) -> None:
        if event.participant is None or event.participant.id not in here:
            return
        here.remove(event.participant.id)
        if not here:
            patience = f" {patience_s:g} s" if patience_s is not None else ""
            say(f"everyone has left; waiting{patience} for someone to come; Ctrl-C ends the call")

    agent.events.tap(joined, ParticipantJoinedEvent)
    agent.events.tap(left, ParticipantLeftEvent)
