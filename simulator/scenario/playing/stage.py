"""Where a script is played: a simulated call, and the verbs to move people and watch the agent."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit.core import clock
from agentkit.core.conversation import ChatConversation
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.scenario.playing.tool_mocks import StandIn, ToolMocks
from simulator.scenario.verbs.agent import AgentVerbs
from simulator.scenario.verbs.alternatives import any_of
from simulator.scenario.verbs.arguments import (
    Time,
    acoustics_of,
    duration_of,
    file_of,
    flag_of,
    network_of,
    text_of,
)
from simulator.scenario.verbs.everyone import everyone_is_silent
from simulator.scenario.verbs.heard_words import HeardWords
from simulator.scenario.verbs.lacking import what_it_lacks
from simulator.scenario.verbs.people import PersonVerbs
from simulator.scenario.verbs.provider import ProviderVerbs, providers_of
from simulator.scenario.verbs.verb import Verbs, takes_time
from simulator.scenario.verbs.window import Moment, Window
from simulator.trace import Metrics, compute

if TYPE_CHECKING:
    from agentkit.core.agents import Agent
    from agentkit.core.conversation import Conversation
    from simulator.edge.acoustics import Acoustics
    from simulator.edge.network import Network

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


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
        self.agent = AgentVerbs(self.window, self.heard, lambda: what_it_lacks(agent))
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
                network=network_of(network),
                acoustics=acoustics_of(acoustics),
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

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the agent's functions and providers as they were."""
        self.window.close()
        self.heard.remove()
        self.tools.remove()
        for provider in self.providers.values():
            provider.remove()

    def end(self, reason: str = "ended by the host") -> Moment:
        """End the call for everyone."""
        self.simulated.end(reason)
        return self.window.mark()

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
