"""Writes down what happens while the model answers."""

from __future__ import annotations

from agentkit.core.events import ErrorEvent, EventManager
from agentkit.core.llm import ResponseStream, ToolEndEvent, ToolStartEvent
from agentkit.core.testing.events import AgentMessage, Failure, FunctionCall, FunctionResult, TurnEvent

OF_A_FUNCTION = "running the function "
"""How the context of an error begins that the end of a function tells as well."""


class Recorder:
    """Listens to ``events`` and puts them and the text of the answer into one order.

    What happens between two turns belongs to the second: the end of a function that the first has left running, say.
    """

    def __init__(self, events: EventManager) -> None:
        self._stream: ResponseStream | None = None
        self._told = 0
        self._happened: list[TurnEvent] = []
        self._running: list[FunctionCall] = []
        self._detach = [
            events.tap(self._called, ToolStartEvent),
            events.tap(self._returned, ToolEndEvent),
            events.tap(self._failed, ErrorEvent),
        ]

    def follow(self, stream: ResponseStream) -> None:
        """From now on, what is said is the text of ``stream``."""
        self._stream, self._told = stream, 0

    def take(self) -> tuple[TurnEvent, ...]:
        """The turn is over: what has happened since the one before."""
        self._finish_message()
        taken, self._happened = tuple(self._happened), []
        return taken

    def detach(self) -> None:
        """Listen no longer."""
        for detach in self._detach:
            detach()

    def _finish_message(self) -> None:
        if self._stream is None:
            return
        said = self._stream.text[self._told :].strip()
        self._told = len(self._stream.text)
        if said:
            self._happened.append(AgentMessage(said))

    def _called(self, event: ToolStartEvent) -> None:
        self._finish_message()
        call = FunctionCall(event.tool_name, event.arguments, event.tool_call_id)
        self._running.append(call)
        self._happened.append(call)

    def _returned(self, event: ToolEndEvent) -> None:
        # Providers may number the calls of each round anew: an id alone does not name a call.
        key = (event.tool_call_id, event.tool_name)
        call = next((call for call in self._running if (call.id, call.name) == key), None)
        if call is None:
            return  # it was called before anybody listened
        self._running.remove(call)
        self._happened.append(FunctionResult(call, event.result, event.error))

    def _failed(self, event: ErrorEvent) -> None:
        if not event.context.startswith(OF_A_FUNCTION):
            self._finish_message()
            self._happened.append(Failure(event.error, event.context))
