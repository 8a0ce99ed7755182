"""Function calling: what every language model can do with functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from agentkit.core.component import Component
from agentkit.core.llm.events import ToolEndEvent, ToolStartEvent
from agentkit.core.llm.functions import Function, Functions, OnInterrupt, ToolSchema, python_function
from agentkit.core.llm.tool_runner import ToolRunner
from agentkit.core.llm.tools import ToolResult

F = TypeVar("F", bound=Callable[..., Any])


class FunctionCalling(Component):
    """Functions that the model may call, and the three hooks by which its plugin translates for the provider."""

    max_tool_rounds: int = 3
    """How often the model may call functions before it has to answer."""

    tool_timeout_s: float = 10.0
    """How long a function may take, in seconds, unless it was registered with a limit of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.functions = Functions()
        self.tools = ToolRunner(self.functions, self)
        self.events.register(ToolStartEvent, ToolEndEvent)

    # -- for the author of an agent ---------------------------------------------------------------------------

    def register_function(
        self,
        name: str | None = None,
        description: str | None = None,
        *,
        on_interrupt: OnInterrupt = "finish",
        timeout_s: float | None = None,
    ) -> Callable[[F], F]:
        """Let the model call the decorated function, plain or async. A plain one runs in a thread.

        The model is told its name and docstring, and its parameters as JSON schema, from their type hints, defaults
        and descriptions in the docstring's ``Args:`` section. What it passes is checked against the type hints.

        ``on_interrupt`` says what becomes of the function when its reply is cut while it runs. The agent falls silent
        at once in any case.

        - ``"finish"``: it goes on, and what it returns is told to the model before its next answer.
        - ``"wait"``: the same, and the next answer waits for it.
        - ``"cancel"``: it is cancelled and forgotten. For what only looks things up.

        Raises `ValueError` for a name that is taken or that providers do not accept, and `TypeError` for a function
        that cannot be called with JSON.
        """
        if callable(name):
            raise TypeError("register_function takes parentheses: write @llm.register_function()")

        def register(function: F) -> F:
            self.functions.add(
                python_function(
                    function,
                    name=name,
                    description=description,
                    on_interrupt=on_interrupt,
                    timeout_s=timeout_s,
                )
            )
            return function

        return register

    def unregister_function(self, name: str) -> Function | None:
        """Offer the function no longer, and return it; None when there is none of this name."""
        return self.functions.remove(name)

    def get_available_functions(self) -> list[ToolSchema]:
        """What the model may call: ``name``, ``description`` and ``parameters_schema`` of each."""
        return self.functions.schemas()

    # -- for the author of a plugin ---------------------------------------------------------------------------

    def _convert_tools_to_provider_format(self, tools: Sequence[ToolSchema]) -> list[dict[str, Any]]:
        """``tools`` as the provider wants them. Override it where that is not name, description and parameters."""
        return [
            {
                "name": tool["name"],
                "description": tool.get("description", ""),
                "parameters": tool["parameters_schema"],
            }
            for tool in tools
        ]

    def _extract_tool_calls_from_response(self, response: Any) -> list[dict[str, Any]]:
        """The calls in ``response``, none unless overridden.

        Each is ``{"type": "tool_call", "name": ..., "arguments_json": ..., "id": ...}``, the arguments being a JSON
        object or its text.
        """
        return []

    def _create_tool_result_message(
        self, tool_calls: Sequence[Mapping[str, Any]], results: Sequence[ToolResult]
    ) -> list[dict[str, Any]]:
        """The messages that follow the model's calls: what ``str()`` makes of each result.

        Override it where the provider wants another form, or wants the calls repeated before their results.
        """
        return [
            {"role": "tool", "tool_call_id": call.get("id", ""), "content": str(result)}
            for call, result in zip(tool_calls, results, strict=True)
        ]
