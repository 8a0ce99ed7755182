"""One function at work: started once, ended once, whatever it does."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from agentkit.core.component import Component
from agentkit.core.edge.types import Participant
from agentkit.core.llm.events import ToolEndEvent, ToolStartEvent
from agentkit.core.llm.functions import Function
from agentkit.core.llm.schema import InvalidArguments
from agentkit.core.llm.stream import current
from agentkit.core.llm.tools import ToolCall, ToolError, ToolResult

if TYPE_CHECKING:
    from agentkit.core.llm.reply_calls import ReplyCalls

calls_of_reply: ContextVar[ReplyCalls | None] = ContextVar("agentkit_calls_of_reply", default=None)
"""The calls of the reply that the running code works on."""


class Execution:
    """A function that runs for a model. ``outcome`` has the result as soon as the model may have it.

    That can be before the function is over: one that takes too long, or was told to stop, is not waited for.
    """

    def __init__(self, call: ToolCall, owner: Component, participant: Participant | None) -> None:
        self.call = call
        self.function: Function | None = None
        self.outcome: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
        self.work: asyncio.Task[Any] | None = None
        self.ran = False
        self.noted = False
        self._owner = owner
        self._participant = participant
        self._timer: asyncio.TimerHandle | None = None
        self._began = asyncio.get_running_loop().time()
        self._send(
            ToolStartEvent,
            tool_name=call.name,
            tool_call_id=call.id,
            arguments=call.values,
        )

    @property
    def running(self) -> bool:
        """Whether the model still waits for the result."""
        return not self.outcome.done()

    def start(self, function: Function, limit_s: float, over: Callable[[], None]) -> None:
        """Run ``function`` for at most ``limit_s`` seconds; ``over`` is called once it really has ended."""
        loop = asyncio.get_running_loop()
        self.function = function
        self.ran = True
        # A function that asks a model itself must not be taken for a part of this reply.
        context = contextvars.copy_context()
        context.run(current.set, None)
        context.run(calls_of_reply.set, None)
        self.work = loop.create_task(_run(function, self.call.arguments), context=context)
        self.work.add_done_callback(self._worked)
        self.work.add_done_callback(lambda _: over())
        self._timer = loop.call_later(limit_s, self._took_too_long, limit_s)

    def refuse(self, reason: str) -> None:
        """End without having run anything."""
        self._end(error=reason)

    def stop(self, reason: str) -> None:
        """Give the function up now. One that runs in a thread runs on, and what it returns is lost."""
        self._end(error=reason)
        if self.work is not None:
            self.work.cancel()

    def _worked(self, work: asyncio.Task[Any]) -> None:
        if work.cancelled():
            self._end(error="it was cancelled")
        elif (error := work.exception()) is None:
            self._end(value=work.result())
        elif isinstance(error, InvalidArguments):
            self.ran = False
            self._end(
                error=f"invalid arguments for {self.call.name}: {error}. Correct them and call it again."
            )
        elif isinstance(error, ToolError):
            self._end(error=str(error) or f"{self.call.name} failed")
        else:
            self._report(error)
            self._end(error=f"{type(error).__name__}: {error}")

    def _took_too_long(self, limit_s: float) -> None:
        self._report(TimeoutError(f"{self.call.name} took longer than {limit_s:g} s"))
        self.stop(f"{self.call.name} took longer than {limit_s:g} s; whether it was carried out is not known")

    def _report(self, error: BaseException) -> None:
        if self.running:
            self._owner._emit_error_event(error, context=f"running the function {self.call.name}")

    def _end(self, *, value: Any = None, error: str = "") -> None:
        if not self.running:
            return
        if self._timer is not None:
            self._timer.cancel()
        took_ms = 1000 * (asyncio.get_running_loop().time() - self._began)
        self.outcome.set_result(ToolResult(self.call, value, error, took_ms))
        self._send(
            ToolEndEvent,
            tool_name=self.call.name,
            tool_call_id=self.call.id,
            success=not error,
            result=value,
            error=error,
            execution_time_ms=took_ms,
        )

    def _send(self, event: type[ToolStartEvent | ToolEndEvent], **what: Any) -> None:
        owner = self._owner
        what |= {"plugin_name": owner.provider_name, "session_id": owner.session_id}
        owner.events.send(event(participant=self._participant, **what))


async def _run(function: Function, arguments: str) -> Any:
    return await function.run(arguments)
