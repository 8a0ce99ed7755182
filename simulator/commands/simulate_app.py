"""The command line of `agentkit simulate`: its options by what they are about, then the command.

What it needs is imported when it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.commands import values

SIMULATE_STATUS = (
    "The exit status is 0 when all scenarios passed, 1 when one failed, 2 for bad usage or bad input, 130 "
    "after Ctrl-C, and 141 when the reader of a pipe has gone. On each line, `yield` and `response` are the 95th "
    "percentiles of the yield latency and of the response latency in that call."
)

# -- what is played -----------------------------------------------------------------------------------------------

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        help="Scenario files, and folders in which to look for them. By default the folder `scenarios`.",
        show_default=False,
    ),
]
Agent = Annotated[
    str | None,
    typer.Option(metavar="MODULE:FACTORY", help="The agent to call, in place of those that the files name."),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=values.whole_number(0, values.MOST_SEED, 7),
        help="The seed of all chance, in place of those that the files name.",
    ),
]
Repeat = Annotated[
    int,
    typer.Option(
        metavar="N",
        parser=values.whole_number(1, 1_000_000, 3),
        help="Run each scenario N times; it fails when the runs differ.",
    ),
]
Vary = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        parser=values.one_of("seed"),
        help="With `seed`, give the runs of --repeat a seed each, counting up, and judge each by itself.",
    ),
]

# -- what is written ----------------------------------------------------------------------------------------------

Json = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write the results to FILE as JSON; `-` is the standard output."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="DIR",
        help="Write the trace and the sound of each call to DIR/<scenario>/.",
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="DIR",
        help="Write a page for each call to DIR, to look at and to listen to, and an index.",
    ),
]
JUnit = Annotated[
    Path | None,
    typer.Option(parser=values.path, metavar="FILE", help="Write the results to FILE as JUnit XML."),
]
Summary = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="FILE",
        help="Add a summary in Markdown to the end of FILE, for instance of $GITHUB_STEP_SUMMARY.",
    ),
]
Perfetto = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="DIR",
        help="Write each call as a trace for Perfetto: DIR/<scenario>.perfetto.json.",
    ),
]
OTel = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="DIR",
        help="Write each call as OpenTelemetry spans: DIR/<scenario>.otlp.json.",
    ),
]

# -- what the calls are held against ------------------------------------------------------------------------------

Golden = Annotated[
    Path | None,
    typer.Option(
        parser=values.path,
        metavar="DIR",
        help="Hold each call against the golden trace DIR/<scenario>.jsonl.",
    ),
]
GoldenTolerance = Annotated[
    Any,
    typer.Option(
        metavar="TIME",
        parser=values.time,
        help="How far times may lie from the golden ones, such as 5ms; in place of what DIR/golden.yaml says.",
    ),
]
UpdateGolden = Annotated[
    bool, typer.Option("--update-golden", help="Make the calls that pass the golden ones.")
]

# -- what plays them ----------------------------------------------------------------------------------------------

Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        parser=values.whole_number(1, 1024, 4),
        help="Play in N processes. By default in one, and with Ray on all processors.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        metavar="ENGINE",
        parser=values.one_of("processes", "ray"),
        help="What plays the calls: `processes` of this computer, or a cluster with `ray`.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="The Ray cluster. By default one on this computer alone."),
]


def simulate(
    paths: Paths = None,
    agent: Agent = None,
    seed: Seed = None,
    repeat: Repeat = 1,
    json: Json = None,
    out: Out = None,
    report: Report = None,
    junit: JUnit = None,
    summary: Summary = None,
    perfetto: Perfetto = None,
    otel: OTel = None,
    golden: Golden = None,
    golden_tolerance: GoldenTolerance = None,
    update_golden: UpdateGolden = False,
    jobs: Jobs = None,
    engine: Engine = "processes",
    address: Address = None,
    vary: Vary = None,
) -> None:
    """Run scenarios on a virtual clock and say which failed."""
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
    with values.refusing_bad_input():
        raise typer.Exit(run(paths or [Path("scenarios")], options))
