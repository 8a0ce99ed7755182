"""`agentkit record`: take an agent through a call, and keep what happens in it."""

from __future__ import annotations

import inspect
import logging
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from agentkit.core.agents.launcher import AgentLauncher
from agentkit.core.runner import Runner
from simulator.commands.bad_input import BadInput
from simulator.recorder import RecordingEdge, record
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.factory import AgentFactory, find_factory

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

RECORDED, NOTHING_RECORDED = 0, 1


@dataclass(frozen=True)
class Options:
    """What was asked for besides the agent. ``limit_mb`` is what the recording may take on disk."""

    out: Path
    call_type: str = "default"
    call_id: str | None = None
    demo: bool = True
    limit_mb: int = 2000
    pictures: bool = True


def record_call(agent: str, options: Options) -> int:
    """Make the agent ``module:factory``, on its own edge, see it through one call, and return the exit status.

    Raises `BadInput` if there is anything in what was asked for that cannot be done.
    """
    factory = _factory(agent)
    _check_place(options.out)
    edges: list[RecordingEdge] = []

    async def create_agent(**kwargs: Any) -> Agent:
        made = factory(**kwargs)
        created: Agent = await made if isinstance(made, Awaitable) else made
        edges.append(
            record(
                created,
                options.out,
                limit_mb=options.limit_mb,
                pictures=options.pictures,
                facts={"factory": agent},
            )
        )
        return created

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    _, attend = find_factory(factory)
    launcher = AgentLauncher(create_agent, attend)
    Runner(launcher).run(options.call_type, options.call_id, demo=options.demo)
    recorded = [edge for edge in edges if edge.folder is not None]
    if not recorded:
        typer.echo("nothing was recorded: the agent did not join a call", err=True)
        return NOTHING_RECORDED
    for edge in recorded:
        until = f" until it was stopped ({edge.stopped})" if edge.stopped else ""
        advice = f"make it a test: agentkit scenario from-recording {edge.folder}"
        typer.echo(f"recorded in {edge.folder}{until}; {advice}")
    return RECORDED


def _check_place(out: Path) -> None:
    """Find out before the call whether anything can be written there."""
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {out}: this is a file; give the path of a folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent):
            pass
    except OSError as error:
        raise BadInput(f"--out {out}: nothing can be written there: {error.strerror or error}") from None


def _factory(agent: str) -> AgentFactory:
    try:
        factory, _ = find_factory(agent)
    except UsageError as error:
        raise BadInput(str(error)) from None
    missing = [
        parameter.name
        for parameter in inspect.signature(factory).parameters.values()
        if parameter.default is parameter.empty and parameter.kind not in _OPTIONAL
    ]
    if missing:
        raise BadInput(
            f"{agent} needs {', '.join(missing)}; a call is recorded on the agent's own edge, so name a factory that "
            "makes all it needs"
        )
    return factory


_OPTIONAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
