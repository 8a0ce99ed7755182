"""`agentkit scenario from-recording`: a recorded call as a scenario."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import typer

from simulator.commands.bad_input import BadInput
from simulator.media.folders import FIXTURES
from simulator.recorder.conversion import ConversionError, convert
from simulator.recorder.retelling.recorded import RecordingError
from simulator.recorder.retelling.script import Tolerance
from simulator.recorder.stand_ins.needed import StandInError, StandIns


@dataclass(frozen=True)
class Options:
    """What was asked for besides the recording."""

    out: Path | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    expect: bool = False
    agent: str | None = None
    stand_ins: bool = True


def from_recording(folder: Path, options: Options) -> None:
    """Write the scenario and say where it is.

    Raises `BadInput` with one line if there is no recording, or the scenario cannot be written.
    """
    try:
        made = convert(
            folder,
            options.out,
            tolerance=options.tolerance,
            texts=options.expect,
            agent=options.agent,
            stand_ins=options.stand_ins,
        )
    except (RecordingError, ConversionError, StandInError) as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: cannot be written ({error.strerror or error})") from None
    clips = f"{made.clips} clip{'' if made.clips == 1 else 's'}"
    if made.showings:
        clips += f" and {made.showings} of what was shown"
    beside = f" with {clips} in {made.path.parent / FIXTURES}" if made.clips or made.showings else ""
    typer.echo(f"wrote {made.path}{beside}")
    if made.stand_ins is not None:
        _tell_stand_ins(made.stand_ins)
    elif made.real:
        typer.echo(_told_real(made.real, asked=options.stand_ins), err=True)
    if not made.complete:
        typer.echo("the recording was cut off: the scenario ends where it does", err=True)
    agent = "" if made.scenario.agent is not None else " --agent MODULE:FACTORY"
    typer.echo(f"play it: agentkit simulate {made.path}{agent}")


def _tell_stand_ins(written: StandIns) -> None:
    parts = ", ".join(f"{name} ({made_of})" for name, made_of in written.replaced.items())
    typer.echo(
        f"wrote {written.path}, which makes the agent with stand-ins for its {parts}: a simulated call has no network"
    )
    if written.problem:
        typer.echo(f"it cannot do that yet: {written.problem}", err=True)


def _told_real(real: dict[str, str], *, asked: bool) -> str:
    parts = ", ".join(f"{name} ({made_of})" for name, made_of in real.items())
    why = "there are no stand-ins for realtime models" if asked else "no stand-ins were written"
    return (
        f"the agent had {parts}, which a simulated call cannot reach, and {why}; name a function that makes the agent "
        "with scripted providers when you play it"
    )
