"""`agentkit compare`: say what changed from one run to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from simulator.commands.bad_input import BadInput, told_as_bad_input
from simulator.commands.reports import writing_pages
from simulator.report.console import WIDEST_NAME
from simulator.report.folder import slugs
from simulator.report.kept import KeptCall, Pair, read_calls
from simulator.report.lines import fitted
from simulator.trace import TraceFileError, compute

_FIGURES = ("response_latency.p95", "yield_latency.p95", "interruptions")


def compare(before: Path, after: Path, report: Path | None) -> None:
    """Compare the calls in two folders, or two calls, and write the pages if they are wanted.

    Raises `BadInput` where there is nothing to compare, or nothing can be written.
    """
    old, new = _read(before), _read(after)
    pairs = [Pair.of(*both) for both in _matching(old, new)]
    if not pairs:
        raise BadInput(
            f"{before} and {after} have no scenario in common; they have {_names(old)} and {_names(new)}"
        )
    ordered = sorted(pairs, key=lambda pair: pair.parting is None)
    for line in _lines(ordered):
        typer.echo(line)
    alone = {} if len(old) == len(new) == 1 else {"before": _names_of(old, new), "after": _names_of(new, old)}
    for names, where in zip(alone.values(), (before, after), strict=False):
        if names:
            typer.echo(f"only in {where}: {', '.join(names)}")
    if report is not None:
        typer.echo(f"look and listen: {_write(ordered, alone, report, f'{before} and {after}')}")


def _read(path: Path) -> Mapping[str, KeptCall]:
    try:
        with told_as_bad_input(f"cannot read {path}"):
            calls = read_calls(path)
    except TraceFileError as error:
        raise BadInput(str(error)) from None
    if not calls:
        raise BadInput(f"{path}: there is no call here; make one: agentkit simulate SCENARIO --out {path}")
    return calls


def _matching(old: Mapping[str, KeptCall], new: Mapping[str, KeptCall]) -> list[tuple[KeptCall, KeptCall]]:
    """What goes together: calls of one name, or the only two that there are."""
    if len(old) == len(new) == 1:
        return list(zip(old.values(), new.values(), strict=True))
    return [(old[name], new[name]) for name in old if name in new]


def _lines(pairs: Sequence[Pair]) -> Iterator[str]:
    width = min(WIDEST_NAME, max(len(pair.after.name) for pair in pairs))
    for pair in pairs:
        verdict = "same   " if pair.parting is None else "changed"
        told = "" if pair.parting is None else "  ".join([pair.told, *_changes(pair)])
        yield f"{verdict}  {fitted(pair.after.name, width):<{width}}  {told}".rstrip()
    changed = sum(pair.parting is not None for pair in pairs)
    yield f"{changed} changed, {len(pairs) - changed} the same"


def _changes(pair: Pair) -> Iterator[str]:
    before, after = compute(pair.before.records), compute(pair.after.records)
    for name in _FIGURES:
        old, new = before.lookup(name), after.lookup(name)
        if old != new:
            values = ["nothing" if value is None else f"{value:.0f}" for value in (old, new)]
            unit = " ms" if "." in name and new is not None else ""
            yield f"{name.partition('.')[0].replace('_', ' ')} {' -> '.join(values)}{unit}"


def _names_of(calls: Mapping[str, KeptCall], others: Mapping[str, KeptCall]) -> list[str]:
    """What those of ``calls`` are called that are not in ``others``."""
    return sorted(call.name for key, call in calls.items() if key not in others)


def _write(pairs: Sequence[Pair], alone: Mapping[str, Sequence[str]], folder: Path, of: str) -> Path:
    with writing_pages(folder):
        from simulator.report.html import HtmlComparison

        comparison = HtmlComparison(folder)
        for pair, name in zip(pairs, slugs([pair.after.name for pair in pairs]), strict=True):
            comparison.add(pair, name)
        return comparison.write_index(of, alone)


def _names(calls: Mapping[str, KeptCall]) -> str:
    return ", ".join(sorted(calls)[:3]) + (", ..." if len(calls) > 3 else "")
