"""`agentkit simulate`: run scenarios and say which failed."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.core import clock
from simulator.commands.bad_input import BadInput, told_as_bad_input
from simulator.commands.engines import ONE_PROCESS, EngineOptions, engine_for
from simulator.commands.gather import gather
from simulator.commands.golden import GoldenCalls, GoldenOptions
from simulator.commands.reports import NO_REPORTS, ReportOptions, Reports, check_file, make_folder
from simulator.report.console import ConsoleReport
from simulator.report.folder import slugs, write_call
from simulator.report.json_file import STDOUT, write_json
from simulator.report.result import Result
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.reading.unheard import unheard_clips
from simulator.sweep.engine import Engine
from simulator.sweep.play import Job
from simulator.sweep.sweep import Sweep

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
    engine: EngineOptions = ONE_PROCESS
    vary_seed: bool = False
    reports: ReportOptions = NO_REPORTS


def simulate(paths: Sequence[Path], options: Options) -> int:
    """Run the scenarios in ``paths`` and return the exit status of the command.

    Raises `BadInput`, before the first of them runs, if there is anything in what was asked for that cannot be done.
    """
    scenarios = gather(paths, options.agent)
    job = _job(scenarios, options)
    _check_destinations(options)
    goldens = None
    if options.golden is not None:
        again = _command(map(str, paths), options.seed, options)
        goldens = GoldenCalls(scenarios, options.golden, again, lambda result: _again(result, options))
    reports = Reports(options.reports, len(scenarios))
    with (
        _results_kept(options.json) as rows,
        reports.finished_with(rows),
        engine_for(job, options.engine) as engine,
    ):
        return _run(job, engine, options, goldens, reports, rows)


def _job(scenarios: Sequence[Scenario], options: Options) -> Job:
    job = Job(
        tuple(scenarios),
        repeat=options.repeat,
        agent=options.agent,
        seed=options.seed,
        vary_seed=options.vary_seed,
        sound=options.out is not None or options.reports.html is not None,
    )
    if options.vary_seed and options.repeat == 1:
        raise BadInput("--vary seed needs to know how many seeds: --repeat N")
    if options.vary_seed and options.golden is not None:
        raise BadInput("--golden and --vary seed: a golden call has one seed; give one of the two")
    for index, scenario in enumerate(scenarios):
        if job.seed_of(index, job.repeat) >= 2**63:
            raise BadInput(
                f"{scenario.path}: --repeat {job.repeat} leads to seeds of 2^63 and more; start lower"
            )
    return job


def _run(
    job: Job,
    engine: Engine,
    options: Options,
    goldens: GoldenCalls | None,
    reports: Reports,
    rows: list[dict[str, Any]],
) -> int:
    """Run and report in order; what has run is in ``rows``, whatever happens."""
    sweep, began = Sweep(job), clock.now()
    with ConsoleReport(job.scenarios, stderr=options.json == STDOUT) as report:
        teller = _Teller(job, options, goldens, reports, rows, report)
        try:
            for result in sweep.results(engine, lambda sweep: _show_progress(report, job, sweep)):
                teller.tell(result)
        except KeyboardInterrupt:
            engine.close()
            for result in sweep.interrupted():
                teller.tell(result)
            report.sums_up(clock.now() - began, _kept(options, reports))
            return INTERRUPTED
        except SystemExit as error:  # else the rest would go unplayed, with whatever status the agent chose
            path, advice = (
                job.scenarios[sweep.current.scenario].path,
                "raise an error instead of calling sys.exit()",
            )
            raise BadInput(f"{path}: the agent ended the process with {error.code!r}; {advice}") from None
        report.sums_up(clock.now() - began, _kept(options, reports))
    return FAILED if report.tally.failed else PASSED


class _Teller:
    """Tells of one result after the other, and keeps of each what is to be kept."""

    def __init__(
        self,
        job: Job,
        options: Options,
        goldens: GoldenCalls | None,
        reports: Reports,
        rows: list[dict[str, Any]],
        report: ConsoleReport,
    ) -> None:
        paths = [scenario.path for scenario in job.scenarios]
        self._names = dict(zip(paths, slugs([scenario.name for scenario in job.scenarios]), strict=True))
        self._options, self._goldens, self._reports = options, goldens, reports
        self._rows, self._report = rows, report
        self._unheard: set[Path] = set()

    def tell(self, result: Result) -> None:
        """A scenario has been played."""
        result, written = self._goldens.held_against(result) if self._goldens is not None else (result, "")
        self._rows.append(result.as_row())
        listen = self._keep(result, self._names[result.scenario.path])
        beneath = [written, *self._not_understood(result)]
        self._report.ended(result, listen, "\n".join(filter(None, beneath)))

    def _keep(self, result: Result, name: str) -> str:
        """Write what was asked for, and say how to hear the call."""
        options, folder = self._options, None
        audible, again = result.outcome.audible, _again(result, options)
        listen = f"to listen: {again} --out recordings" if audible else f"again: {again}"
        if options.out is not None:
            folder = options.out / name
            with told_as_bad_input(f"cannot write to {folder}"):
                sound = write_call(folder, result.outcome)
            listen = f"listen: {sound}" if audible else f"kept in {folder}, without any sound"
        if (page := self._reports.add(result, name, folder)) is not None:
            listen = f"look and listen: {page}"
        return listen

    def _not_understood(self, result: Result) -> Iterator[str]:
        """The clips of which this agent could not understand a word, each once."""
        if not result.outcome.scripted_ears:
            return
        for clip, problem in unheard_clips(result.scenario).items():
            if clip not in self._unheard:
                self._unheard.add(clip)
                yield f"warning: {problem}"


def _kept(options: Options, reports: Reports) -> Iterator[str]:
    """Where to find what was asked for, a line each."""
    if reports.index is not None:
        yield f"pages: {reports.index}"
    if options.out is not None:
        yield f"calls: {options.out}"
    if options.golden is not None and not options.golden.update:
        yield f"held against: {options.golden.folder}"


def _show_progress(report: ConsoleReport, job: Job, sweep: Sweep) -> None:
    scenario, played, failed = sweep.current
    runs = f"{played}/{job.repeat} runs" if job.repeat > 1 else ""
    report.begins(job.scenarios[scenario], f"{runs}, {failed} failed" if failed else runs)


def _again(result: Result, options: Options) -> str:
    """What runs the call again that ``result`` tells of."""
    seed = options.seed if result.sweep is None else result.sweep.told_seed
    return _command([str(result.scenario.path)], seed, options)


def _command(paths: Iterable[str], seed: int | None, options: Options) -> str:
    words = ["agentkit", "simulate", *paths]
    words += ["--agent", options.agent] if options.agent is not None else []
    words += ["--seed", str(seed)] if seed is not None else []
    return shlex.join(words)


def _check_destinations(options: Options) -> None:
    if options.json is not None and options.json != STDOUT:
        check_file("--json", Path(options.json))
    if options.out is not None:
        make_folder("--out", options.out)


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
            with told_as_bad_input(f"cannot write {target}"):
                write_json(target, rows)
