"""Playing the steps of a scenario on a stage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

from simulator.scenario.model import steps
from simulator.scenario.model.scenario import Scenario, ToolMock
from simulator.scenario.model.steps import Step
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.agent import AgentVerbs
from simulator.scenario.verbs.people import PersonVerbs
from simulator.scenario.verbs.window import Moment


class Script:
    """Plays one scenario: step by step, each recorded in the trace with its outcome."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self._scenario = scenario
        self._stage = stage
        self._moments: dict[str, Moment] = {}
        if any(isinstance(step, steps.AgentHasSaid) for step in _each(scenario.script)):
            stage.heard.listen()
        self.step: Step | ToolMock | None = None

    async def play(self) -> None:
        """Play every step; raises what the first one that fails raises."""
        for name, person in self._scenario.people.items():
            self._stage.person(
                name,
                mic=person.mic is not False,
                camera=person.camera,
                screen=person.screen,
                screen_sound=person.screen_sound,
                network=person.network.conditions() if person.network is not None else None,
                acoustics=person.acoustics.conditions() if person.acoustics is not None else None,
            )
        for name, mock in self._scenario.tools.items():
            self.step = mock
            self._stage.mock_tool(name, returns=mock.returns, raises=mock.raises, after=mock.after)
        self.step = None
        for index, step in enumerate(self._scenario.script):
            self.step = step
            began = self._stage.trace.now_ns()
            try:
                moment = await _PLAY[type(step)](self, step)
            except Exception as error:
                self._note(index, step, began, str(error))
                raise
            if step.as_ is not None:
                self._moments[step.as_] = moment
                self._stage.trace.record("scenario", "moment", {"name": step.as_, "at_ns": moment.at_ns})
            self._note(index, step, began, "")
        self.step = None

    def _note(self, index: int, step: Step, began: int, why: str) -> None:
        self._stage.trace.record(
            "scenario",
            "step",
            {
                "index": index,
                "line": step.place.line,
                "text": step.place.text or step.kind,
                "outcome": "failed" if why else "passed",
                "took_ns": self._stage.trace.now_ns() - began,
                "why": why,
            },
        )

    def _person(self, step: steps.PersonStep) -> PersonVerbs:
        return self._stage.person(step.who)

    def _of(self, step: Any) -> Moment | None:
        return self._moments[step.of] if step.of is not None else None

    async def _joins(self, step: steps.Joins) -> Moment:
        moment: Moment = self._person(step).joins()
        clip = self._scenario.people[step.who].mic if step.who in self._scenario.people else True
        if isinstance(clip, str):
            self._person(step).starts_saying(clip)
        return moment

    async def _acts(self, step: Any) -> Moment:
        return _ACTS[type(step)](self._person(step))

    async def _says(self, step: steps.Says) -> Moment:
        return await self._person(step).says(step.clip)

    async def _starts_saying(self, step: steps.StartsSaying) -> Moment:
        return self._person(step).starts_saying(step.clip)

    async def _keeps_talking(self, step: steps.KeepsTalking) -> Moment:
        return self._person(step).keeps_talking(step.clip, step.for_.lo)

    async def _coughs(self, step: steps.Coughs) -> Moment:
        return await self._person(step).coughs()

    async def _presses(self, step: steps.Presses) -> Moment:
        return await self._person(step).presses(step.keys)

    async def _types(self, step: steps.Types) -> Moment:
        return self._person(step).types(step.message)

    async def _plays(self, step: steps.Plays) -> Moment:
        return await self._person(step).plays(step.video)

    async def _starts_playing(self, step: steps.StartsPlaying) -> Moment:
        return self._person(step).starts_playing(step.video)

    async def _shows(self, step: Any) -> Moment:
        return _SHOWS[type(step)](self._person(step), step.video)

    async def _shares_sound(self, step: steps.SharesSound) -> Moment:
        return self._person(step).shares_sound(step.clip)

    async def _stays_silent(self, step: steps.StaysSilent) -> Moment:
        return await self._person(step).stays_silent(step.for_.lo)

    async def _sends(self, step: steps.Sends) -> Moment:
        return self._person(step).sends(step.data)

    async def _agent(self, step: Any) -> Moment:
        return await _AGENT[type(step)](self._stage.agent, within=step.within, of=self._of(step))

    async def _agent_stays_silent(self, step: steps.AgentStaysSilent) -> Moment:
        return await self._stage.agent.stays_silent(step.for_.lo, of=self._of(step))

    async def _agent_says(self, step: steps.AgentSays) -> Moment:
        return await self._stage.agent.says(step.text, within=step.within, of=self._of(step))

    async def _agent_has_said(self, step: steps.AgentHasSaid) -> Moment:
        return await self._stage.agent.has_said(step.text, within=step.within, of=self._of(step))

    async def _agent_calls(self, step: steps.AgentCalls) -> Moment:
        return await self._stage.agent.calls(step.tool, step.where, within=step.within, of=self._of(step))

    async def _agent_sends(self, step: steps.AgentSends) -> Moment:
        return await self._stage.agent.sends(step.where, within=step.within, of=self._of(step))

    async def _has_trouble(self, step: Any) -> Moment:
        provider = self._stage.providers[step.provider]
        for_ = step.for_.lo if step.for_ is not None else None
        if isinstance(step, steps.Errors):
            return provider.errors(step.error, for_)
        if isinstance(step, steps.IsSlow):
            return provider.is_slow(step.by.lo, for_)
        return provider.stalls(for_) if isinstance(step, steps.Stalls) else provider.disconnects(for_)

    async def _recovers(self, step: steps.Recovers) -> Moment:
        return self._stage.providers[step.provider].recovers()

    async def _call_ends(self, step: steps.CallEnds) -> Moment:
        self._stage.end()
        return self._stage.window.mark()

    async def _wait(self, step: steps.Wait) -> Moment:
        return await self._stage.window.sleep("wait", step.duration.lo)

    async def _wait_for(self, step: steps.WaitFor) -> Moment:
        return await self._stage.window.event(
            step.event, step.where, within=step.within, of=self._of(step), times=step.times
        )

    async def _never(self, step: steps.Never) -> Moment:
        return await self._stage.window.nothing(step.event, step.where, step.for_.lo, of=self._of(step))

    async def _everyone_is_silent(self, step: steps.EveryoneIsSilent) -> Moment:
        return await self._stage.everyone_is_silent(step.for_.lo, within=step.within, of=self._of(step))

    async def _any_of(self, step: steps.AnyOf) -> Moment:
        waits = [
            alternative.model_copy(
                update={"within": alternative.within or step.within, "of": alternative.of or step.of}
            )
            for alternative in step.steps
        ]
        return await self._stage.any_of(*(_PLAY[type(wait)](self, wait) for wait in waits))


def _each(script: Iterable[steps.BaseStep]) -> Iterator[steps.BaseStep]:
    """Every step, and those that are alternatives in one."""
    for step in script:
        yield step
        if isinstance(step, steps.AnyOf):
            yield from step.steps


_ACTS: dict[type, Callable[[PersonVerbs], Moment]] = {
    steps.Leaves: PersonVerbs.leaves,
    steps.Drops: PersonVerbs.drops,
    steps.Reconnects: PersonVerbs.reconnects,
    steps.Mutes: PersonVerbs.mutes,
    steps.Unmutes: PersonVerbs.unmutes,
    steps.StopsTalking: PersonVerbs.stops_talking,
    steps.TurnsCameraOff: PersonVerbs.turns_camera_off,
    steps.StopsSharing: PersonVerbs.stops_sharing,
}

_SHOWS: dict[type, Callable[[PersonVerbs, str | None], Moment]] = {
    steps.TurnsCameraOn: PersonVerbs.turns_camera_on,
    steps.SharesScreen: PersonVerbs.shares_screen,
}

_TROUBLES = (steps.Stalls, steps.Disconnects, steps.Errors, steps.IsSlow)

_AGENT: dict[type, Callable[..., Awaitable[Moment]]] = {
    steps.AgentSpeaks: AgentVerbs.speaks,
    steps.AgentFallsSilent: AgentVerbs.falls_silent,
    steps.AgentFinishesSpeaking: AgentVerbs.finishes_speaking,
}

_PLAY: dict[type, Callable[[Script, Any], Awaitable[Moment]]] = {
    steps.Joins: Script._joins,
    steps.Says: Script._says,
    steps.StartsSaying: Script._starts_saying,
    steps.KeepsTalking: Script._keeps_talking,
    steps.Coughs: Script._coughs,
    steps.Presses: Script._presses,
    steps.Types: Script._types,
    steps.Plays: Script._plays,
    steps.StartsPlaying: Script._starts_playing,
    steps.SharesSound: Script._shares_sound,
    steps.StaysSilent: Script._stays_silent,
    steps.Sends: Script._sends,
    steps.AgentStaysSilent: Script._agent_stays_silent,
    steps.AgentSays: Script._agent_says,
    steps.AgentHasSaid: Script._agent_has_said,
    steps.AgentCalls: Script._agent_calls,
    steps.AgentSends: Script._agent_sends,
    **dict.fromkeys(_TROUBLES, Script._has_trouble),
    steps.Recovers: Script._recovers,
    steps.CallEnds: Script._call_ends,
    steps.Wait: Script._wait,
    steps.WaitFor: Script._wait_for,
    steps.Never: Script._never,
    steps.EveryoneIsSilent: Script._everyone_is_silent,
    steps.AnyOf: Script._any_of,
    **dict.fromkeys(_ACTS, Script._acts),
    **dict.fromkeys(_SHOWS, Script._shows),
    **dict.fromkeys(_AGENT, Script._agent),
}
