"""The command line of `agentkit explore`. What it needs is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.values import BAD_INPUT, MOST_SEED, refusing_bad_input, whole_number

EXPLORE_STATUS = (
    "The exit status is 0 when no call failed, 1 when one did, 2 for bad usage or bad input, and 130 after "
    "Ctrl-C with nothing found. Ctrl-C keeps the smallest failing call found so far."
)


def explore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario.", show_default=False)],
    examples: Annotated[
        int,
        typer.Option(
            metavar="N", parser=whole_number(1, 1_000_000, 100), help="Play up to N calls until one fails."
        ),
    ] = 100,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole_number(0, MOST_SEED, 7),
            help="The seed of the exploration: another one draws other calls.",
        ),
    ] = 0,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FACTORY", help="The agent to call, in place of the one that the file names."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save a failing call as this scenario. By default beside the one explored.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Look for the times and the chance with which a scenario fails, and save the smallest."""
    try:
        from simulator.commands.explore import Options
        from simulator.commands.explore import explore as run
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        from agentkit.core.extras import how_to_install

        typer.echo(f"exploring needs Hypothesis: {how_to_install('testing')}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    with refusing_bad_input():
        raise typer.Exit(run(file, Options(agent, examples, seed, out)))
