"""What a scenario asked for, and what became of it: steps with a time limit, and expectations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulator.report.timeline import Span
from simulator.scenario.model.expectations import MetricExpectation, is_time
from simulator.scenario.model.parts import Part
from simulator.scenario.model.quantities import Range
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import Failure
from simulator.trace import Metrics, Record
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT, SCENARIO

Verdict = Literal["met", "missed", "not judged"]

_SEEN_AS = {
    "agent speaks": "voice.started",
    "agent falls silent": "voice.stopped",
    "agent finishes speaking": "agent.turn_ended",
    "agent says": "agent.turn_ended",
}
"""The record by which a step is seen to have happened; all others happen when they are noted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked for, and ``where`` it was. ``found`` says what was found, as far as there is anything
    to say."""

    text: str
    verdict: Verdict
    found: str = ""
    where: str = ""
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """A step that had a time limit: from ``opens_ns`` to ``closes_ns``. ``reached_ns`` is None where it was missed."""

    text: str
    where: str
    opens_ns: int
    closes_ns: int
    reached_ns: int | None
    why: str = ""

    def as_span(self) -> Span:
        """The window, as far as it was used."""
        if self.reached_ns is None:
            return Span(self.opens_ns, self.closes_ns, "missed", self.text, (("missed", self.why),))
        return Span(
            self.opens_ns,
            self.reached_ns,
            "met",
            f"{self._taken} of {_ms(self._allowed_ns)}",
            (("step", self.text),),
        )

    def as_check(self) -> Check:
        """The same as a line of a table."""
        if self.reached_ns is None:
            return Check(self.text, "missed", self.why, self.where, self.closes_ns / 1e9)
        return Check(self.text, "met", f"after {self._taken}", self.where, self.reached_ns / 1e9)

    @property
    def _taken(self) -> str:
        return _ms((self.reached_ns or 0) - self.opens_ns)

    @property
    def _allowed_ns(self) -> int:
        return self.closes_ns - self.opens_ns


def budgets(scenario: Scenario, records: Sequence[Record]) -> Iterator[Budget]:
    """The time limits of the steps that were played, where each began to count and how much of it was used.

    Told again from the trace, by the rule of the scenario language: a window opens at the moment that ``of`` names,
    or where the step before was seen to be over.
    """
    moments = {r.text("name"): r.at_ns for r in records if r.source == SCENARIO and r.kind == "moment"}
    spoken = [(span.start_ns, span.end_ns) for span in Voices(records).of(AGENT)]
    before_ns = 0
    for place, noted in enumerate(records):
        index = noted.integer("index")
        if noted.source != SCENARIO or noted.kind != "step" or index is None:
            continue
        step: Any = scenario.script[index]
        opens_ns = moments.get(getattr(step, "of", None) or "", before_ns)
        failed = noted.text("outcome") == "failed"
        reached_ns = _reached(step.kind, records[:place], opens_ns, noted.t_ns, spoken)
        within = getattr(step, "within", None)
        if within is not None:
            closes_ns = opens_ns + _ns(within)
            reached = None if failed else reached_ns
            yield Budget(
                noted.text("text"), _where(scenario, step), opens_ns, closes_ns, reached, noted.text("why")
            )
        before_ns = reached_ns


def expectations(scenario: Scenario, failures: Sequence[Failure], metrics: Metrics) -> Iterator[Check]:
    """What was expected of the call as a whole. It is judged only where the whole script could be played."""
    wrong = {failure.place: failure.message for failure in failures}
    places = [_place(scenario, expectation) for expectation in scenario.expect]
    judged = all(place in places for place in wrong)
    for expectation, place in zip(scenario.expect, places, strict=True):
        where, text = _where(scenario, expectation), expectation.place.text or expectation.kind
        message = wrong.get(place)
        if message is not None:
            yield Check(text, "missed", message, where)
        else:
            found = _figure(expectation.metric, metrics) if isinstance(expectation, MetricExpectation) else ""
            yield Check(text, "met" if judged else "not judged", found, where)


def _place(scenario: Scenario, part: Part) -> str:
    """Where ``part`` is written, as failures have it."""
    return f"{part.place.file or scenario.path}:{part.place.line}"


def _where(scenario: Scenario, part: Part) -> str:
    """The same for a reader who knows which scenario it is: the file is named where it is another one."""
    file, line = part.place.file, part.place.line
    if not line:
        return ""
    return f"{Path(file).name}:{line}" if file else f"line {line}"


def _reached(
    kind: str,
    before: Sequence[Record],
    opens_ns: int,
    noted_ns: int,
    spoken: Sequence[tuple[int, int | None]],
) -> int:
    """When a step was seen to have happened."""
    if kind == "agent speaks" and any(
        start <= opens_ns and (end is None or opens_ns < end) for start, end in spoken
    ):
        return opens_ns
    seen = (
        r.at_ns for r in before if r.source == AGENT and r.kind == _SEEN_AS.get(kind) and r.at_ns >= opens_ns
    )
    # The last turn is the one of which the text matched, the first sound or silence the one that was waited for.
    found = list(seen)
    if not found:
        return noted_ns
    return found[-1] if kind == "agent says" else found[0]


def _ns(time: Any) -> int:
    return time.lo.ns if isinstance(time, Range) else int(time.ns)


def _figure(name: str, metrics: Metrics) -> str:
    found = metrics.lookup(name)
    return "" if found is None else f"{found:g}{' ms' if is_time(name) else ''}"


def _ms(ns: int) -> str:
    return f"{ns / 1e6:.0f} ms" if ns < 10_000_000_000 else f"{ns / 1e9:.1f} s"
