"""The command `agentkit`.

Only the command line is read here. What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from simulator.commands.recording_app import RECORD_STATUS, from_recording, record
from simulator.commands.scenario_app import app as scenario_app

BAD_INPUT = 2
INTERRUPTED = 130
"""128 and the number of SIGINT: what a shell reports for a program ended by Ctrl-C."""

MOST_SEED = 2**63 - 1

# "No such option", "no such command", a missing or a bad value. Older versions of typer take this class from click,
# newer ones from a copy of their own; it is the base of the one class that both make public.
WrongUsage = cast(type[Exception], typer.BadParameter.__base__)

app = typer.Typer(
    name="agentkit",
    help="Voice and video agents that join live calls, and a simulator that calls them in virtual time.",
    epilog="`agentkit simulate --help` tells more.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


app.add_typer(scenario_app, name="scenario")


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit status: 2 for bad usage or bad input, 130 after Ctrl-C."""
    arguments = sys.argv[1:] if argv is None else argv
    _print_whatever_the_encoding()
    try:
        status = app(arguments or ["--help"], prog_name="agentkit", standalone_mode=False)
    except WrongUsage as error:
        return _refuse(error, arguments)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return (status or 0) if arguments else BAD_INPUT


def _whole_number(least: int, most: int, example: int) -> Any:
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


def _time(text: str) -> Any:
    """A parser of option values: a time as it is written in a scenario."""
    from simulator.scenario.quantities import Duration

    try:
        return Duration.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _one_of(*names: str) -> Any:
    """A parser of option values: one of ``names``."""

    def parse(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"expected {' or '.join(names)}, found {text!r}")
        return text

    return parse


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"agentkit {version('agentkit')}")
        raise typer.Exit


@app.callback()
def _agentkit(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Only options here; all that is done, a command does."""


@app.command(
    epilog="The exit status is 0 when all scenarios passed, 1 when one failed, 2 for bad usage or bad input, and 130 "
    "after Ctrl-C. On each line, `yield` and `response` are the 95th percentiles of the yield latency and of the "
    "response latency in that call.",
)
def simulate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="Scenario files, and folders in which to look for them. By default the folder `scenarios`.",
            show_default=False,
        ),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FACTORY", help="The agent to call, in place of those that the files name."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=_whole_number(0, MOST_SEED, 7),
            help="The seed of all chance, in place of those that the files name.",
        ),
    ] = None,
    repeat: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=_whole_number(1, 1_000_000, 3),
            help="Run each scenario N times; it fails when the runs differ.",
        ),
    ] = 1,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the results to FILE as JSON; `-` is the standard output."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the trace and the sound of each call to DIR/<scenario>/."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a page for each call to DIR, to look at and to listen to, and an index.",
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to FILE as JUnit XML.")
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add a summary in Markdown to the end of FILE, for instance of $GITHUB_STEP_SUMMARY.",
        ),
    ] = None,
    perfetto: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write each call as a trace for Perfetto: DIR/<scenario>.perfetto.json."
        ),
    ] = None,
    otel: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each call as OpenTelemetry spans: DIR/<scenario>.otlp.json."),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Hold each call against the golden trace DIR/<scenario>.jsonl."),
    ] = None,
    golden_tolerance: Annotated[
        Any,
        typer.Option(
            metavar="TIME",
            parser=_time,
            help="How far times may lie from the golden ones, such as 5ms; in place of what DIR/golden.yaml says.",
        ),
    ] = None,
    update_golden: Annotated[
        bool, typer.Option("--update-golden", help="Make the calls that pass the golden ones.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            parser=_whole_number(1, 1024, 4),
            help="Play in N processes. By default in one, and with Ray on all processors.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="ENGINE",
            parser=_one_of("processes", "ray"),
            help="What plays the calls: `processes` of this computer, or a cluster with `ray`.",
        ),
    ] = "processes",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The Ray cluster. By default one on this computer alone."),
    ] = None,
    vary: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            parser=_one_of("seed"),
            help="With `seed`, give the runs of --repeat a seed each, counting up, and judge each by itself.",
        ),
    ] = None,
) -> None:
    """Run scenarios on a virtual clock and say which failed."""
    from simulator.commands.bad_input import BadInput
    from simulator.commands.engines import EngineOptions
    from simulator.commands.golden import GoldenOptions
    from simulator.commands.reports import ReportOptions
    from simulator.commands.simulate import Options
    from simulator.commands.simulate import simulate as run

    if golden is None and (update_golden or golden_tolerance is not None):
        option = "--update-golden" if update_golden else "--golden-tolerance"
        raise typer.BadParameter(f"{option} needs to know the folder of the goldens: --golden DIR")
    goldens = GoldenOptions(golden, golden_tolerance, update_golden) if golden is not None else None
    if address is not None and engine != "ray":
        raise typer.BadParameter("--address is that of a Ray cluster; add --engine ray")
    engines = EngineOptions(engine, jobs, address)
    reports = ReportOptions(report, junit, summary, perfetto, otel)
    options = Options(agent, seed, repeat, json, out, goldens, engines, vary is not None, reports)
    try:
        status = run(paths or [Path("scenarios")], options)
    except BadInput as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from None
    raise typer.Exit(status)


@app.command(epilog="The exit status is 0 whether or not the runs differ, and 2 for bad usage or bad input.")
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
    from simulator.commands.bad_input import BadInput
    from simulator.commands.compare import compare as run

    try:
        run(before, after, report)
    except BadInput as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from None


@app.command(
    epilog="The exit status is 0 when no call failed, 1 when one did, 2 for bad usage or bad input, and 130 after "
    "Ctrl-C with nothing found. Ctrl-C keeps the smallest failing call found so far.",
)
def explore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario.", show_default=False)],
    examples: Annotated[
        int,
        typer.Option(
            metavar="N", parser=_whole_number(1, 1_000_000, 100), help="Play up to N calls until one fails."
        ),
    ] = 100,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=_whole_number(0, MOST_SEED, 7),
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
    from simulator.commands.bad_input import BadInput

    try:
        from simulator.commands.explore import Options
        from simulator.commands.explore import explore as run
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        typer.echo("exploring needs Hypothesis: pip install 'agentkit[testing]'", err=True)
        raise typer.Exit(BAD_INPUT) from None
    try:
        status = run(file, Options(agent, examples, seed, out))
    except BadInput as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from None
    raise typer.Exit(status)


app.command(epilog=RECORD_STATUS)(record)
scenario_app.command("from-recording")(from_recording)


def _refuse(error: Any, arguments: list[str]) -> int:
    """One line on what is wrong with the command line."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "agentkit"
    near = sorted(getattr(error, "possibilities", None) or ())
    message = (error.message if near else error.format_message()).rstrip(".")
    message = message[:1].lower() + message[1:]
    if near:
        message = f"{message}; did you mean {' or '.join(near)}?"
    elif command == "agentkit" and Path(arguments[0]).exists():
        message = f"{message}; did you mean `agentkit simulate {arguments[0]}`?"
    stop = "" if message.endswith("?") else "."
    typer.echo(f"{command}: {message}{stop} See `{command} --help`.", err=True)
    return BAD_INPUT


def _print_whatever_the_encoding() -> None:
    """Let a terminal that cannot show a letter show its number, rather than fail over it."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
