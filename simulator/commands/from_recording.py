"""`agentkit scenario from-recording`: a recorded call as a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from simulator.commands.bad_input import BadInput
from simulator.recorder.conversion import ConversionError, convert
from simulator.recorder.recorded import RecordingError
from simulator.recorder.script import Tolerance
from simulator.scenario.load import FIXTURES
from simulator.scenario.quantities import Duration


@dataclass(frozen=True)
class Options:
    """What was asked for besides the recording; see `Tolerance` for the times, which are as in a scenario."""

    out: Path | None = None
    tolerance: str = "500ms"
    vary: str = "0"
    expect: bool = False


def from_recording(folder: Path, options: Options) -> None:
    """Write the scenario and say where it is.

    Raises `BadInput` with one line if there is no recording, or the scenario cannot be written.
    """
    tolerance = Tolerance(_time("--tolerance", options.tolerance), _time("--vary", options.vary))
    try:
        made = convert(folder, options.out, tolerance=tolerance, texts=options.expect)
    except (RecordingError, ConversionError) as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: cannot be written ({error.strerror or error})") from None
    clips = f"{made.clips} clip{'' if made.clips == 1 else 's'}"
    if made.showings:
        clips += f" and {made.showings} of what was shown"
    beside = f" with {clips} in {made.path.parent / FIXTURES}" if made.clips or made.showings else ""
    typer.echo(f"wrote {made.path}{beside}")
    if not made.complete:
        typer.echo("the recording was cut off: the scenario ends where it does", err=True)
    agent = "" if made.scenario.agent is not None else " --agent MODULE:FACTORY"
    typer.echo(f"play it: agentkit simulate {made.path}{agent}")


def _time(option: str, text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None
