"""What was found out, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Result:
    """One figure: the median of ``runs`` measurements.

    ``ratio_to_floor`` is how many times as long as the floor of the same run the measured thing took; None where
    there is no such thing.
    """

    name: str
    value: float
    unit: str
    runs: int
    ratio_to_floor: float | None = None


def show(results: Sequence[Result], console: Console) -> None:
    """Print ``results`` as a table."""
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "value", "unit", "runs", "x floor"):
        text = heading in ("name", "unit")
        table.add_column(heading, justify="left" if text else "right", no_wrap=text)
    for result in results:
        ratio = "" if result.ratio_to_floor is None else f"{result.ratio_to_floor:.2f}"
        table.add_row(result.name, _figure(result.value), result.unit, str(result.runs), ratio)
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
