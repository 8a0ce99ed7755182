"""Functions that only pretend, in place of those that a model can really call."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agentkit.core.llm.functions import Function, Functions
from agentkit.core.llm.schema import InvalidArguments, Schema

NOT_GIVEN: Any = object()
"""Stands for an option that was not given, where None is a value."""


class MockedTool:
    """What the model calls in place of a function. ``calls`` are the arguments of each call, oldest first."""

    def __init__(self, function: Function, behave: Callable[..., Any]) -> None:
        self.name = function.name
        self.calls: list[dict[str, Any]] = []
        self._schema = function.parameters_schema
        self._behave = behave

    async def run(self, arguments: str) -> Any:
        """Be called with a JSON object. Names are checked as the function would check them, types are not."""
        passed: dict[str, Any] = json.loads(arguments)
        if problems := _problems(self._schema, passed):
            raise InvalidArguments("; ".join(problems))
        self.calls.append(passed)
        outcome = self._behave(**passed)
        return await outcome if inspect.isawaitable(outcome) else outcome


class Mocks:
    """The mocked functions of a model. All others stay as they are, and all stay in their order."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._originals: dict[str, Function] = {}

    def add(self, name: str, *, returns: Any, raises: Any, calls: Any) -> MockedTool:
        """Put a mock in the place of the function ``name``, or of its mock. See `TextSession.mock_tool`."""
        function = self._functions.find(name)
        mock = MockedTool(function, _behaviour(function, returns, raises, calls))
        self._originals.setdefault(name, function)
        self._put(replace(function, run=mock.run))
        return mock

    def restore(self) -> None:
        """Put back every function that is still offered."""
        for name, original in self._originals.items():
            if name in self._functions:
                self._put(original)
        self._originals.clear()

    def _put(self, function: Function) -> None:
        """Replace the function of this name without changing the order in which the model is told of all."""
        for schema in self._functions.schemas():
            one = self._functions.remove(schema["name"])
            assert one is not None
            self._functions.add(function if one.name == function.name else one)


def _behaviour(function: Function, returns: Any, raises: Any, calls: Any) -> Callable[..., Any]:
    given = {"returns": returns, "raises": raises, "calls": calls}
    chosen = [f"{option}=" for option, value in given.items() if value is not NOT_GIVEN]
    if len(chosen) != 1:
        raise TypeError(
            f"mock_tool({function.name!r}): expected one of returns=, raises= and calls=, "
            f"found {' and '.join(chosen) or 'none'}"
        )
    if calls is not NOT_GIVEN:
        return _callable_like(function, calls)
    if returns is not NOT_GIVEN:
        return lambda **_: returns
    if not isinstance(raises, Exception) and not (isinstance(raises, type) and issubclass(raises, Exception)):
        raise TypeError(f"mock_tool({function.name!r}): raises: expected an exception, found {raises!r}")

    def fail(**_: Any) -> None:
        raise raises

    return fail


def _callable_like(function: Function, calls: Any) -> Callable[..., Any]:
    """``calls``, if it takes every argument that the model may pass."""
    if not callable(calls):
        raise TypeError(f"mock_tool({function.name!r}): calls: expected a function, found {calls!r}")
    names = list(function.parameters_schema.get("properties", {}))
    try:
        inspect.signature(calls).bind(**dict.fromkeys(names))
    except ValueError:
        pass  # of some functions written in C, nothing is known
    except TypeError as error:
        raise TypeError(
            f"mock_tool({function.name!r}): calls: expected a function that can be called with "
            f"{', '.join(f'{name}=...' for name in names) or 'no arguments'}, found one that cannot: {error}"
        ) from None
    behave: Callable[..., Any] = calls
    return behave


def _problems(schema: Schema, passed: dict[str, Any]) -> list[str]:
    missing = [name for name in schema.get("required", ()) if name not in passed]
    unknown = [name for name in passed if name not in schema.get("properties", {})]
    open_ended = schema.get("additionalProperties", True) is not False
    return [
        *(f"{name}: required, but missing" for name in missing),
        *(f"{name}: there is no such parameter" for name in unknown if not open_ended),
    ]
