"""What stands on a command line: the values of options, and the end of a command that could not work with them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from simulator.commands.bad_input import BadInput

BAD_INPUT = 2
"""The exit status for bad usage and bad input."""

MOST_SEED = 2**63 - 1


@contextlib.contextmanager
def refusing_bad_input() -> Iterator[None]:
    """`BadInput` in the block is told, and ends the command."""
    try:
        yield
    except BadInput as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from None


def whole_number(least: int, most: int, example: int) -> Callable[[str], int]:
    """A parser of option values: a whole number from ``least`` to ``most``."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise typer.BadParameter(f"expected a whole number like {example}, found {text!r}") from None
        if not least <= number <= most:
            limits = f"of at least {least}" if number < least else f"of at most {most}"
            raise typer.BadParameter(f"expected a whole number {limits}, found {text}")
        return number

    return parse


def path(text: str) -> Path:
    """A parser of option values: where to write something. An empty path would be this very folder."""
    if not text.strip():
        raise typer.BadParameter("expected a path, found nothing; is a variable of the shell empty?")
    return Path(text)


def time(text: str) -> Any:
    """A parser of option values: a time as it is written in a scenario."""
    from simulator.scenario.model.quantities import Duration

    try:
        return Duration.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def factory(text: str) -> str:
    """A parser of option values: ``module:factory``, where there need not be one yet."""
    from simulator.scenario.model.parts import parse_factory

    try:
        return parse_factory(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def one_of(*names: str) -> Callable[[str], str]:
    """A parser of option values: one of ``names``."""

    def parse(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"expected {' or '.join(names)}, found {text!r}")
        return text

    return parse
