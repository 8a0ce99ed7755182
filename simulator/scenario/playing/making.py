"""Calling the function that makes the agent, and being sure that it did."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.scenario.model.failure import UsageError
from simulator.scenario.verbs.arguments import found

if TYPE_CHECKING:
    from agentkit.core.agents import Agent
    from simulator.scenario.playing.factory import AgentFactory


async def make_agent(factory: AgentFactory, parts: Mapping[str, Any]) -> Agent:
    """The agent that ``factory(**parts)`` makes, at once or when awaited.

    Raises `UsageError` when the function does not take these arguments, or makes something else; whatever it raises
    itself comes through as it is.
    """
    from agentkit.core.agents import Agent

    name = getattr(factory, "__qualname__", None) or repr(factory)
    _check_arguments(factory, name, parts)
    made: object = factory(**parts)
    if isinstance(made, Awaitable):
        made = await made
    if not isinstance(made, Agent):
        hint = "; does it end with `return agent`?" if made is None else ""
        raise UsageError(f"{name} made {found(made)}, expected an Agent{hint}")
    return made


def _check_arguments(factory: AgentFactory, name: str, parts: Mapping[str, Any]) -> None:
    try:
        signature = inspect.signature(factory)
    except ValueError:
        return  # written in C: it says itself what it does not take
    try:
        signature.bind(**parts)
    except TypeError as error:
        given = ", ".join(f"{part}=..." for part in parts)
        raise UsageError(
            f"the function that makes the agent is called with {given}, but {name}{signature} does not take that "
            f"({error}); write it like `async def create_agent(*, edge, **parts)`"
        ) from None
