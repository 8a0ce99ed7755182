"""The first page of a report: a line for each call, with a small picture of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.report.html.drawing import strip
from simulator.report.html.figures import Tile, whole
from simulator.report.html.render import assets, render
from simulator.report.result import Result
from simulator.report.timeline import timeline
from simulator.trace import Metrics

COLUMNS = ("length", "response", "yield", "interruptions")
LATENCIES = "Latencies are 95th percentiles, in milliseconds of virtual time."
FILTERS = (("all", "all"), ("bad", "failed"), ("good", "passed"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an index. ``tone`` is good, bad or warn; ``values`` stand under the columns."""

    title: str
    href: str
    tone: str
    verdict: str
    place: str
    problem: str
    pictures: tuple[dict[str, Any], ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What is kept of a call when its page has been written."""

    entry: Entry
    passed: bool
    virtual_s: float
    metrics: Metrics


def played(result: Result, href: str) -> Played:
    """What the index says of a scenario whose page is at ``href``."""
    outcome, metrics = result.outcome, result.outcome.metrics
    failure = result.failures[0] if result.failures else None
    entry = Entry(
        title=result.scenario.name,
        href=href,
        tone="good" if result.passed else "bad",
        verdict="passed" if result.passed else "failed",
        place=str(result.scenario.path or ""),
        problem="" if failure is None else failure.message,
        pictures=(strip(timeline(outcome.trace.records), None if failure is None else failure.at_s),),
        values=(
            f"{outcome.virtual_s:.1f} s",
            whole(metrics.response_latency_ms.p95),
            whole(metrics.yield_latency_ms.p95),
            str(metrics.interruptions),
        ),
    )
    return Played(entry, result.passed, outcome.virtual_s, metrics)


def index_page(calls: Sequence[Played], planned: int) -> str:
    """The index of ``calls``, those that failed first, of ``planned`` that were to be played."""
    passed = sum(call.passed for call in calls)
    failed = len(calls) - passed
    unplayed = f", {planned - len(calls)} were not played" if planned > len(calls) else ""
    return listing(
        "Simulated calls",
        f"{len(calls)} scenario{'s' if len(calls) != 1 else ''}, {failed or 'none'} failed{unplayed}.",
        [call.entry for call in sorted(calls, key=lambda call: call.passed)],
        columns=COLUMNS,
        filters=FILTERS,
        tiles=[
            Tile("passed", str(passed), tone="good" if passed else ""),
            Tile("failed", str(failed), tone="bad" if failed else ""),
            Tile("simulated", f"{sum(call.virtual_s for call in calls):.0f}", "s"),
            Tile(
                "slowest response", whole(_most(call.metrics.response_latency_ms.max for call in calls)), "ms"
            ),
            Tile("slowest yield", whole(_most(call.metrics.yield_latency_ms.max for call in calls)), "ms"),
            Tile("interruptions", str(sum(call.metrics.interruptions for call in calls))),
        ],
    )


def listing(
    title: str,
    lead: str,
    entries: Sequence[Entry],
    *,
    columns: Sequence[str],
    filters: Sequence[tuple[str, str]],
    tiles: Sequence[Tile],
    notes: Sequence[tuple[str, Sequence[str]]] = (),
    footer: str = LATENCIES,
) -> str:
    """A page that lists ``entries``; ``filters`` are tones, or ``all``, and what to call them. ``notes`` are lists of
    what is no entry."""
    return render(
        "index.html",
        title=title,
        lead=lead,
        style=assets(("page.css", "index.css")),
        code=assets(("index.js",)),
        columns=columns,
        filters=filters,
        entries=entries,
        tiles=tiles,
        notes=notes,
        footer=footer,
    )


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
