"""The functions that a model may call."""

from __future__ import annotations

import asyncio
import difflib
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from agentkit.core.llm.docstrings import describe
from agentkit.core.llm.schema import Parameters, Schema

OnInterrupt = Literal["cancel", "finish", "wait"]
"""What becomes of a function that runs when its reply is cut. See `register_function`."""

ON_INTERRUPT = ("cancel", "finish", "wait")

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What every large provider accepts as a function's name."""


class ToolSchema(TypedDict):
    """A function as a model is told of it. ``parameters_schema`` is the JSON schema of an object."""

    name: str
    description: str
    parameters_schema: Schema


@dataclass(frozen=True, slots=True)
class Function:
    """Something a model may call.

    ``run`` takes the arguments as a JSON object and raises `InvalidArguments` when they do not fit.
    ``timeout_s`` is its own limit, or None for the model's ``tool_timeout_s``.
    """

    name: str
    description: str
    parameters_schema: Schema
    run: Callable[[str], Awaitable[Any]]
    on_interrupt: OnInterrupt = "finish"
    timeout_s: float | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"function name: expected 1 to 64 letters, digits, '_' or '-', which is what providers accept, "
                f"found {self.name!r}; give it another with register_function(name=...)"
            )
        if self.on_interrupt not in ON_INTERRUPT:
            raise ValueError(
                f"{self.name}: on_interrupt: expected one of {', '.join(ON_INTERRUPT)}, found {self.on_interrupt!r}"
            )
        if self.timeout_s is not None and self.timeout_s <= 0:
            raise ValueError(
                f"{self.name}: timeout_s: expected more than 0 seconds, found {self.timeout_s!r}"
            )

    @property
    def tool_schema(self) -> ToolSchema:
        """The function as the model is told of it."""
        return ToolSchema(
            name=self.name, description=self.description, parameters_schema=self.parameters_schema
        )


def python_function(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    on_interrupt: OnInterrupt = "finish",
    timeout_s: float | None = None,
) -> Function:
    """A Python function, plain or async, for a model to call. A plain one runs in a thread.

    Raises `TypeError` when its parameters cannot be passed as JSON.
    """
    described, arguments = describe(function)
    parameters = Parameters(function, arguments)

    async def run(passed: str) -> Any:
        values = parameters.parse(passed)
        if _is_async(function):
            return await function(**values)
        outcome = await asyncio.to_thread(function, **values)
        return await outcome if inspect.isawaitable(outcome) else outcome

    return Function(
        name=name if name is not None else getattr(function, "__name__", ""),
        description=described if description is None else description,
        parameters_schema=parameters.schema,
        run=run,
        on_interrupt=on_interrupt,
        timeout_s=timeout_s,
    )


class Functions:
    """The functions of one model, by name, in the order they were registered."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    def add(self, function: Function) -> None:
        """Offer ``function``. Raises `ValueError` when the name is taken."""
        if function.name in self._functions:
            raise ValueError(
                f"there is a function {function.name!r} already; give one of them another name with "
                "register_function(name=...), or take the first away with unregister_function()"
            )
        self._functions[function.name] = function

    def remove(self, name: str) -> Function | None:
        """Offer it no longer; calls that are under way go on. None when there is no such function."""
        return self._functions.pop(name, None)

    def find(self, name: str) -> Function:
        """The function called ``name``. Raises `LookupError`, for the model to read, when there is none."""
        if name in self._functions:
            return self._functions[name]
        near = difflib.get_close_matches(name, self._functions, n=3)
        others = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(self._functions)}."
        raise LookupError(
            f"there is no function {name!r}; {others if self._functions else 'there are none.'}"
        )

    def __contains__(self, name: str) -> bool:
        return name in self._functions

    def schemas(self) -> list[ToolSchema]:
        """All functions, as the model is told of them."""
        return [function.tool_schema for function in self._functions.values()]


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an object whose __call__ is async
    )
