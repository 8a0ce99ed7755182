"""Running a scenario: in a world of its own, from its first tick to its verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentkit.core import clock
from simulator.clock import SimulationError
from simulator.clock import run as run_virtually
from simulator.media.recording import CallRecording
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.model.parts import Part
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.call_stage import LEAVING_S, CallStage
from simulator.scenario.playing.factory import AgentFactory, find_factory, name_of
from simulator.scenario.playing.judge import Judge
from simulator.scenario.playing.mishaps import told, told_making, told_simulation
from simulator.scenario.playing.script import Script
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.lacking import as_told, what_it_lacks
from simulator.trace import Metrics, Trace, compute, tell
from simulator.trace.story import Moment

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

AFTERWARDS_S = 2 * LEAVING_S
"""Virtual time past a scenario's limit that is left for everyone to leave."""


@dataclass(frozen=True)
class Failure:
    """One thing that was not as the scenario has it; ``story`` is what happened until then."""

    message: str
    place: str
    at_s: float
    story: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What became of a scenario. ``wall_s`` is real time, all else is virtual and the same in every run.

    ``scripted_ears`` says whether the agent understood people by what is known of their clips.
    """

    name: str
    digest: str
    virtual_s: float
    metrics: Metrics
    trace: Trace
    recording: CallRecording
    wall_s: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    scripted_ears: bool = False

    @property
    def passed(self) -> bool:
        """True when every step and every expectation held."""
        return not self.failures

    @property
    def audible(self) -> bool:
        """True when there is anything to hear in the call."""
        return any(record.kind in ("voice.started", "audio.started") for record in self.trace.records)


def run_scenario(
    scenario: Scenario, *, agent: str | AgentFactory | None = None, seed: int | None = None
) -> Outcome:
    """Play ``scenario`` on a virtual clock of its own and judge it.

    ``agent`` and ``seed`` replace those of the file. Raises `UsageError` when there is no agent to be had; whatever
    goes wrong in the call itself is a failure of the outcome.
    """
    chosen = agent or scenario.agent
    if chosen is None:
        raise UsageError(
            f"{scenario.path or scenario.name!r} names no agent; add `agent: module:factory` or pass --agent"
        )
    find_factory(chosen)
    run = _Run(scenario, chosen)
    began = clock.now()
    try:
        run_virtually(
            run.play(),
            seed=scenario.seed if seed is None else seed,
            max_virtual=scenario.limit.seconds + AFTERWARDS_S,
        )
    except SimulationError as error:
        run.fail(told_simulation(error))
    except SystemExit as error:
        run.fail(
            f"the agent ended the process: SystemExit({error.code!r}); an agent leaves a call by returning"
        )
    outcome = run.outcome()
    outcome.wall_s = clock.now() - began
    return outcome


class _Run:
    """One run of one scenario."""

    def __init__(self, scenario: Scenario, agent: str | AgentFactory) -> None:
        self._scenario = scenario
        self._agent = agent
        self._scripted_ears = False
        self._made: Agent | None = None
        self._cut_off = False
        self._failures: list[Failure] = []
        self._trace = Trace(lambda: 0)
        self._recording = CallRecording()

    async def play(self) -> None:
        """Put the agent on stage, play the script, and judge what happened."""
        script: Script | None = None
        messages = []
        call = CallStage(agent=self._agent, name=self._scenario.name, folders=self._scenario.folders)
        try:
            async with call as stage:
                self._trace, self._recording = stage.trace, stage.simulated.recording
                self._made = stage.the_agent
                self._scripted_ears = has_scripted_ears(stage.the_agent)
                stage.window.ends_ns = self._scenario.limit.ns
                script = Script(self._scenario, stage)
                async with asyncio.timeout(self._scenario.limit.seconds):
                    await script.play()
                self._cut_off = _is_speaking(stage)
                conversation = stage.conversation
                messages = conversation.messages if conversation is not None else []
        except TimeoutError as error:
            self.fail(self._too_long(error), script)
        except Exception as error:
            if not call.made:
                self._failures.append(Failure(self._told_making(error), self._agent_place(), 0.0))
            else:
                what = str(error) if isinstance(error, StepFailed | ValueError) else told(error)
                self.fail(
                    what, script, at_ns=getattr(error, "at_ns", None), came_ns=getattr(error, "came_ns", None)
                )
        if not self._failures:
            lacks = what_it_lacks(self._made) if self._made is not None else ()
            judge = Judge(self._trace, compute(self._trace.records), messages, lacks, cut_off=self._cut_off)
            for expectation in self._scenario.expect:
                problem = judge.judge(expectation)
                if problem is not None:
                    self._failures.append(
                        Failure(problem, self._place(expectation), self._at_s(None), self._story())
                    )

    def fail(
        self,
        message: str,
        script: Script | None = None,
        at_ns: int | None = None,
        came_ns: int | None = None,
    ) -> None:
        """Note a failure, at the step that was being played if there was one.

        ``came_ns`` is when that came which was waited for until ``at_ns``; the story goes on until then.
        """
        step = script.step if script is not None else None
        notes = []
        if step is not None and at_ns is not None and came_ns is not None:
            what = f'"{step.place.text}" (line {step.place.line})' if step.place.line else "this step"
            notes.append(Moment(at_ns, f"the time for {what} is over"))
        story = self._story(at_ns if came_ns is None else came_ns, notes)
        self._failures.append(Failure(message, self._place(step), self._at_s(at_ns), story))

    def outcome(self) -> Outcome:
        """The verdict."""
        records = self._trace.records
        return Outcome(
            name=self._scenario.name,
            digest=self._trace.digest(),
            virtual_s=records[-1].t_ns / 1e9 if records else 0.0,
            metrics=compute(records),
            trace=self._trace,
            recording=self._recording,
            scripted_ears=self._scripted_ears,
            failures=self._failures,
        )

    def _told_making(self, error: Exception) -> str:
        return told_making(self._agent if isinstance(self._agent, str) else name_of(self._agent), error)

    def _agent_place(self) -> str:
        """Where the scenario names its agent, if that is the one."""
        place = self._scenario.agent_place
        if self._scenario.path is None or self._agent != self._scenario.agent or not place.line:
            return self._place(None)
        return f"{place.file or self._scenario.path}:{place.line}"

    def _too_long(self, error: TimeoutError) -> str:
        return str(error) or (
            f"the scenario was not over after {self._scenario.limit}, its limit; shorten what it waits for, or raise "
            "`limit:`"
        )

    def _story(self, until_ns: int | None = None, notes: Sequence[Moment] = ()) -> tuple[str, ...]:
        records = self._trace.records
        lacks = as_told(self._made, records) if self._made is not None else []
        return tuple(tell(records, until_ns=until_ns, notes=[*lacks, *notes]))

    def _at_s(self, at_ns: int | None) -> float:
        records = self._trace.records
        if at_ns is None:
            at_ns = records[-1].t_ns if records else 0
        return at_ns / 1e9

    def _place(self, part: Part | None) -> str:
        if self._scenario.path is None:
            return ""
        return (
            f"{part.place.file or self._scenario.path}:{part.place.line}"
            if part is not None and part.place.line
            else str(self._scenario.path)
        )


def _is_speaking(stage: Stage) -> bool:
    """Whether the call, if it ended now, would cut the agent off."""
    reply = stage.the_agent.reply
    return stage.window.ended_ns() is None and reply is not None and reply.audible


def has_scripted_ears(agent: Agent) -> bool:
    """Whether the agent knows what is said only where that is written down beside the clip."""
    from simulator.providers.listening import ScriptedListener
    from simulator.providers.realtime import ScriptedRealtime

    ears = (agent.stt, agent.vad, agent.turn_detection, agent.llm)
    return any(isinstance(ear, ScriptedListener | ScriptedRealtime) for ear in ears)
