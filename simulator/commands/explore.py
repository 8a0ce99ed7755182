"""`agentkit explore`: look for the times and the chance with which a scenario fails, and keep the smallest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from simulator.commands.bad_input import BadInput
from simulator.commands.gather import gather
from simulator.explore.explorable import Explorable
from simulator.explore.reason import reason_of
from simulator.explore.saved import CannotSave, check_destination, save, told
from simulator.explore.search import Found, Search
from simulator.report.console import PipedConsole
from simulator.report.held_log import hold_log
from simulator.report.lines import INDENT, failure_lines
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.playing.runner import run_scenario

NOTHING_FOUND, FOUND, INTERRUPTED = 0, 1, 130


@dataclass(frozen=True)
class Options:
    """What was asked for besides the scenario. ``seed`` decides what is drawn."""

    agent: str | None = None
    examples: int = 100
    seed: int = 0
    out: Path | None = None


def explore(path: Path, options: Options) -> int:
    """Explore the scenario in ``path`` and return the exit status of the command.

    Raises `BadInput` if there is anything in what was asked for that cannot be done.
    """
    explored = _load(path, options)
    console = PipedConsole(highlight=False, markup=False, emoji=False, soft_wrap=True)
    _announce(console, explored)
    with _ExplorationBar(console, options.examples) as bar, hold_log():
        search = Search(explored.scenario, explored.timings, options.agent, bar.update)
        search.run(options.examples, options.seed)
    _sum_up(console, search)
    if search.found is None:
        return INTERRUPTED if search.interrupted else NOTHING_FOUND
    _tell(console, explored, search.found)
    _keep(console, explored, search.found, options)
    return FOUND


def _load(path: Path, options: Options) -> Explorable:
    if path.is_dir():
        raise BadInput(f"{path}: this is a folder; explore one scenario at a time: agentkit explore FILE")
    gather([path], options.agent)
    explored = Explorable.load(path)
    try:
        check_destination(explored, options.out)
    except CannotSave as error:
        raise BadInput(str(error)) from None
    return explored


def _announce(console: Console, explored: Explorable) -> None:
    ranges = [f"{timing.range} in line {timing.place.line}" for timing in explored.timings]
    console.print(f"exploring {explored.scenario.name}: {', '.join([*ranges, 'the seed of all chance'])}")


class _ExplorationBar:
    """On a terminal, a bar with the calls so far, their pace, and what has been found."""

    def __init__(self, console: Console, examples: int) -> None:
        self._examples = examples
        # Drawn when there is something new: a thread that redraws on its own would run beside the simulation.
        self._progress = Progress(
            BarColumn(20),
            TextColumn("{task.description}", markup=False),
            console=console,
            auto_refresh=False,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=examples)

    def __enter__(self) -> _ExplorationBar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def update(self, search: Search) -> None:
        """A call has been played."""
        if search.found is None:
            told = f"{search.calls}/{self._examples} calls   {_pace(search)}"
        else:
            shrinking = search.calls - search.calls_until_found
            times = " ".join(map(str, search.found.drawn.times))
            told = f"found; {shrinking} calls to shrink it   {_pace(search)}   smallest: {times}"
        self._progress.update(
            self._bar, completed=min(search.calls, self._examples), description=told, refresh=True
        )


def _pace(search: Search) -> str:
    return f"{search.calls / search.wall_s:.1f} calls/s" if search.wall_s else ""


def _sum_up(console: Console, search: Search) -> None:
    stopped = "stopped: " if search.interrupted else ""
    calls = f"{search.calls} call{'' if search.calls == 1 else 's'}"
    took = f"{search.simulated_s:.1f} s of calls in {search.wall_s:.2f} s, {_pace(search)}"
    if search.found is None:
        console.print(f"{stopped}nothing found in {calls} ({took})")
    else:
        shrinking = search.calls - search.calls_until_found
        console.print(
            f"{stopped}found in call {search.calls_until_found}, shrunk in {shrinking} more ({took})"
        )
    for reason, count in search.others.most_common():
        console.print(f"also seen, {count} x, and left for another exploration: {reason}")


def _tell(console: Console, explored: Explorable, found: Found) -> None:
    console.print()
    for timing, time in zip(explored.timings, found.drawn.times, strict=True):
        console.print(f"{INDENT}{told(timing, time)}")
    console.print(f"{INDENT}seed {found.drawn.seed}")
    console.print()
    console.print(indent("\n".join(failure_lines(found.outcome.failures)), INDENT))


def _keep(console: Console, explored: Explorable, found: Found, options: Options) -> None:
    """Save what was found, and see whether the file fails as the call did."""
    try:
        path, saved = save(explored, found, options.out)
    except CannotSave as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(
            f"cannot write {options.out or 'beside the scenario'}: {error.strerror or error}"
        ) from None
    console.print(f"saved as {path}; {_proof(saved, found, options.agent)}")
    agent = f" --agent {options.agent}" if options.agent is not None else ""
    console.print(f"play it: agentkit simulate {path}{agent}")


def _proof(saved: Scenario, found: Found, agent: str | None) -> str:
    with hold_log():
        reason = reason_of(saved, run_scenario(saved, agent=agent))
    if reason == found.reason:
        return "it fails for the same reason"
    otherwise = "passes" if reason is None else f"fails otherwise: {reason}"
    return f"played from there it {otherwise}; is something in the agent unseeded?"
