"""Launching agents into calls, as many as there may be, for as long as they may stay."""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from agentkit.core import clock
from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within
from agentkit.core.agents.sessions import (
    AgentSession,
    EndReason,
    InMemorySessionRegistry,
    LauncherNotReady,
    RegistryUnavailable,
    SessionLimitExceeded,
    SessionLimits,
    SessionRecord,
    SessionRegistry,
)
from agentkit.core.agents.warmup import warm_up

if TYPE_CHECKING:
    from agentkit.core.agents.agent import Agent

logger = logging.getLogger(__name__)

GRACE_S = 25.0
"""How long calls may go on once a launcher was told to stop: a little less than Kubernetes gives a pod to end."""

IDLE_TIMEOUT_S = 60.0
"""How long an agent stays in a call without company unless told otherwise."""


class LauncherState(enum.StrEnum):
    """Where a launcher is in its life; only a ready one launches."""

    NEW = "not started"
    WARMING = "warming up"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"


class AgentLauncher:
    """Makes agents and sends them into calls.

    - ``create_agent(**kwargs)`` makes an agent, ``join_call(agent, call_type, call_id, **kwargs)`` takes it through a
      call. Both may be plain or async. For the warm-up an agent is made without any ``kwargs``.
    - ``agent_idle_timeout``: seconds an agent stays alone in a call, also if nobody ever comes; None or 0: for ever.
    - ``max_concurrent_sessions``, ``max_sessions_per_call``: counted over all nodes that share ``registry``.
    - ``max_session_duration_seconds``: after this a session is closed, whatever goes on in it.
    """

    def __init__(
        self,
        create_agent: Callable[..., Awaitable[Agent] | Agent],
        join_call: Callable[..., Awaitable[None] | None],
        *,
        agent_idle_timeout: float | None = IDLE_TIMEOUT_S,
        max_concurrent_sessions: int | None = None,
        max_sessions_per_call: int | None = None,
        max_session_duration_seconds: float | None = None,
        registry: SessionRegistry | None = None,
    ) -> None:
        """Raises `ValueError` for limits and times that no session could keep."""
        if agent_idle_timeout is not None and agent_idle_timeout < 0:
            raise ValueError(
                f"agent_idle_timeout is {agent_idle_timeout}; expected seconds, or None for no limit"
            )
        if max_session_duration_seconds is not None and max_session_duration_seconds <= 0:
            raise ValueError(
                f"max_session_duration_seconds is {max_session_duration_seconds}; expected more than 0, or None for "
                "no limit"
            )
        self.limits = SessionLimits(max_concurrent_sessions, max_sessions_per_call)
        self.registry = registry or InMemorySessionRegistry()
        self.state = LauncherState.NEW
        self.started = 0
        self.ended: Counter[EndReason] = Counter()
        self.refused: Counter[str] = Counter()
        self.node_id = clock.new_id()
        self._create_agent = create_agent
        self._join_call = join_call
        self.agent_idle_timeout = agent_idle_timeout or None
        self._max_duration_s = max_session_duration_seconds
        self._claiming: dict[str, SessionRecord] = {}
        self._sessions: dict[str, AgentSession] = {}
        self._past: Counter[str] = Counter()
        self._warming: asyncio.Task[None] | None = None

    # -- its life ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Join the registry and warm up. Sessions can be launched when this has returned.

        Raises what went wrong; it may be tried again then. Raises `RuntimeError` when it has been started before.
        """
        if self.state is not LauncherState.NEW:
            raise RuntimeError(f"this launcher is {self.state}; a launcher is started once")
        self.state = LauncherState.WARMING
        try:
            await self.registry.join(self)
            await self.warmup()
        except BaseException:
            if self.state is LauncherState.WARMING:
                self._give_up_warming()
                await self._leave_registry()
                self.state = LauncherState.NEW
            raise
        self.state = LauncherState.READY

    async def warmup(self) -> None:
        """Make an agent and get ready, once, whatever of it is `Warmable`. `start` does this.

        The agent is closed again: what is warm is what its components share with those of later agents.
        """
        if self._warming is None:
            self._warming = asyncio.get_running_loop().create_task(self._warm_up(), name="warm-up")
        warming = self._warming
        await asyncio.wait([warming])
        if warming.cancelled():
            raise LauncherNotReady("the launcher was stopped while it was warming up")
        if (error := warming.exception()) is not None:
            self._warming = None
            raise error

    async def stop(self, timeout: float | None = GRACE_S) -> None:
        """Launch nothing more, let calls go on for up to ``timeout`` seconds (None: until they end), then close them.

        Calling it again while calls go on makes the shorter of the two times count.
        """
        if self.state is LauncherState.STOPPED:
            return
        self.state = LauncherState.STOPPING
        self._give_up_warming()
        if self._sessions:
            over = [asyncio.ensure_future(session.over()) for session in self.sessions]
            await asyncio.wait(over, timeout=timeout)
            await asyncio.gather(*(session.close(EndReason.STOPPED) for session in self.sessions), *over)
        await self._leave_registry()
        self.state = LauncherState.STOPPED

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- sessions ---------------------------------------------------------------------------------------------

    async def launch(
        self, call_type: str = "default", call_id: str | None = None, **kwargs: Any
    ) -> AgentSession:
        """Make an agent and send it into a call, a new one if ``call_id`` is None.

        Returns when there is an agent, which then is on its way (`AgentSession.joined` waits for it). ``kwargs`` go to
        ``create_agent`` and ``join_call``, to each those that it takes.

        Raises `SessionLimitExceeded`, `LauncherNotReady` and `RegistryUnavailable`; `TypeError` for a keyword that
        neither of the two takes; and what ``create_agent`` raises.
        """
        for_agent, for_call = self._share(kwargs)
        if self.state is not LauncherState.READY:
            self.refused["not_ready"] += 1
            raise LauncherNotReady(
                f"the launcher is {self.state}; sessions can be launched while it is ready"
            )
        session = AgentSession(
            call_type,
            call_id or clock.new_id(),
            node_id=self.node_id,
            make=lambda: self._made(**for_agent),
            attend=lambda agent: _awaited(
                self._join_call(agent, session.call_type, session.call_id, **for_call)
            ),
            ended=self._session_ended,
        )
        await self._claim(session)
        self.started += 1
        session.begin(self.agent_idle_timeout, self._max_duration_s)
        try:
            await session.made()
        except asyncio.CancelledError:
            session.close_soon()
            raise
        return session

    @property
    def sessions(self) -> list[AgentSession]:
        """The sessions that run on this node, oldest first."""
        return list(self._sessions.values())

    def session(self, session_id: str) -> AgentSession | None:
        """The session of that id, if it runs on this node."""
        return self._sessions.get(session_id)

    async def find(self, session_id: str) -> SessionRecord | None:
        """What is known of a session, on whichever node it runs; None if there is none."""
        session = self._sessions.get(session_id)
        return session.record() if session is not None else await self.registry.find(session_id)

    async def close_session(self, session_id: str) -> bool | None:
        """Close a session. True: it is closed. False: it runs on another node, which has been asked. None: unknown."""
        session = self._sessions.get(session_id)
        if session is not None:
            await session.close()
            return True
        return False if await self.registry.request_close(session_id) else None

    def totals(self) -> Counter[str]:
        """The turns, interruptions and errors of all sessions on this node, past and present."""
        totals = Counter(self._past)
        for session in self._sessions.values():
            totals.update(session.metrics.counts())
        return totals

    # -- what the registry asks -------------------------------------------------------------------------------

    def records(self) -> list[SessionRecord]:
        """The sessions that run on this node, as others see them."""
        return [*self._claiming.values(), *(session.record() for session in self._sessions.values())]

    def close_requested(self, session_id: str) -> None:
        """Somebody on another node wants a session closed."""
        if (session := self._sessions.get(session_id)) is not None:
            session.close_soon()

    # -- inside -----------------------------------------------------------------------------------------------

    async def _claim(self, session: AgentSession) -> None:
        """Find a place for ``session``, or raise."""
        record = self._claiming[session.id] = session.record()
        try:
            await self.registry.claim(record, self.limits)
            if self.state is not LauncherState.READY:
                raise LauncherNotReady(f"the launcher is {self.state}")
        except SessionLimitExceeded as refusal:
            self.refused[refusal.limit] += 1
            raise
        except BaseException as error:
            if isinstance(error, LauncherNotReady | RegistryUnavailable):
                self.refused["not_ready"] += 1
            await self._release(record)
            raise
        finally:
            del self._claiming[session.id]
        self._sessions[session.id] = session

    async def _session_ended(self, session: AgentSession) -> None:
        del self._sessions[session.id]
        assert session.end_reason is not None
        self.ended[session.end_reason] += 1
        self._past.update(session.metrics.counts())
        logger.info(
            "session %s in call %s/%s: %s", session.id, session.call_type, session.call_id, session.end_reason
        )
        await self._release(session.record())

    async def _release(self, record: SessionRecord) -> None:
        failures = await all_within(STOP_LIMIT_S, {"registry": self.registry.release(record)})
        for error in failures.values():
            logger.warning("session %s: the registry did not hear that it is over: %s", record.id, error)

    async def _leave_registry(self) -> None:
        failures = await all_within(STOP_LIMIT_S, {"registry": self.registry.leave(self.node_id)})
        for error in failures.values():
            logger.warning("the registry did not hear that this node is gone: %s", error)

    async def _warm_up(self) -> None:
        agent = await self._made()
        try:
            await warm_up(agent)
        finally:
            await agent.close()

    async def _made(self, **kwargs: Any) -> Agent:
        from agentkit.core.agents.agent import Agent

        agent = await _awaited(self._create_agent(**kwargs))
        if not isinstance(agent, Agent):
            raise TypeError(f"create_agent returned {agent!r}; it has to return the Agent that it makes")
        return agent

    def _give_up_warming(self) -> None:
        if self._warming is not None:
            self._warming.cancel()

    def _share(self, kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What of ``kwargs`` is for ``create_agent``, and what for ``join_call``."""
        for_agent, for_call = _taken(self._create_agent, kwargs), _taken(self._join_call, kwargs)
        if unknown := sorted(set(kwargs) - set(for_agent) - set(for_call)):
            raise TypeError(
                f"launch(): neither create_agent nor join_call takes {', '.join(unknown)}; add it to the parameters "
                "of one of them, or **kwargs"
            )
        return for_agent, for_call


def _taken(function: Callable[..., Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keywords ``offered`` that ``function`` has a parameter for."""
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return dict(offered)
    names = {parameter.name for parameter in parameters if parameter.kind is not parameter.POSITIONAL_ONLY}
    return {name: value for name, value in offered.items() if name in names}


async def _awaited(made: Any) -> Any:
    return await made if inspect.isawaitable(made) else made
