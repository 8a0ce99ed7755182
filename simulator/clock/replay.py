"""The steps of a run, written down or compared with those of an earlier run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.clock.guards import NondeterminismError
from simulator.clock.report import label
from simulator.clock.source import NS

if TYPE_CHECKING:
    from simulator.clock.scheduler import Scheduler
    from simulator.clock.timers import Handle, Timer

#: The instant of a callback on the loop's clock, in nanoseconds, and its name.
Step = tuple[int, str]


class Recorder:
    """Writes down each callback that the loop runs."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def on_step(self, handle: Handle | Timer, loop: Scheduler) -> None:
        self.steps.append((loop.time_ns(), label(handle)))


class Replay(Recorder):
    """Writes them down too, and stops the loop at the first one that an earlier run did not have there."""

    def __init__(self, expected: Sequence[Step]) -> None:
        super().__init__()
        self._expected = expected
        self._same = True

    def on_step(self, handle: Handle | Timer, loop: Scheduler) -> None:
        super().on_step(handle, loop)
        index = len(self.steps) - 1
        expected = self._expected[index] if index < len(self._expected) else None
        if self._same and self.steps[index] != expected:
            self._same = False  # once is enough: what follows is cleaning up
            raise loop.failure(
                NondeterminismError,
                f"nondeterminism: step {index} is {_describe(self.steps[index])}; "
                f"the run before had {_describe(expected)}",
                _advice(),
            )


def _describe(step: Step | None) -> str:
    return "no such step" if step is None else f"{step[1]!r} at {step[0] / NS:.9f} s"


def _advice() -> str:
    advice = (
        "see what runs just before this step. Usual causes: time or chance read past the simulation (name the "
        "module in virtual_time(prefixes=...)), iteration over a set of plain objects, state that the run before "
        "left in a module."
    )
    if os.environ.get("PYTHONHASHSEED", "random") == "random":
        advice += " PYTHONHASHSEED is not set: between processes, sets of strings change their order too."
    return advice
