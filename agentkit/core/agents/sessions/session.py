"""One agent in one call, from launch to end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentkit.core import clock
from agentkit.core.agents.bounded import STOP_LIMIT_S
from agentkit.core.agents.events import AgentJoinedEvent
from agentkit.core.agents.sessions.meter import SessionMeter
from agentkit.core.agents.sessions.record import EndReason, SessionMetrics, SessionRecord, SessionState
from agentkit.core.edge.call import Call

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent

logger = logging.getLogger(__name__)

LEAVE_LIMIT_S = 5 * STOP_LIMIT_S
"""How long a cancelled `join_call` may take to see its agent out before it is left behind."""

NOTICEABLE_S = 0.001
"""Time left that is no more than a rounding of the loop's clock."""


class AgentSession:
    """An agent at work in a call. Made by `AgentLauncher.launch`.

    ``agent`` is None until it has been made; ``error`` is what ended a session that failed; ``end_reason`` is None
    while it goes on.
    """

    def __init__(
        self,
        call_type: str,
        call_id: str,
        *,
        node_id: str,
        make: Callable[[], Awaitable[Agent]],
        attend: Callable[[Agent], Awaitable[None]],
        ended: Callable[[AgentSession], Awaitable[None]],
    ) -> None:
        self.id = clock.new_id()
        self.call_type = call_type
        self.call_id = call_id
        self.node_id = node_id
        self.started_at = datetime.fromtimestamp(clock.now(), UTC)
        self.agent: Agent | None = None
        self.error: BaseException | None = None
        self.end_reason: EndReason | None = None
        self._loop = asyncio.get_running_loop()
        self._make = make
        self._attend = attend
        self._tell_ended = ended
        self._meter = SessionMeter()
        self._made: asyncio.Future[None] = self._loop.create_future()
        self._joined: asyncio.Future[None] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._life: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._close_reason: EndReason | None = None
        self._closing: asyncio.Task[None] | None = None
        self._farewell: asyncio.Task[None] | None = None

    # -- looking at it ----------------------------------------------------------------------------------------

    @property
    def state(self) -> SessionState:
        """Where it is in its life."""
        if self.end_reason is not None:
            return SessionState.FAILED if self.error is not None else SessionState.ENDED
        if self._close_reason is not None:
            return SessionState.CLOSING
        return SessionState.ACTIVE if self._joined.done() else SessionState.STARTING

    @property
    def call(self) -> Call:
        """The call: the transport's own once the agent is joining it, before that just its type and id."""
        joined = self.agent.call if self.agent is not None else None
        return joined or Call(id=self.call_id, call_type=self.call_type)

    @property
    def metrics(self) -> SessionMetrics:
        """What has been measured so far."""
        return self._meter.read()

    def record(self) -> SessionRecord:
        """The session as others see it."""
        return SessionRecord(
            id=self.id,
            node=self.node_id,
            call_type=self.call_type,
            call_id=self.call_id,
            state=self.state,
            started_at=self.started_at,
            metrics=self.metrics,
        )

    async def joined(self) -> None:
        """Return when the agent is in the call.

        Raises what kept it from joining, or `RuntimeError` when the session ended without an attempt.
        """
        await asyncio.wait([self._joined, self._over], return_when=asyncio.FIRST_COMPLETED)
        if not self._joined.done():
            raise self.error or RuntimeError(
                f"session {self.id} ended before its agent was in the call; "
                "join_call has to enter `async with agent.join(call):`"
            )

    async def over(self) -> None:
        """Return when the session has ended, well or not, and its place is free."""
        await asyncio.shield(self._over)

    async def wait(self) -> None:
        """Return when the session has ended. Raises what made it fail."""
        await self.over()
        if self.error is not None:
            raise self.error

    async def close(self, reason: EndReason = EndReason.CLOSED) -> None:
        """Have the agent leave; return when it has. Ends within seconds. Calling it again waits for the first."""
        self.close_soon(reason)
        await asyncio.shield(self._over)

    def close_soon(self, reason: EndReason = EndReason.CLOSED) -> None:
        """Have the agent leave, without waiting for it."""
        if self._closing is None and self.end_reason is None:
            self._close_reason = reason
            self._closing = self._loop.create_task(self._close(), name=f"closing session {self.id}")

    # -- its life ---------------------------------------------------------------------------------------------

    def begin(self, idle_timeout_s: float | None, max_duration_s: float | None) -> None:
        """Make the agent and send it into the call; end it when it is alone, or has been there, for too long."""
        self._life = self._loop.create_task(self._live(idle_timeout_s), name=f"session {self.id}")
        self._life.add_done_callback(self._ended)
        if max_duration_s is not None:
            self._timer = self._loop.call_later(max_duration_s, self.close_soon, EndReason.EXPIRED)

    async def made(self) -> None:
        """Return when there is an agent. Raises what `create_agent` raised."""
        await asyncio.wait([self._made, self._over], return_when=asyncio.FIRST_COMPLETED)
        if not self._made.done():
            raise self.error or RuntimeError(f"session {self.id} was closed before it had an agent")

    async def _live(self, idle_timeout_s: float | None) -> None:
        agent = self.agent = await self._make()
        self._meter.attach(agent)
        agent.events.tap(self._has_joined, AgentJoinedEvent)
        self._made.set_result(None)
        company = None
        if idle_timeout_s is not None:
            company = self._loop.create_task(self._leave_when_alone(agent, idle_timeout_s))
        try:
            await self._attend(agent)
        finally:
            if company is not None:
                company.cancel()
            await agent.close()

    def _has_joined(self, event: AgentJoinedEvent) -> None:
        if not self._joined.done():
            self._joined.set_result(None)

    async def _leave_when_alone(self, agent: Agent, timeout_s: float) -> None:
        """Close the session once nobody has been with the agent for ``timeout_s``."""
        await asyncio.wait([self._joined])
        try:
            await agent.wait_for_participant(timeout_s)
            # No polling: it sleeps until the earliest instant at which everyone can have been gone for long enough.
            while (left_s := timeout_s - agent.idle_for()) > NOTICEABLE_S:  # noqa: ASYNC110
                await asyncio.sleep(left_s)
        except TimeoutError:
            pass  # nobody came at all
        except ConnectionError:
            return  # the call was over before
        self.close_soon(EndReason.IDLE)

    async def _close(self) -> None:
        assert self._life is not None
        if self._joined.done() and self.agent is not None:
            # `agent.finish()` returns, and join_call does what it does after a call.
            await self.agent.close()
            await asyncio.wait([self._life], timeout=STOP_LIMIT_S)
        if not self._life.done():
            self._life.cancel()
            await asyncio.wait([self._life], timeout=LEAVE_LIMIT_S)
        if not self._life.done():
            logger.error(
                "session %s: join_call did not end when it was cancelled, and is left behind", self.id
            )
            self._ended(None)

    def _ended(self, life: asyncio.Task[None] | None) -> None:
        """It is over: because its task is, or because that could not be waited for."""
        error = life.exception() if life is not None and not life.cancelled() else None
        if self.end_reason is not None:
            return
        self._meter.stop()
        if self._timer is not None:
            self._timer.cancel()
        if self._close_reason is not None and error is not None:
            logger.warning("session %s: join_call failed while it was closed", self.id, exc_info=error)
        elif error is not None:
            self.error = error
        self.end_reason = self._close_reason or (EndReason.FAILED if error else EndReason.FINISHED)
        self._farewell = self._loop.create_task(self._say_ended())

    async def _say_ended(self) -> None:
        try:
            await self._tell_ended(self)
        finally:
            self._over.set_result(None)
