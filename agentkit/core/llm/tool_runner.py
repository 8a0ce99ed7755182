"""What a model has running: functions at work, and what came of those whose reply was cut."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from agentkit.core import clock
from agentkit.core.component import Component
from agentkit.core.edge.types import Participant
from agentkit.core.llm.execution import Execution
from agentkit.core.llm.functions import Functions
from agentkit.core.llm.tools import ToolCall

CLOSE_GRACE_S = 0.3
"""How long functions may go on when the agent leaves: closing has to end within a second."""

STOP_GRACE_S = 0.4
"""How long functions may take to clean up once they were cancelled."""

NOTES_KEPT = 20
"""How many results that no answer spoke of the model is reminded of."""

INTERRUPTED = "the user interrupted"


@dataclass(frozen=True, slots=True)
class Note:
    """What the model has to be told of a call whose reply was cut. ``timestamp`` is wall time in UNIX seconds."""

    text: str
    timestamp: float = field(default_factory=clock.now)


class ToolRunner:
    """Runs functions for a model: knows which are at work, and what came of those whose reply was cut."""

    def __init__(self, functions: Functions, owner: Component) -> None:
        self.functions = functions
        self.owner = owner
        self.notes: deque[Note] = deque(maxlen=NOTES_KEPT)
        self._at_work: dict[Execution, None] = {}
        self._orphans: dict[ToolCall, Execution] = {}

    def start(self, call: ToolCall, participant: Participant | None, limit_s: float) -> Execution:
        """Run what ``call`` asks for, or say what is wrong with it.

        A call that an interrupted reply has left running is not made a second time: its result serves both.
        """
        orphan = self._orphans.get(call)
        if orphan is not None and orphan.running:
            return orphan
        execution = Execution(call, self.owner, participant)
        try:
            function = self.functions.find(call.name)
        except LookupError as error:
            execution.refuse(str(error.args[0]))
            return execution
        if call.problem:
            execution.refuse(call.problem)
            return execution
        self._at_work[execution] = None
        limit_s = limit_s if function.timeout_s is None else function.timeout_s
        execution.start(function, limit_s, over=lambda: self._over(execution))
        return execution

    def may_run_early(self, call: ToolCall) -> bool:
        """Whether ``call`` does nothing that could not be taken back."""
        try:
            return self.functions.find(call.name).on_interrupt == "cancel"
        except LookupError:
            return True

    def orphan(self, execution: Execution) -> None:
        """Its reply was cut: stop the function or let it finish, as it was registered, and remember the result."""
        function = execution.function
        if function is None or execution.call in self._orphans:
            return
        if execution.running and function.on_interrupt == "cancel":
            execution.stop(INTERRUPTED)
            return
        if execution.running:
            self._orphans[execution.call] = execution
            execution.outcome.add_done_callback(lambda _: self._note(execution))
        else:
            self._note(execution)

    async def settled(self) -> None:
        """Return when every function is done that the next answer has to wait for."""
        awaited = [
            execution.outcome
            for execution in self._orphans.values()
            if execution.function is not None and execution.function.on_interrupt == "wait"
        ]
        if awaited:
            await asyncio.wait(awaited)

    def interrupt(self) -> None:
        """Stop the functions that an interruption cancels, and leave the others to whoever waits for them."""
        for execution in list(self._at_work):
            if execution.function is not None and execution.function.on_interrupt == "cancel":
                execution.stop(INTERRUPTED)

    async def close(self) -> None:
        """Let functions finish for a moment, then stop them. Takes at most `CLOSE_GRACE_S` + `STOP_GRACE_S`."""
        self.interrupt()
        await self.idle(CLOSE_GRACE_S)
        for execution in list(self._at_work):
            execution.stop("the agent has left the call")
        await self.idle(STOP_GRACE_S)

    async def idle(self, limit_s: float) -> None:
        """Return when no function is at work, or after ``limit_s`` seconds."""
        work = [execution.work for execution in self._at_work if execution.work is not None]
        if work:
            await asyncio.wait(work, timeout=limit_s)

    def _over(self, execution: Execution) -> None:
        del self._at_work[execution]

    def _note(self, execution: Execution) -> None:
        self._orphans.pop(execution.call, None)
        if execution.ran and not execution.noted:
            execution.noted = True
            came = execution.outcome.result()
            outcome = f"It returned: {came}" if came.success else f"It failed: {came.error}"
            self.notes.append(
                Note(f"{execution.call} was called for an answer that the user interrupted. {outcome}")
            )
