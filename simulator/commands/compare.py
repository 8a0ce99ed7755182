"""`agentkit compare`: say what changed from one run to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from simulator.commands.bad_input import BadInput, told_as_bad_input
from simulator.commands.reports import writing_pages
from simulator.report.folder import slugs
from simulator.report.kept import KeptCall, Pair, read_calls
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
    for alone, where in ((old.keys() - new.keys(), before), (new.keys() - old.keys(), after)):
        if alone and len(old) + len(new) > 2:
            typer.echo(f"only in {where}: {', '.join(sorted(alone))}")
    if report is not None:
        typer.echo(f"look and listen: {_write(ordered, report, f'{before} and {after}')}")


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
    width = max(len(pair.after.name) for pair in pairs)
    for pair in pairs:
        verdict = "same   " if pair.parting is None else "changed"
        told = "" if pair.parting is None else "  ".join([pair.told, *_changes(pair)])
        yield f"{verdict}  {pair.after.name:<{width}}  {told}".rstrip()
    changed = sum(pair.parting is not None for pair in pairs)
    yield f"{changed} changed, {len(pairs) - changed} the same"


def _changes(pair: Pair) -> Iterator[str]:
    before, after = compute(pair.before.records), compute(pair.after.records)
    for name in _FIGURES:
        old, new = before.lookup(name), after.lookup(name)
        if old != new:
            values = ["nothing" if value is None else f"{value:.0f}" for value in (old, new)]
            unit = "" if "." not in name else " ms"
            yield f"{name.partition('.')[0].replace('_', ' ')} {' -> '.join(values)}{unit}"


def _write(pairs: Sequence[Pair], folder: Path, of: str) -> Path:
    with writing_pages(folder):
        from simulator.report.html import HtmlComparison

        comparison = HtmlComparison(folder)
        for pair, name in zip(pairs, slugs([pair.after.name for pair in pairs]), strict=True):
            comparison.add(pair, name)
        return comparison.write_index(of)


def _names(calls: Mapping[str, KeptCall]) -> str:
    return ", ".join(sorted(calls)[:3]) + (", ..." if len(calls) > 3 else "")
