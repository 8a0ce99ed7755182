"""The command line of an agent's own program: ``run`` and ``serve``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from agentkit.core.agents.launcher import GRACE_S
from agentkit.core.observability.logs import CallContext, JsonLines
from agentkit.core.runner.refused import ServeRefused

if TYPE_CHECKING:
    from agentkit.core.runner.runner import Runner

DONE, BAD_USAGE = 0, 2

HOST, PORT = "127.0.0.1", 8000

TOKEN_VARIABLE = "AGENTKIT_API_TOKEN"

_LEVELS = ("debug", "info", "warning", "error")

# Older versions of typer take this class from click, newer ones from a copy of their own.
_WrongUsage = cast(type[Exception], typer.BadParameter.__base__)


def main(runner: Runner, args: Sequence[str] | None) -> int:
    """Do what the command line says and return the exit status."""
    words = sys.argv[1:] if args is None else list(args)
    try:
        status = _app(runner)(words or ["--help"], standalone_mode=False)
    except _WrongUsage as error:
        message = error.format_message().rstrip(".?")  # type: ignore[attr-defined]
        return _refuse(f"{message}. See --help.")
    except ServeRefused as error:
        return _refuse(str(error))
    return status or (DONE if words else BAD_USAGE)


def _refuse(message: str) -> int:
    typer.echo(message, err=True)
    return BAD_USAGE


def _level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise typer.BadParameter(f"expected one of {', '.join(_LEVELS)}, found {text!r}")
    return text.lower()


Debug = Annotated[
    bool,
    typer.Option("--debug", help="asyncio's debug mode; blocking calls raise if blockbuster is installed."),
]
LogLevel = Annotated[
    str, typer.Option(metavar="LEVEL", parser=_level, help=f"What to log: {', '.join(_LEVELS)}.")
]


def _app(runner: Runner) -> typer.Typer:
    app = typer.Typer(
        help="Run this agent.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.command()
    def run(
        call_type: Annotated[str, typer.Option(help="The type of the call.")] = "default",
        call_id: Annotated[
            str | None, typer.Option(help="The call to join. A new one by default.", show_default=False)
        ] = None,
        no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not open the demo of the edge.")] = False,
        debug: Debug = False,
        log_level: LogLevel = "warning",
    ) -> None:
        """Take one agent through a call, until that ends or Ctrl-C."""
        _log(log_level, debug)
        runner.run(call_type, call_id, demo=not no_demo, debug=debug)

    @app.command()
    def serve(
        host: Annotated[str, typer.Option(help="The address to listen at.")] = HOST,
        port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 is any that is free.")] = PORT,
        token: Annotated[
            str | None,
            typer.Option(
                envvar=TOKEN_VARIABLE,
                show_default=False,
                help="What callers have to show as a bearer token. Other users of this machine can see an option; "
                "the environment variable they cannot.",
            ),
        ] = None,
        grace: Annotated[
            float,
            typer.Option(metavar="SECONDS", min=0, help="How long calls may go on after Ctrl-C or SIGTERM."),
        ] = GRACE_S,
        debug: Debug = False,
        log_level: LogLevel = "info",
        log_json: Annotated[bool, typer.Option("--log-json", help="Log in JSON, one object a line.")] = False,
    ) -> None:
        """Serve an HTTP API that sends agents into calls."""
        _log(log_level, debug, as_json=log_json)
        runner.serve(host, port, token=token or None, grace_s=grace, debug=debug)

    return app


def _log(level: str, debug: bool, *, as_json: bool = False) -> None:
    handler = logging.StreamHandler()
    handler.addFilter(CallContext())
    lines = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if as_json else lines)
    logging.basicConfig(level="DEBUG" if debug else level.upper(), handlers=[handler])
