"""How fast a voice call is simulated, and where the time goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median

from agentkit.plugins.silero.vad import load
from benchmarks import calls, floor
from benchmarks.conversation import DURATION_S, microphone, speech
from benchmarks.result import Result
from simulator.providers import ScriptedTTS

Seconds = Mapping[str, float]
FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure made of how long workloads take: that of ``takes`` without those in ``without``.

    It is a share of the workload ``of`` in percent or, without one, simulated seconds per second.
    """

    name: str
    takes: str
    without: tuple[str, ...] = ()
    of: str | None = None

    @property
    def unit(self) -> str:
        """What the value counts."""
        return "sim_s/s" if self.of is None else f"% of {self.of}"

    @property
    def workloads(self) -> set[str]:
        """What has to be run to know it."""
        return {self.takes, *self.without, self.of or self.takes, FLOOR}

    def seconds(self, took: Seconds) -> float:
        """How long the measured thing took in one round."""
        return took[self.takes] - sum(took[name] for name in self.without)

    def value(self, took: Seconds) -> float:
        """The figure in one round."""
        return 100 * self.seconds(took) / took[self.of] if self.of else DURATION_S / self.seconds(took)


SCRIPTED, REAL = "call_scripted_vad", "call_real_vad"

CALL_ROWS = (
    Row("call_floor", FLOOR),
    Row(SCRIPTED, SCRIPTED),
    Row(REAL, REAL),
    Row("call_real_vad_limit", "inference"),
    Row("call_real_vad_share", "inference", of=REAL),
)
PART_ROWS = (
    Row("part_ticks", "ticks", of=SCRIPTED),
    Row("part_microphone", "microphone", without=("ticks",), of=SCRIPTED),
    Row("part_hearing", "hearing", without=("microphone",), of=SCRIPTED),
    Row("part_understanding", "understanding", without=("hearing",), of=SCRIPTED),
    Row("part_speaking", SCRIPTED, without=("understanding", "digest"), of=SCRIPTED),
    Row("part_digest", "digest", of=SCRIPTED),
)


def measure(rows: Collection[Row], runs: int) -> list[Result]:
    """Run what ``rows`` need, in turn, ``runs`` times over, and give the medians.

    Everything was run once before: modules are imported, recordings decoded, the model loaded.
    """
    needed = set().union(*(row.workloads for row in rows))
    workloads = {name: work for name, work in _workloads().items() if name in needed}
    for work in workloads.values():
        work()
    rounds = [{name: _timed(work) for name, work in workloads.items()} for _ in range(runs)]
    return [
        Result(
            row.name,
            median(row.value(took) for took in rounds),
            row.unit,
            runs,
            median(row.seconds(took) / took[FLOOR] for took in rounds),
        )
        for row in rows
    ]


def _workloads() -> dict[str, Callable[[], object]]:
    """Everything that is timed, by name; the floor gets the very sound of the call."""
    call = calls.whole_call(calls.scripted_agent)
    voice = ScriptedTTS()
    picked_up = microphone(call)
    spoken = floor.pieces(speech(voice.rate_wpm, voice.sample_rate), voice.chunk_ms)
    detector = load()
    return {
        "ticks": floor.ticks_alone,
        FLOOR: partial(floor.ticks_and_resampling, floor.frames(picked_up), spoken),
        "inference": partial(floor.inference_alone, detector, floor.windows(picked_up)),
        "microphone": calls.microphone_only,
        "hearing": partial(calls.talk, calls.deaf_agent),
        "understanding": partial(calls.talk, calls.mute_agent),
        "digest": partial(calls.digest, call),
        SCRIPTED: partial(calls.whole_call, calls.scripted_agent),
        REAL: partial(calls.whole_call, calls.silero_agent(detector)),
    }


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
