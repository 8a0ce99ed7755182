"""Finding the agent: ``module:factory``."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.mishaps import told

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


def name_of(factory: AgentFactory) -> str:
    """A factory as it is written in a scenario: ``shop:create_agent``."""
    name = getattr(factory, "__qualname__", None) or type(factory).__qualname__
    return f"{getattr(factory, '__module__', '')}:{name}"


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
    found: Any = _imported(module_name, name)
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


def _imported(module_name: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            meant = _meant(module_name)
            hint = f"; did you mean '{meant}:{name}'?" if meant else ""
            raise UsageError(
                f"there is no module {module_name!r} (for the agent '{module_name}:{name}'), looking in {os.getcwd()} "
                f"and in what is installed{hint}"
            ) from None
        raise UsageError(f"importing {module_name!r} for the agent failed: {told(error)}") from error
    except Exception as error:
        raise UsageError(f"importing {module_name!r} for the agent failed: {told(error)}") from error


def _meant(module_name: str) -> str | None:
    """The module here that was meant: without its suffix, or the nearest beside where it should be."""
    if module_name.endswith(".py"):
        return module_name.removesuffix(".py")
    package, _, last = module_name.rpartition(".")
    folder = Path(os.getcwd(), *package.split("."))
    entries = list(folder.iterdir()) if folder.is_dir() else []
    names = [entry.stem for entry in entries if entry.suffix == ".py" or (entry / "__init__.py").is_file()]
    near = difflib.get_close_matches(last, [name for name in names if name.isidentifier()], n=1)
    return f"{package}.{near[0]}".lstrip(".") if near else None
