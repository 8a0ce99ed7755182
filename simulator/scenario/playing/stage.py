"""Where a script is played: a simulated call with an agent in it, and the verbs to move people and watch the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from agentkit.core import clock
from agentkit.core.conversation import ChatConversation
from simulator.clock import VirtualLoop, virtual_time
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.playing.factory import AgentFactory, find_factory
from simulator.scenario.playing.making import make_agent
from simulator.scenario.playing.mishaps import place_in, told
from simulator.scenario.playing.tool_mocks import StandIn, ToolMocks
from simulator.scenario.verbs.agent import AgentVerbs
from simulator.scenario.verbs.alternatives import any_of
from simulator.scenario.verbs.arguments import Time, duration_of, file_of, flag_of, text_of
from simulator.scenario.verbs.everyone import everyone_is_silent
from simulator.scenario.verbs.heard_words import HeardWords
from simulator.scenario.verbs.people import PersonVerbs
from simulator.scenario.verbs.provider import ProviderVerbs, providers_of
from simulator.scenario.verbs.verb import Verbs, takes_time
from simulator.scenario.verbs.window import Moment, Window
from simulator.trace import Metrics, Trace, attach, compute

if TYPE_CHECKING:
    from agentkit.core.agents import Agent
    from agentkit.core.conversation import Conversation
    from simulator.edge.acoustics import Acoustics
    from simulator.edge.network import Network

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test

LEAVING_S = 10.0
"""Virtual time an agent may take to leave once the call has ended."""

MAKING_S = 30.0
"""Virtual time that a factory may take; it passes only while the factory sleeps."""

SDKS = ("agentkit.plugins", "aiortc", "getstream")
"""Modules that read the time themselves; during a call they read the call's. The agent's own module is one more."""


class Stage(Verbs):
    """A call being played. Tests know it as ``call``; a scenario file is played on one too.

    Times are seconds of virtual time since the call began.
    """

    _who = "a call"

    def __init__(self, call: SimulatedCall, agent: Agent, edge: SimulatedEdge) -> None:
        self.window = Window(call.trace)
        super().__init__(self.window)
        self.simulated = call
        self.trace = call.trace
        self.edge = edge
        self.the_agent = agent
        self.heard = HeardWords(agent, call.trace)
        self.agent = AgentVerbs(self.window, self.heard)
        self.tools = ToolMocks(agent.llm)
        self.providers = providers_of(agent, self.window)

    @property
    def stt(self) -> ProviderVerbs:
        """What the agent understands with, and what can be wrong with it."""
        return self.providers["stt"]

    @property
    def llm(self) -> ProviderVerbs:
        """What the agent thinks with, and what can be wrong with it."""
        return self.providers["llm"]

    @property
    def tts(self) -> ProviderVerbs:
        """What the agent speaks with, and what can be wrong with it."""
        return self.providers["tts"]

    @takes_time
    async def join(
        self,
        name: str,
        *,
        mic: bool = True,
        camera: str | Path | None = None,
        screen: str | Path | None = None,
        screen_sound: bool | str = True,
        network: Network | None = None,
        acoustics: Acoustics | None = None,
    ) -> PersonVerbs:
        """Have ``name`` enter the call, with a microphone or without, and showing these videos, if any; through this
        network, and in this room. ``screen_sound`` is a clip, or whether the screen brings the sound of its video."""
        person = self.person(
            name,
            mic=mic,
            camera=camera,
            screen=screen,
            screen_sound=screen_sound,
            network=network,
            acoustics=acoustics,
        )
        person.joins()
        return person

    def person(
        self,
        name: str,
        *,
        mic: bool = True,
        camera: str | Path | None = None,
        screen: str | Path | None = None,
        screen_sound: bool | str = True,
        network: Network | None = None,
        acoustics: Acoustics | None = None,
    ) -> PersonVerbs:
        """Someone who may join: made when first asked for."""
        known = self.simulated.people.get(text_of("name", name))
        if known is None:
            known = self.simulated.person(
                name,
                microphone=flag_of("mic", mic, f"to have {name} speak, write await {name}.says(...)"),
                camera=camera if camera is None else file_of("camera", camera),
                screen=screen if screen is None else file_of("screen", screen),
                screen_sound=screen_sound,
                network=network,
                acoustics=acoustics,
            )
        return PersonVerbs(known, self.window, self._write)

    @takes_time
    async def wait(self, seconds: Time) -> None:
        """Do nothing for so long."""
        await self.window.sleep("seconds", seconds)

    @takes_time
    async def wait_for(
        self,
        /,
        event: str,
        *,
        within: Time | None = None,
        of: Moment | None = None,
        times: int = 1,
        **where: str,
    ) -> Moment:
        """Wait until an event of this type, with fields that match the globs in ``where``, is in the trace, or so many
        of them."""
        return await self.window.event(event, where, within=within, of=of, times=times)

    @takes_time
    async def never(self, /, event: str, for_: Time, *, of: Moment | None = None, **where: str) -> Moment:
        """Let that time pass in which there is no event of this type with such fields."""
        return await self.window.nothing(event, where, for_, of=of)

    @takes_time
    async def any_of(self, *waits: Awaitable[Moment]) -> Moment:
        """Wait for the first of several things: ``call.any_of(call.agent.speaks(), call.wait_for("llm.error"))``."""
        return await any_of(self.window, list(waits))

    @takes_time
    async def everyone_is_silent(
        self, for_: Time, *, within: Time | None = None, of: Moment | None = None
    ) -> Moment:
        """Wait until neither people nor agent have been audible for that long."""
        return await everyone_is_silent(self.window, for_, within=within, of=of)

    def mock_tool(
        self, name: str, *, returns: Any = None, raises: str | None = None, after: Time = 0.0
    ) -> None:
        """Have the agent's function ``name`` return this, or raise an error with this message, ``after`` a time.

        Raises `UsageError` when the agent has no such function.
        """
        self.tools.put(name, StandIn(returns, raises, duration_of("after", after).seconds))

    def _elsewhere(self) -> list[str]:
        return [f"agent.{verb}" for verb in dir(self.agent)]

    def _step_aside(self) -> None:
        """Leave the agent's functions and providers as they were."""
        self.window.close()
        self.heard.remove()
        self.tools.remove()
        for provider in self.providers.values():
            provider.remove()

    def end(self, reason: str = "ended by the host") -> None:
        """End the call for everyone."""
        self.simulated.end(reason)
        self.window.mark()

    def _write(self, who: str, text: str) -> None:
        conversation = self.conversation
        if isinstance(conversation, ChatConversation):
            conversation.received(clock.new_id(), text, who)
        elif conversation is not None:
            conversation.add("user", text, who)

    @property
    def conversation(self) -> Conversation | None:
        """The agent's conversation; None before it joined."""
        return self.the_agent.conversation

    def metrics(self) -> Metrics:
        """What can be measured of the call so far."""
        return compute(self.trace.records)


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
            self._stage = Stage(call, agent, edge)
            self._scope.callback(self._stage._step_aside)
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
        forgotten = self._stage.window.unawaited.tell()
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
