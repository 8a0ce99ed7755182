"""Results in words, a line at a time. Nothing here knows where the lines go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent

from simulator.report.result import SHOWN_SEEDS, Result, SeedSweep
from simulator.scenario.playing.runner import Failure
from simulator.trace import Distribution, Metrics

INDENT = " " * 6
"""Puts a line beneath the name of its scenario, which stands right of ``ok`` or ``FAIL``."""

LONGEST_STORY = 40
"""Moments of a story that are told: what led to a failure is among the last."""


@dataclass
class Tally:
    """How a list of ``planned`` scenarios went so far; times in seconds, over all runs."""

    planned: int
    passed: int = 0
    failed: int = 0
    virtual_s: float = 0.0
    wall_s: float = 0.0

    def add(self, result: Result) -> None:
        """One more has run."""
        self.passed += result.passed
        self.failed += not result.passed
        self.virtual_s += sum(run.virtual_s for run in result.runs)
        self.wall_s += sum(run.wall_s for run in result.runs)

    def __str__(self) -> str:
        """``12 passed, 1 failed: 152.3 s of calls in 1.92 s (79 x)``."""
        counts = [f"{self.passed} passed"] if self.passed or not self.failed else []
        counts += [f"{self.failed} failed"] if self.failed else []
        unplayed = self.planned - self.passed - self.failed
        counts += [f"{unplayed} not played"] if unplayed else []
        speed = f" ({self.virtual_s / self.wall_s:.0f} x)" if self.wall_s else ""
        return f"{', '.join(counts)}: {self.virtual_s:.1f} s of calls in {self.wall_s:.2f} s{speed}"


def result_line(result: Result, width: int) -> str:
    """``ok    caller interrupts a long answer   12.4 s in 0.09 s   yield 240 ms  response 780 ms``.

    Names take ``width`` columns; of a longer one, the middle is left out.
    """
    outcome = result.outcome
    took = f"{outcome.virtual_s:6.1f} s in {outcome.wall_s:.2f} s"
    runs = f" ({len(result.runs)} runs)" if len(result.runs) > 1 else ""
    line = f"{verdict(result):<{len(INDENT)}}{fitted(result.scenario.name, width):<{width}}  "
    if result.sweep is not None:
        return f"{line}{_counts(result.sweep)}   {sweep_figures(result.sweep)}".rstrip()
    return f"{line}{took}{runs}   {figures(outcome.metrics)}".rstrip()


def fitted(name: str, width: int) -> str:
    """A name in ``width`` columns: as it is, or its beginning and its end."""
    if len(name) <= width:
        return name
    kept = max(0, width - 1)
    return f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"


def verdict(result: Result) -> str:
    """The first word of a result."""
    return "ok" if result.passed else "FAIL"


def figures(metrics: Metrics) -> str:
    """The latencies of a call, as far as there are any: their 95th percentiles."""
    known = {"yield": metrics.yield_latency_ms.p95, "response": metrics.response_latency_ms.p95}
    return "  ".join(f"{name} {value:.0f} ms" for name, value in known.items() if value is not None)


def sweep_figures(sweep: SeedSweep) -> str:
    """The same of all calls of a sweep."""
    known = {
        name: sweep.metrics.get(f"{name}_latency_ms", Distribution()).p95 for name in ("yield", "response")
    }
    return "  ".join(f"{name} {value:.0f} ms" for name, value in known.items() if value is not None)


def _counts(sweep: SeedSweep) -> str:
    """``9997 passed, 3 failed of 10000 seeds``."""
    counts = sweep.counts
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    return f"{counts['passed']} passed{failed} of {counts['planned']} seeds"


def seed_lines(sweep: SeedSweep) -> Iterator[str]:
    """Which seeds failed, and which of them is told of beneath."""
    seeds = sweep.failed_seeds
    if seeds:
        more = f" and {len(seeds) - SHOWN_SEEDS} more" if len(seeds) > SHOWN_SEEDS else ""
        yield f"failed with seed {', '.join(map(str, seeds[:SHOWN_SEEDS]))}{more}; with seed {sweep.told_seed}:"


def story_lines(stories: Iterable[Sequence[str]]) -> list[str]:
    """What led to the failures of a call, of which each has the story until then: the end of the longest."""
    story = max(stories, key=len, default=())
    untold = len(story) - LONGEST_STORY
    return [*([f"     ...   {untold} earlier moments"] if untold > 0 else []), *story[-LONGEST_STORY:]]


def failure_lines(failures: Sequence[Failure], log: Sequence[str] = ()) -> Iterator[str]:
    """What was wrong, what had happened in the call until then, and what was logged."""
    for failure in failures:
        yield f"{failure.place}: {failure.message}" if failure.place else failure.message
    story = story_lines(failure.story for failure in failures)
    if story:
        yield ""
        yield from story
        yield ""
    if log:
        yield "logged:"
        yield from (indent(message, "  ") for message in log)
        yield ""
