"""The index of a report: a line for each call, with a small picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.report.html.drawing import strip
from simulator.report.html.figures import Tile, whole
from simulator.report.html.render import assets, render
from simulator.report.result import Result
from simulator.report.timeline import timeline

COLUMNS = ("length", "response", "yield", "interruptions")


@dataclass(frozen=True, slots=True)
class Entry:
    """One call in the index: what is kept of it when its page has been written."""

    title: str
    href: str
    passed: bool
    place: str
    problem: str
    picture: dict[str, Any]
    virtual_s: float
    response_ms: float | None
    yield_ms: float | None
    interruptions: int

    @property
    def verdict(self) -> str:
        """In a word."""
        return "passed" if self.passed else "failed"

    @property
    def values(self) -> tuple[str, ...]:
        """What stands under `COLUMNS`."""
        length = f"{self.virtual_s:.1f} s"
        return length, whole(self.response_ms), whole(self.yield_ms), str(self.interruptions)


def entry(result: Result, href: str) -> Entry:
    """The line of a scenario whose page is at ``href``."""
    metrics = result.outcome.metrics
    failure = result.failures[0] if result.failures else None
    return Entry(
        title=result.scenario.name,
        href=href,
        passed=result.passed,
        place=str(result.scenario.path or ""),
        problem="" if failure is None else failure.message,
        picture=strip(timeline(result.outcome.trace.records), None if failure is None else failure.at_s),
        virtual_s=result.outcome.virtual_s,
        response_ms=metrics.response_latency_ms.p95,
        yield_ms=metrics.yield_latency_ms.p95,
        interruptions=metrics.interruptions,
    )


def index_page(entries: Sequence[Entry], planned: int) -> str:
    """The index of ``entries``, those that failed first, of ``planned`` that were to run."""
    passed = sum(entry.passed for entry in entries)
    failed = len(entries) - passed
    unplayed = f", {planned - len(entries)} were not played" if planned > len(entries) else ""
    return render(
        "index.html",
        title="Simulated calls",
        lead=f"{len(entries)} scenarios, {failed or 'none'} failed{unplayed}.",
        style=assets(("page.css", "index.css")),
        code=assets(("index.js",)),
        columns=COLUMNS,
        entries=sorted(entries, key=lambda entry: entry.passed),
        tiles=[
            Tile("passed", str(passed), tone="good" if passed else ""),
            Tile("failed", str(failed), tone="bad" if failed else ""),
            Tile("length of all calls", f"{sum(entry.virtual_s for entry in entries):.0f}", "s"),
            Tile("slowest response", whole(_most(entry.response_ms for entry in entries)), "ms"),
            Tile("slowest yield", whole(_most(entry.yield_ms for entry in entries)), "ms"),
            Tile("interruptions", str(sum(entry.interruptions for entry in entries))),
        ],
    )


def _most(values: Any) -> float | None:
    return max((value for value in values if value is not None), default=None)
