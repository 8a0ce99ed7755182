"""Functions of the agent that do something else for the length of a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agentkit.core.llm.functions import Function
from simulator.scenario.model.failure import UsageError

if TYPE_CHECKING:
    from agentkit.core.llm import LLM


@dataclass(frozen=True, slots=True)
class StandIn:
    """What a function does in place of what it would."""

    returns: Any = None
    raises: str | None = None
    after_s: float = 0.0

    async def run(self, arguments: str) -> Any:
        """Take the time, and return or raise."""
        await asyncio.sleep(self.after_s)
        if self.raises is not None:
            raise RuntimeError(self.raises)
        return self.returns


class ToolMocks:
    """Stands between a model and its functions. What the model is told of them stays as it is.

    The function itself does not run, so its arguments are not checked either: they are in the trace.
    """

    def __init__(self, llm: LLM | None) -> None:
        self._functions = llm.functions if llm is not None else None
        self._stand_ins: dict[str, StandIn] = {}
        if self._functions is not None:
            self._find: Callable[[str], Function] = self._functions.find
            self._functions.find = self._found  # type: ignore[method-assign]

    def put(self, name: str, stand_in: StandIn) -> None:
        """From now on ``name`` does this. Raises `UsageError` when the model has no such function."""
        if self._functions is None:
            raise UsageError(f"there is no function {name!r} to replace: the agent has no model")
        try:
            self._find(name)
        except LookupError as error:
            raise UsageError(f"tools: {error}") from None
        self._stand_ins[name] = stand_in

    def remove(self) -> None:
        """Every function does again what it did."""
        self._stand_ins.clear()
        if self._functions is not None:
            del self._functions.find

    def _found(self, name: str) -> Function:
        function, stand_in = self._find(name), self._stand_ins.get(name)
        return function if stand_in is None else replace(function, run=stand_in.run)
