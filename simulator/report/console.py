"""Results as they come, for a person who watches."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from textwrap import indent
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from simulator.report.lines import INDENT, Tally, failure_lines, result_line, seed_lines, verdict
from simulator.report.result import Result
from simulator.scenario.model.scenario import Scenario

WIDEST_NAME, NARROWEST_NAME = 60, 30
"""Columns of the longest names."""
FIGURES = 61
"""Columns of all else on a line: ``ok``, how long it took, ``yield 240 ms  response 1080 ms``."""


class PipedConsole(Console):
    """A console whose reader may go away. Rich would end the process as if an agent had; this says what it is."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class ConsoleReport:
    """A line for each scenario when it has run, and on a terminal a bar beneath that names the one that runs.

    Colour follows the terminal and ``NO_COLOR``. ``stderr`` leaves the standard output to others.
    """

    def __init__(self, scenarios: Sequence[Scenario], *, stderr: bool = False) -> None:
        self.tally = Tally(len(scenarios))
        self._console = PipedConsole(
            stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True
        )
        room = self._console.width - FIGURES if self._console.is_terminal else WIDEST_NAME
        longest = max((len(scenario.name) for scenario in scenarios), default=0)
        self._width = min(longest, max(NARROWEST_NAME, min(WIDEST_NAME, room)))
        # Drawn when there is something new: a thread that redraws on its own would run beside the simulation.
        self._progress = Progress(
            BarColumn(20),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            auto_refresh=False,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=len(scenarios))

    def __enter__(self) -> ConsoleReport:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begins(self, scenario: Scenario, played: str = "") -> None:
        """``scenario`` is about to run; ``played`` says how many runs of it have."""
        self._progress.update(self._bar, description=f"{scenario.name} {played}".rstrip(), refresh=True)

    def ended(self, result: Result, listen: str, written: str = "") -> None:
        """A scenario has run. ``listen`` says where a call that failed can be heard, ``written`` what was changed."""
        self.tally.add(result)
        told = Text(result_line(result, self._width))
        told.stylize("green" if result.passed else "bold red", 0, len(verdict(result)))
        if not result.passed:
            seeds = seed_lines(result.sweep) if result.sweep is not None else ()
            lines = [*seeds, *failure_lines(result.failures, result.log), listen]
            told.append("\n" + indent("\n".join(lines), INDENT) + "\n")
        if written:
            told.append("\n" + indent(written, INDENT))
        self._print(told)
        self._progress.update(self._bar, advance=1, refresh=True)

    def sums_up(self, wall_s: float, kept: Iterable[str] = ()) -> None:
        """All have run, or as many as will, in ``wall_s`` seconds. ``kept`` says where to find what, a line each."""
        self.tally.wall_s = wall_s
        for line in kept:
            self._print(Text(line))
        self._print(Text(str(self.tally), style="bold red" if self.tally.failed else "bold"))

    def _print(self, told: Text) -> None:
        self._console.print(told, soft_wrap=True)
