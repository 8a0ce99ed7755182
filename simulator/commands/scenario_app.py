"""The command line of `agentkit scenario`. What its commands need is imported when they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from simulator.commands import values

app = typer.Typer(
    help="Check scenario files, begin a new one, print their schema.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(epilog="The exit status is 0 when nothing is wrong, and 2 when something is.")
def check(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Scenario files, and folders in which to look for them."),
    ],
) -> None:
    """Say what is wrong in scenarios, without playing them."""
    from simulator.commands.scenario import check as run

    _told(lambda: run(paths))


@app.command()
def new(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="What it is called, or the path of a file *.yaml.", show_default=False
        ),
    ],
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FACTORY", parser=values.factory, help="The agent to call.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a scenario to begin with."""
    from simulator.commands.scenario import new as run

    def written() -> str:
        made = run(name, agent)
        theirs = f", with the agent of its neighbours, {made.agent}" if made.agent and not agent else ""
        given = "" if made.agent else " --agent MODULE:FACTORY"
        return f"{made.path}: written{theirs}. Play it: agentkit simulate {made.path}{given}"

    _told(written)


@app.command(short_help="Print the JSON schema of scenario files.")
def schema() -> None:
    """Print the JSON schema of scenario files, for editors to complete and explain them."""
    from simulator.commands.scenario import schema as run

    typer.echo(run(), nl=False)


def _told(work: Callable[[], str]) -> None:
    """Say what came of it, or what is wrong."""
    with values.refusing_bad_input():
        typer.echo(work())
