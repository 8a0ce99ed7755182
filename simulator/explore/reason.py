"""Why a call failed, and when two calls failed for the same reason.

Two failures are the same when the same step or expectation failed, and its message opens with the same words: those
before the first figure or quotation. So "it came 3 ms too late" is the same as "it never came", and neither is the
same as an exception in the agent during that step. Of several failures of a call the first one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.scenario.model.parts import Part
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Outcome

_FIGURE = re.compile(r"[0-9\"']")
_LINE = re.compile(r":([0-9]+)$")


@dataclass(frozen=True)
class Reason:
    """``part`` is the step or the expectation that failed, by its number from 0, or the call as a whole."""

    part: str
    opening: str

    def __str__(self) -> str:
        return f"{self.part}: {self.opening}"


def reason_of(scenario: Scenario, outcome: Outcome) -> Reason | None:
    """Why the call failed; None if it did not."""
    if outcome.passed:
        return None
    failure = outcome.failures[0]
    match = _LINE.search(failure.place)
    line = int(match[1]) if match else 0
    return Reason(_part(scenario, outcome, line), _FIGURE.split(failure.message, maxsplit=1)[0].strip())


def _part(scenario: Scenario, outcome: Outcome, line: int) -> str:
    for record in outcome.trace.select(source="scenario", kind="step"):
        if record.text("outcome") == "failed":
            return f"step {record.integer('index')}"
    parts: tuple[tuple[str, tuple[Part, ...]], ...] = (
        ("expectation", scenario.expect),
        ("step", scenario.script),
    )
    for what, written in parts:
        for number, part in enumerate(written):
            if line and part.place.line == line:
                return f"{what} {number}"
    return "call"
