"""Taking an agent into a simulated call, and seeing it out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from simulator.clock import VirtualLoop, virtual_time
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.playing.factory import AgentFactory, find_factory
from simulator.scenario.playing.making import make_agent
from simulator.scenario.playing.mishaps import place_in, told
from simulator.scenario.playing.stage import Stage
from simulator.trace import Trace, attach

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test

LEAVING_S = 10.0
"""Virtual time an agent may take to leave once the call has ended."""

MAKING_S = 30.0
"""Virtual time that a factory may take; it passes only while the factory sleeps."""

SDKS = ("agentkit.plugins", "aiortc", "getstream")
"""Modules that read the time themselves; during a call they read the call's. The agent's own module is one more."""


class CallStage:
    """``async with CallStage(agent="examples.concierge:create_agent") as call:`` on a `VirtualLoop`.

    The agent is made, joins, and is listening when the block begins; it is made to leave at the end of it. Its edge
    is replaced by the simulated one. ``made`` says whether there is one. Raises `UsageError` when the factory cannot be
    found or used.
    """

    def __init__(
        self,
        *,
        agent: str | AgentFactory,
        name: str = "",
        folders: Sequence[Path] = (),
        providers: dict[str, Any] | None = None,
    ) -> None:
        self._factory, self._attend = find_factory(agent)
        self.made = False
        self._name = name
        self._folders = folders
        self._providers = providers or {}
        self._scope = ExitStack()
        self._attending: asyncio.Task[None] | None = None
        self._stage: Stage | None = None

    async def __aenter__(self) -> Stage:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            raise RuntimeError(
                "a simulated call needs virtual time: run it with simulator.clock.run(), or mark the test "
                "`@pytest.mark.virtual`"
            )
        start_ns = loop.time_ns()
        trace = Trace(lambda: loop.time_ns() - start_ns)
        trace.record("call", "call.started", {"scenario": self._name, "seed": loop.seed})
        own = getattr(self._factory, "__module__", "").split(".", 1)[0]
        self._scope.enter_context(virtual_time(loop, prefixes=(*SDKS, own)))
        call = SimulatedCall(trace=trace, folders=self._folders, trace_frames=True)
        try:
            edge = SimulatedEdge(call)
            agent = await self._make_agent(edge)
            self._scope.callback(attach(agent.events, trace))
            self._stage = self._scope.enter_context(Stage(call, agent, edge))
            self._attending = loop.create_task(self._attend(agent, "default", "simulated"), name="agent")
            await self._agent_joined(trace)
        except BaseException:
            await self._leave(call)
            raise
        return self._stage

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stage is not None
        steps = self._stage.window.unawaited
        forgotten = steps.tell() or ("" if error is not None else steps.tell_unfinished())
        problem = await self._leave(self._stage.simulated)
        if error is not None and forgotten:
            error.add_note(forgotten)
        if error is None and forgotten:
            raise UsageError(forgotten)
        if problem is not None and error is None:
            raise problem

    async def _make_agent(self, edge: SimulatedEdge) -> Agent:
        try:
            async with asyncio.timeout(MAKING_S) as patience:
                agent = await make_agent(self._factory, {"edge": edge, **self._providers})
        except TimeoutError as error:
            if not patience.expired():
                raise
            message = f"there was no agent after {MAKING_S:g} s; what makes it waits at {place_in(error)}"
            raise UsageError(message) from error
        agent.edge = edge
        self.made = True
        return agent

    async def _agent_joined(self, trace: Trace) -> None:
        """Return when the agent listens; raise what kept it from joining."""
        assert self._attending is not None
        with trace.watch(lambda record: record.kind == "agent.joined") as joined:
            joining = asyncio.ensure_future(joined.wait())
            await asyncio.wait([joining, self._attending], return_when=asyncio.FIRST_COMPLETED)
            joining.cancel()
            if joined.record is None:
                self._attending.result()
                raise StepFailed("the agent left without joining the call", at_ns=trace.now_ns())

    async def _leave(self, call: SimulatedCall) -> Exception | None:
        """End the call, see the agent out, and stop the clock. Returns what went wrong with the agent."""
        problem: Exception | None = None
        try:
            call.end("the script is over")
            if self._attending is not None:
                await asyncio.wait([self._attending], timeout=LEAVING_S)
                problem = self._how_it_left(self._attending, call)
        finally:
            await call.close()
            self._scope.close()
        return problem

    def _how_it_left(self, attending: asyncio.Task[None], call: SimulatedCall) -> Exception | None:
        if not attending.done():
            attending.cancel()
            return StepFailed(
                f"the agent was still there {LEAVING_S:g} s after the call had ended; `await agent.finish()` returns "
                "when a call ends, and `async with agent.join(call)` then closes the agent",
                at_ns=call.now_ns,
            )
        if attending.cancelled() or (error := attending.exception()) is None:
            return None
        failed = StepFailed(f"the agent failed: {told(error)}", at_ns=call.now_ns)
        failed.__cause__ = error
        return failed
