"""The command line of `agentkit compare`. What it needs is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.values import refusing_bad_input

COMPARE_STATUS = "The exit status is 0 whether or not the runs differ, and 2 for bad usage or bad input."


def compare(
    before: Annotated[
        Path,
        typer.Argument(
            metavar="BEFORE",
            help="A folder that `agentkit simulate --out` wrote, the folder of one call in it, or a trace.",
            show_default=False,
        ),
    ],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another one.", show_default=False)],
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write pages to DIR with both calls of each scenario, and an index."
        ),
    ] = None,
) -> None:
    """Say what changed from one run to another."""
    from simulator.commands.compare import compare as run

    with refusing_bad_input():
        run(before, after, report)
