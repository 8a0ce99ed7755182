"""`agentkit simulate`: run scenarios and say which failed."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.commands.bad_input import BadInput
from simulator.commands.gather import gather
from simulator.commands.golden import GoldenCalls, GoldenOptions
from simulator.commands.repeat import run_repeatedly
from simulator.report.console import ConsoleReport
from simulator.report.folder import slugs, write_call
from simulator.report.json_file import STDOUT, write_json
from simulator.scenario.model import Scenario

PASSED, FAILED, INTERRUPTED = 0, 1, 130


@dataclass(frozen=True)
class Options:
    """What was asked for besides the scenarios. None for ``agent`` and ``seed`` leaves those to the files."""

    agent: str | None = None
    seed: int | None = None
    repeat: int = 1
    json: str | None = None
    out: Path | None = None
    golden: GoldenOptions | None = None


def simulate(paths: Sequence[Path], options: Options) -> int:
    """Run the scenarios in ``paths`` and return the exit status of the command.

    Raises `BadInput`, before the first of them runs, if there is anything in what was asked for that cannot be done.
    """
    scenarios = gather(paths, options.agent)
    _check_destinations(options)
    goldens = GoldenCalls(scenarios, options.golden) if options.golden is not None else None
    with _results_kept(options.json) as rows:
        return _run(scenarios, options, goldens, rows)


def _run(
    scenarios: Sequence[Scenario], options: Options, goldens: GoldenCalls | None, rows: list[dict[str, Any]]
) -> int:
    """Run and report one after the other; what has run is in ``rows``, whatever happens."""
    folders = slugs([scenario.name for scenario in scenarios])
    with ConsoleReport(scenarios, stderr=options.json == STDOUT) as report:
        try:
            for scenario, folder in zip(scenarios, folders, strict=True):
                report.begins(scenario)
                result = run_repeatedly(scenario, options.repeat, agent=options.agent, seed=options.seed)
                result, written = goldens.held_against(result) if goldens is not None else (result, "")
                rows.append(result.as_row())
                if options.out is None:
                    listen = f"to listen: {_command(scenario, options)} --out recordings"
                else:
                    with _told_as_bad_input(f"cannot write to {options.out / folder}"):
                        listen = f"listen: {write_call(options.out / folder, result.outcome)}"
                report.ended(result, listen, written)
        except KeyboardInterrupt:
            report.sums_up()
            return INTERRUPTED
        except SystemExit as error:  # else the rest would go unplayed, with whatever status the agent chose
            advice = "raise an error instead of calling sys.exit()"
            raise BadInput(
                f"{scenario.path}: the agent ended the process with {error.code!r}; {advice}"
            ) from None
        report.sums_up()
    return FAILED if report.tally.failed else PASSED


def _command(scenario: Scenario, options: Options) -> str:
    """What runs ``scenario`` again, as it was run."""
    words = ["agentkit", "simulate", str(scenario.path)]
    words += ["--agent", options.agent] if options.agent is not None else []
    words += ["--seed", str(options.seed)] if options.seed is not None else []
    return shlex.join(words)


def _check_destinations(options: Options) -> None:
    if options.json is not None and options.json != STDOUT:
        path = Path(options.json)
        if path.is_dir():
            raise BadInput(
                f"--json {path}: this is a folder; give the path of a file, or - for the standard output"
            )
        if not path.parent.is_dir():
            raise BadInput(f"--json {path}: there is no folder {path.parent}; make it first")
    if options.out is not None:
        with _told_as_bad_input(f"--out {options.out}: cannot make this folder"):
            options.out.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _results_kept(target: str | None) -> Iterator[list[dict[str, Any]]]:
    """A list whose contents are written to ``target`` as JSON, however the block ends."""
    rows: list[dict[str, Any]] = []
    # An agent may print; where the results go to the standard output, they have it for themselves.
    printed = contextlib.redirect_stdout(sys.stderr) if target == STDOUT else contextlib.nullcontext()
    try:
        with printed:
            yield rows
    finally:
        if target is not None:
            with _told_as_bad_input(f"cannot write {target}"):
                write_json(target, rows)


@contextlib.contextmanager
def _told_as_bad_input(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{what}: {error.strerror or error}") from None
