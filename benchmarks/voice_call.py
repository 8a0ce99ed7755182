"""How fast a voice call is simulated, and where the time goes.

Speeds are by the wall clock. What is compared, ratios and shares, is by processor time: a computer that is busy with
something else disturbs it far less, and a simulation never waits, so that on an idle one the two are the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median

from agentkit.plugins.silero.vad import load
from benchmarks import calls, floor
from benchmarks.conversation import DURATION_S, microphone, speech
from benchmarks.impaired import impaired_call
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

    def value(self, wall: Seconds, processor: Seconds) -> float:
        """The figure in one round."""
        if self.of is None:
            return DURATION_S / self.seconds(wall)
        return 100 * self.seconds(processor) / processor[self.of]

    def ratio_to_floor(self, processor: Seconds) -> float:
        """How many times as long as the floor it took in one round."""
        return self.seconds(processor) / processor[FLOOR]


SCRIPTED, REAL, IMPAIRED = "call_scripted_vad", "call_real_vad", "call_impaired"

CALL_ROWS = (
    Row("call_floor", FLOOR),
    Row(SCRIPTED, SCRIPTED),
    Row(REAL, REAL),
    Row("call_real_vad_limit", "inference"),
    Row("call_real_vad_share", "inference", of=REAL),
    Row(IMPAIRED, IMPAIRED),
    Row("call_impaired_share", IMPAIRED, without=(SCRIPTED,), of=SCRIPTED),
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
    rounds = [_round(workloads) for _ in range(runs)]
    return [
        Result(
            row.name,
            median(row.value(wall, processor) for wall, processor in rounds),
            row.unit,
            runs,
            median(row.ratio_to_floor(processor) for _, processor in rounds),
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
        IMPAIRED: impaired_call,
        REAL: partial(calls.whole_call, calls.silero_agent(detector)),
    }


def _round(workloads: Mapping[str, Callable[[], object]]) -> tuple[Seconds, Seconds]:
    """Run each workload once; returns how long each took by the wall clock, and in processor time."""
    wall: dict[str, float] = {}
    processor: dict[str, float] = {}
    for name, work in workloads.items():
        began, began_processor = time.perf_counter(), time.process_time()
        work()
        processor[name] = time.process_time() - began_processor
        wall[name] = time.perf_counter() - began
    return wall, processor
