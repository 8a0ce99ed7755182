"""Two runs side by side: a page for each pair of calls, on one axis of time, and an index of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.report.html.drawing import call_data, strip
from simulator.report.html.figures import Tile, changes
from simulator.report.html.index import Entry, listing
from simulator.report.html.page import story, timeline_context
from simulator.report.html.render import render
from simulator.report.html.sound import playable, waveforms
from simulator.report.kept import KeptCall, Pair
from simulator.report.timeline import Mark, Timeline, timeline
from simulator.trace import Metrics, compute, digest
from simulator.trace.golden import Divergence

COLUMNS = ("response", "yield", "interruptions")
FILTERS = (("all", "all"), ("warn", "changed"), ("good", "the same"))


def pair_page(pair: Pair) -> str:
    """The page of a pair. Raises `OSError`."""
    lines = [timeline(call.records) for call in (pair.before, pair.after)]
    calls = [
        _call(kept, line, title, pair.parting)
        for kept, line, title in zip((pair.before, pair.after), lines, ("before", "after"), strict=True)
    ]
    longest = max(lines, key=lambda line: line.end_ns)
    stories = [
        (call["title"], list(story(kept.records)))
        for call, kept in zip(calls, (pair.before, pair.after), strict=True)
    ]
    return render(
        "comparison.html",
        **timeline_context(longest, calls, None),
        title=pair.after.name,
        same=pair.parting is None,
        told=pair.told,
        facts=[("before", _origin(pair.before)), ("after", _origin(pair.after))],
        stories=stories,
        changes=list(changes(compute(pair.before.records), compute(pair.after.records))),
        digests=[digest(pair.before.records), digest(pair.after.records)],
    )


def comparison_index(pairs: Sequence[tuple[Pair, str]], lead: str) -> str:
    """The index of pairs and the addresses of their pages, those that changed first."""
    changed = sum(pair.parting is not None for pair, _ in pairs)
    return listing(
        "Two runs compared",
        lead,
        [_entry(pair, href) for pair, href in sorted(pairs, key=lambda each: each[0].parting is None)],
        columns=COLUMNS,
        filters=FILTERS,
        tiles=[
            Tile("changed", str(changed), tone="warn" if changed else ""),
            Tile("the same", str(len(pairs) - changed), tone="good" if changed < len(pairs) else ""),
        ],
    )


def before_and_after(before: Metrics, after: Metrics) -> tuple[str, ...]:
    """What stands under `COLUMNS`: one value where nothing changed, or else two."""
    figures = [
        (metrics.response_latency_ms.p95, metrics.yield_latency_ms.p95, metrics.interruptions)
        for metrics in (before, after)
    ]
    return tuple(_both(old, new) for old, new in zip(*figures, strict=True))


def _both(old: float | None, new: float | None) -> str:
    values = ["–" if value is None else f"{value:.0f}" for value in (old, new)]
    return values[0] if values[0] == values[1] else " → ".join(values)


def _call(kept: KeptCall, line: Timeline, title: str, parting: Divergence | None) -> dict[str, Any]:
    waves = {} if kept.folder is None else waveforms(kept.folder)
    sound = None if kept.folder is None else playable(kept.folder)
    marks = () if parting is None else (Mark(parting.at_ns, "parting", "they part"),)
    return call_data(line, title, waves, sound, flags=marks)


def _origin(kept: KeptCall) -> str:
    seed = next((record.data.get("seed") for record in kept.records if record.kind == "call.started"), None)
    return f"{kept.folder or 'a trace'}" + ("" if seed is None else f", seed {seed}")


def _entry(pair: Pair, href: str) -> Entry:
    return Entry(
        title=pair.after.name,
        href=href,
        tone="good" if pair.parting is None else "warn",
        verdict=pair.told,
        place="" if pair.parting is None else pair.told,
        problem="",
        pictures=(strip(timeline(pair.before.records)), strip(timeline(pair.after.records))),
        values=before_and_after(compute(pair.before.records), compute(pair.after.records)),
    )
