"""The command lines of `agentkit record` and `agentkit scenario from-recording`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.commands import values

RECORD_STATUS = (
    "The exit status is 0 when there is a recording, 1 when the agent did not get into a call, and 2 for bad usage or "
    "bad input. Ctrl-C ends the call and keeps the recording."
)


def record(
    agent: Annotated[
        str,
        typer.Option(
            metavar="MODULE:FACTORY", help="What makes the agent, with its own edge.", show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The folder of the recording; DIR-2 and so on once it is in use."),
    ] = Path("recordings/call"),
    call_type: Annotated[str, typer.Option(help="The type of the call.")] = "default",
    call_id: Annotated[
        str | None, typer.Option(help="The call to join. A new one by default.", show_default=False)
    ] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not open the demo of the edge.")] = False,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Keep nothing of what the agent sees.")
    ] = False,
    limit: Annotated[
        int,
        typer.Option(metavar="MB", min=1, help="Stop recording when it takes so much; the call goes on."),
    ] = 2000,
) -> None:
    """Take an agent through a call, and keep the sound, the pictures and the events of it."""
    from simulator.commands.record import Options, record_call

    options = Options(out, call_type, call_id, not no_demo, limit, not no_pictures)
    with values.refusing_bad_input():
        raise typer.Exit(record_call(agent, options))


def from_recording(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What `agentkit record` made.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The scenario to write. By default DIR/scenario.yaml.", show_default=False
        ),
    ] = None,
    tolerance: Annotated[
        Any,
        typer.Option(
            metavar="TIME", parser=values.time, help="How much later than it did the agent may do something."
        ),
    ] = "500ms",
    vary: Annotated[
        Any,
        typer.Option(
            metavar="TIME",
            parser=values.time,
            help="Let `agentkit explore` make each wait longer by up to this.",
        ),
    ] = "0",
    expect: Annotated[
        bool, typer.Option("--expect", help="Expect the agent to say what it said, too.")
    ] = False,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FACTORY",
            parser=values.factory,
            help="What makes the agent. By default what made it in the recording.",
            show_default=False,
        ),
    ] = None,
    no_stand_ins: Annotated[
        bool, typer.Option("--no-stand-ins", help="Write no module with stand-ins for its providers.")
    ] = False,
) -> None:
    """Write a recorded call as a scenario, with clips of what people said in it.

    Where the agent had providers that need a network, a module beside it makes the agent with stand-ins, which answer
    as they did.
    """
    from simulator.commands.from_recording import Options
    from simulator.commands.from_recording import from_recording as run
    from simulator.recorder.retelling.script import Tolerance

    options = Options(out, Tolerance(tolerance, vary), expect, agent, not no_stand_ins)
    with values.refusing_bad_input():
        run(folder, options)
