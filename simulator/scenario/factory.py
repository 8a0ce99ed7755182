"""Finding the agent: ``module:factory``."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from simulator.scenario.failure import UsageError

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

AgentFactory = Callable[..., "Awaitable[Agent] | Agent"]
Attend = Callable[["Agent", str, str], Coroutine[Any, Any, None]]


def find_factory(agent: str | AgentFactory) -> tuple[AgentFactory, Attend]:
    """The function that makes the agent, and the one that takes it through a call.

    ``agent`` is ``"module:factory"`` or the function itself, called as ``factory(edge=..., **providers)``. A module
    that defines ``join_call(agent, call_type, call_id)`` beside it says what the agent does in a call; else it stays
    until the call ends. Raises `UsageError` when there is no such function.
    """
    factory = _load(agent) if isinstance(agent, str) else agent
    module = sys.modules.get(getattr(factory, "__module__", ""))
    return factory, getattr(module, "join_call", None) or _attend


async def _attend(agent: Agent, call_type: str, call_id: str) -> None:
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.finish()


def _load(spec: str) -> AgentFactory:
    module_name, colon, name = spec.partition(":")
    if not (colon and module_name and name):
        raise UsageError(f"{spec!r} is not module:factory; write it like examples.concierge:create_agent")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # a checkout's own modules are found without being installed
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            raise UsageError(
                f"there is no module {module_name!r} (for the agent {spec!r}), looking in {os.getcwd()} and in what "
                "is installed"
            ) from None
        raise UsageError(f"importing {module_name!r} for the agent failed: {error}") from error
    except Exception as error:
        message = f"importing {module_name!r} for the agent failed: {type(error).__name__}: {error}"
        raise UsageError(message) from error
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            near = difflib.get_close_matches(part, [n for n in dir(found) if not n.startswith("_")], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"{module_name!r} has no {part!r} (for the agent {spec!r}){hint}") from None
    if not callable(found):
        raise UsageError(f"{spec!r} is {type(found).__name__}; expected a function that makes an agent")
    return found  # type: ignore[no-any-return]
