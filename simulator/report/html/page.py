"""The page of one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from simulator.report.html import figures
from simulator.report.html.checks import budgets, expectations
from simulator.report.html.drawing import call_data, strip
from simulator.report.html.gaps import gaps
from simulator.report.html.legend import row_meanings, signs
from simulator.report.html.library import packed_library
from simulator.report.html.render import assets, embedded, render
from simulator.report.html.sound import playable, waveforms
from simulator.report.html.surroundings import COUNTS, MEANINGS, lines, rooms
from simulator.report.result import Result
from simulator.report.timeline import Mark, Timeline, timeline
from simulator.report.timeline.model import rows
from simulator.report.timeline.script import SCRIPT_LANE
from simulator.scenario.playing.runner import Failure
from simulator.trace import Record, compute
from simulator.trace.metrics.turns import agent_turns
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import beginning
from simulator.trace.story import Moment, story

STYLE = ("page.css",)
CODE = (
    "library.js",
    "layout.js",
    "wave.js",
    "words.js",
    "colours.js",
    "chart.js",
    "view.js",
    "pointing.js",
    "player.js",
    "story.js",
    "operate.js",
    "page.js",
)


def call_page(result: Result, folder: Path) -> str:
    """The page of a scenario's call, of which ``folder`` holds the sound. Raises `OSError`."""
    scenario, outcome = result.scenario, result.outcome
    records = outcome.trace.records
    line = timeline(records)
    limits = list(budgets(scenario, records))
    failed_s = result.failures[0].at_s if result.failures else None
    windows = rows("within", (limit.as_span() for limit in limits), line.end_ns)
    more = {**gaps(folder, records), SCRIPT_LANE: list(windows)}
    call = call_data(
        line, "call", waveforms(folder), playable(folder), more=more, flags=_flags(result.failures)
    )
    checks = [limit.as_check() for limit in limits]
    checks += expectations(scenario, result.failures, outcome.metrics)
    return render(
        "call.html",
        **timeline_context([line], [call], failed_s),
        title=scenario.name,
        passed=result.passed,
        description=scenario.description,
        facts=_facts(result),
        failures=result.failures,
        tiles=figures.tiles(outcome.metrics, outcome.virtual_s),
        story=_story(records, result.failures),
        checks=sorted(checks, key=lambda check: check.verdict != "missed"),
        statistics=figures.STATISTICS,
        distributions=list(figures.distributions(outcome.metrics)),
        counts=list(figures.counts(outcome.metrics)),
        turns=_turns(records),
        lines=list(lines(records)),
        line_counts=[(name, MEANINGS[name]) for name in COUNTS],
        rooms=list(rooms(records)),
        digest=outcome.digest,
    )


def timeline_context(
    drawn: Sequence[Timeline], calls: Sequence[dict[str, Any]], failed_s: float | None = None
) -> dict[str, Any]:
    """What a template with a time line needs: the ``calls``, and what they were ``drawn`` from."""
    end_ns = max(1_000_000, *(line.end_ns for line in drawn))
    end = end_ns / 1e9
    return {
        "style": assets(STYLE),
        "code": assets(CODE),
        "library": packed_library(),
        "end": end,
        "pictures": [strip(line, failed_s, end_ns) for line in drawn],
        "calls": calls,
        "signs": signs(calls),
        "rows": row_meanings(calls),
        "data": embedded({"end": end, "calls": calls}),
    }


def _story(records: Sequence[Record], failures: Sequence[Failure]) -> list[Moment]:
    """The story of the call. What failed only when all was over is no part of it, and told at its end."""
    told = story(records)
    if not any(moment.failed for moment in told):
        told += [Moment(round(failure.at_s * 1e9), failure.message, failed=True) for failure in failures]
    return sorted(told, key=lambda moment: moment.at_ns)


def _flags(failures: Sequence[Failure]) -> Iterator[Mark]:
    """One flag for all that failed at the same instant."""
    for at_s in dict.fromkeys(failure.at_s for failure in failures):
        told = tuple(("failed", failure.message) for failure in failures if failure.at_s == at_s)
        yield Mark(
            round(at_s * 1e9), "failure", "✕ failed" if len(told) == 1 else f"✕ {len(told)} failed", told
        )


def _facts(result: Result) -> Iterator[tuple[str, str]]:
    scenario, outcome = result.scenario, result.outcome
    seed = beginning(outcome.trace).data.get("seed")
    if scenario.path is not None:
        yield "file", str(scenario.path)
    if scenario.agent is not None:
        yield "agent", scenario.agent
    if seed is not None:
        yield "seed", str(seed)
    if len(result.runs) > 1:
        yield "runs", str(len(result.runs))
    yield "simulated", f"{outcome.virtual_s:.1f} s in {outcome.wall_s:.2f} s"


def _turns(records: Sequence[Record]) -> list[tuple[float, Any, list[str]]]:
    begins = (turn.started_ns / 1e9 for turn in agent_turns(records, Voices(records)))
    return [(at, *row) for at, row in zip(begins, figures.turn_rows(compute(records)), strict=True)]
