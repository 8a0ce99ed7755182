"""The command `agentkit`.

Only the command line is read here. What a command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from simulator.commands.compare_app import COMPARE_STATUS, compare
from simulator.commands.explore_app import EXPLORE_STATUS, explore
from simulator.commands.recording_app import RECORD_STATUS, from_recording, record
from simulator.commands.scenario_app import app as scenario_app
from simulator.commands.simulate_app import SIMULATE_STATUS, simulate
from simulator.commands.unread import BROKEN_PIPE, is_broken_pipe, is_full, let_go_of_output
from simulator.commands.values import BAD_INPUT

INTERRUPTED = 130
"""128 and the number of SIGINT: what a shell reports for a program ended by Ctrl-C."""

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


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit status.

    2 for bad usage or bad input, 130 after Ctrl-C, 141 when nobody reads any more.
    """
    arguments = sys.argv[1:] if argv is None else argv
    _print_whatever_the_encoding()
    try:
        status = app(arguments or ["--help"], prog_name="agentkit", standalone_mode=False)
        sys.stdout.flush()  # here, where it can be told what becomes of it
    except WrongUsage as error:
        return _refuse(error, arguments)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except (OSError, SystemExit) as error:
        return _unread(error)
    return (status or 0) if arguments else BAD_INPUT


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


app.command(epilog=SIMULATE_STATUS)(simulate)
app.command(epilog=COMPARE_STATUS)(compare)
app.command(
    epilog=EXPLORE_STATUS, short_help="Look for the times and the chance with which a scenario fails."
)(explore)
app.command(epilog=RECORD_STATUS, short_help="Take an agent through a call, and keep all of it.")(record)
app.add_typer(scenario_app, name="scenario")
scenario_app.command("from-recording", short_help="Write a recorded call as a scenario.")(from_recording)


def _refuse(error: Any, arguments: list[str]) -> int:
    """One line on what is wrong with the command line."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else _command_in(arguments)
    near = _nearest_first(getattr(error, "option_name", None) or arguments[0], error)
    message = (error.message if near else error.format_message()).rstrip(".")
    message = message[:1].lower() + message[1:]
    if near:
        message = f"{message}; did you mean {' or '.join(near)}?"
    elif command == "agentkit" and Path(arguments[0]).exists():
        message = f"{message}; did you mean `agentkit simulate {arguments[0]}`?"
    stop = "" if message.endswith("?") else "."
    typer.echo(f"{command}: {message}{stop} See `{command} --help`.", err=True)
    return BAD_INPUT


def _command_in(arguments: list[str]) -> str:
    """As much of a command line as names a command: ``agentkit scenario new``."""
    found: Any = typer.main.get_command(app)
    path = ["agentkit"]
    for word in arguments:
        if (found := getattr(found, "commands", {}).get(word)) is None:
            break
        path.append(word)
    return " ".join(path)


def _nearest_first(found: str, error: Any) -> list[str]:
    from difflib import SequenceMatcher

    possible = getattr(error, "possibilities", None) or ()
    return sorted(possible, key=lambda word: (-SequenceMatcher(None, found, word).ratio(), word))


def _unread(error: OSError | SystemExit) -> int:
    """The output goes nowhere: without a word where its reader has gone, with one line where there is no room."""
    if is_broken_pipe(error):
        let_go_of_output()
        return BROKEN_PIPE
    if isinstance(error, OSError) and is_full(error):
        let_go_of_output()
        typer.echo(
            f"agentkit: cannot write to the standard output: {error.strerror}; make room there.", err=True
        )
        return BAD_INPUT
    raise error


def _print_whatever_the_encoding() -> None:
    """Let a terminal that cannot show a letter show its number, rather than fail over it."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
