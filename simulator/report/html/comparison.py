"""Two runs side by side: a page for each pair of calls, on one axis of time, and an index of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.golden import Divergence
from simulator.report.html.drawing import call_data, strip
from simulator.report.html.figures import Tile, changes
from simulator.report.html.gaps import gaps
from simulator.report.html.index import LATENCIES, Entry, listing
from simulator.report.html.page import timeline_context
from simulator.report.html.render import render
from simulator.report.html.sound import playable, waveforms
from simulator.report.kept import KeptCall, Pair
from simulator.report.timeline import Mark, Timeline, timeline
from simulator.trace import Metrics, Record, compute, digest
from simulator.trace.record import beginning
from simulator.trace.story import story
from simulator.trace.story_sentences import failed, sentence

COLUMNS = ("response", "yield", "interruptions")
Alone = Mapping[str, Sequence[str]]
"""The names of the calls that are only ``before`` or only ``after``."""

LONGEST_RECORD = 300
"""Characters of a record that are shown."""

FILTERS = (("all", "all"), ("warn", "changed"), ("good", "the same"))


def pair_page(pair: Pair) -> str:
    """The page of a pair. Raises `OSError`."""
    both = (("before", pair.before), ("after", pair.after))
    lines = [timeline(kept.records) for _, kept in both]
    calls = [_call(kept, line, title, pair.parting) for (title, kept), line in zip(both, lines, strict=True)]
    return render(
        "comparison.html",
        **timeline_context(lines, calls),
        title=pair.after.name,
        same=pair.parting is None,
        told=pair.told,
        facts=[(title, _origin(kept, named=pair.before.name != pair.after.name)) for title, kept in both],
        parted_s=None if pair.parting is None else pair.parting.at_ns / 1e9,
        parted=[] if pair.parting is None else _parted(pair.parting),
        failures=[(title, why) for title, kept in both for _, why in _failed_steps(kept)],
        stories=[(title, story(kept.records)) for title, kept in both],
        changes=list(changes(compute(pair.before.records), compute(pair.after.records))),
        digests=[digest(pair.before.records), digest(pair.after.records)],
    )


def comparison_index(pairs: Sequence[tuple[Pair, str]], lead: str, alone: Alone) -> str:
    """The index of pairs and the addresses of their pages, those that changed first, and what is ``alone``."""
    changed = sum(pair.parting is not None for pair, _ in pairs)
    missing = [Tile(f"only {title}", str(len(names))) for title, names in alone.items() if names]
    return listing(
        "Two runs compared",
        lead,
        [_entry(pair, href) for pair, href in sorted(pairs, key=lambda each: each[0].parting is None)],
        columns=COLUMNS,
        filters=FILTERS,
        tiles=[
            Tile("changed", str(changed), tone="warn" if changed else ""),
            Tile("the same", str(len(pairs) - changed), tone="good" if changed < len(pairs) else ""),
            *missing,
        ],
        notes=[(f"Only {title}", names) for title, names in alone.items() if names],
        footer="Upper picture: before, lower: after. " + LATENCIES,
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
    more = {} if kept.folder is None else gaps(kept.folder, kept.records)
    marks = [] if parting is None else [Mark(parting.at_ns, "parting", "they part")]
    marks += [Mark(at_ns, "failure", "✕ failed", (("failed", why),)) for at_ns, why in _failed_steps(kept)]
    return call_data(line, title, waves, sound, more=more, flags=marks)


def _failed_steps(kept: KeptCall) -> Iterator[tuple[int, str]]:
    """When a step of the script failed, and why. (A trace does not have what was expected once all was over.)"""
    for record in kept.records:
        if failed(record):
            yield record.t_ns, record.text("why")


def _parted(parting: Divergence) -> list[tuple[str, str]]:
    """The two records with which calls part, in words where there are any."""
    records = (("before", parting.expected), ("after", parting.happened))
    return [(title, "the call was over" if record is None else _told(record)) for title, record in records]


def _told(record: Record) -> str:
    said = sentence(record)
    line = f"{record.t_ns / 1e9:.3f} s  {said or f'{record.source} {record.kind} {json.dumps(record.data)}'}"
    return line if len(line) <= LONGEST_RECORD else line[:LONGEST_RECORD] + "..."


def _origin(kept: KeptCall, *, named: bool) -> str:
    seed = beginning(kept.records).data.get("seed")
    told = [kept.name] if named else []
    told += [str(kept.folder or "a trace")] + ([] if seed is None else [f"seed {seed}"])
    return ", ".join(told)


def _entry(pair: Pair, href: str) -> Entry:
    both = (("before", pair.before), ("after", pair.after))
    lines = [timeline(kept.records) for _, kept in both]
    end_ns = max(line.end_ns for line in lines)
    wrong = [(title, why) for title, kept in both for _, why in _failed_steps(kept)]
    return Entry(
        title=pair.after.name,
        href=href,
        tone="good" if pair.parting is None else "warn",
        verdict=pair.told,
        place="" if pair.parting is None else pair.told,
        problem="; ".join(f"{title}: {why}" for title, why in wrong),
        pictures=tuple(strip(line, end_ns=end_ns) for line in lines),
        values=before_and_after(compute(pair.before.records), compute(pair.after.records)),
    )
