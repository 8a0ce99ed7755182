"""Playing a share: the same function in whichever process, on whichever computer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.media.recording import CallRecording
from simulator.report.held_log import hold_log
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Failure, Outcome, run_scenario
from simulator.sweep.gathered import Gathered, Kept
from simulator.sweep.shares import Share
from simulator.trace import Trace, compute


@dataclass(frozen=True)
class Job:
    """All there is to play. None for ``agent`` and ``seed`` leaves those to the scenarios.

    With ``vary_seed``, run ``n`` has the seed ``seed + n - 1``. Only with ``sound`` are recordings kept.
    """

    scenarios: tuple[Scenario, ...]
    repeat: int = 1
    agent: str | None = None
    seed: int | None = None
    vary_seed: bool = False
    sound: bool = False

    def seed_of(self, scenario: int, number: int) -> int:
        """The seed of run ``number`` of a scenario."""
        base = self.scenarios[scenario].seed if self.seed is None else self.seed
        return base + number - 1 if self.vary_seed else base


def play(job: Job, share: Share) -> Gathered:
    """Play the runs of ``share`` one after the other."""
    gathered = Gathered()
    for number in share.numbers:
        seed = job.seed_of(share.scenario, number)
        with hold_log() as log:
            outcome = run_scenario(job.scenarios[share.scenario], agent=job.agent, seed=seed)
        if not job.sound:
            outcome = replace(outcome, recording=CallRecording())
        gathered.add(Kept(number, seed, outcome), log.messages)
    return gathered


def given_up(job: Job, share: Share, why: str) -> Gathered:
    """The runs of ``share`` as failures: ``why`` says how the process ended that played them."""
    scenario = job.scenarios[share.scenario]
    message = (
        f"the process that played this call ended each time, at last because {why}; an agent leaves a call by "
        "returning: look for os._exit(), for a library that crashes, and at the memory it takes"
    )
    gathered = Gathered()
    for number in share.numbers:
        trace = Trace(lambda: 0)
        outcome = Outcome(scenario.name, "", 0.0, compute(trace.records), trace, CallRecording())
        outcome.failures.append(Failure(message, str(scenario.path or ""), 0.0))
        gathered.add(Kept(number, job.seed_of(share.scenario, number), outcome))
    return gathered
