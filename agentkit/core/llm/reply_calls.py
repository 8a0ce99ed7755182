"""The calls of one reply."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from agentkit.core.edge.types import Participant
from agentkit.core.llm.execution import Execution
from agentkit.core.llm.tool_runner import INTERRUPTED, ToolRunner
from agentkit.core.llm.tools import ToolCall, ToolResult


class ReplyCalls:
    """The calls that one reply has made: equal ones are made once, and all share the reply's fate.

    Until the reply is ``confirmed`` nobody knows whether it was asked for. Then only those functions run that an
    interruption may cancel; the others wait for `confirm`.
    """

    def __init__(
        self, runner: ToolRunner, participant: Participant | None = None, *, confirmed: bool = True
    ) -> None:
        self.runner = runner
        self._participant = participant
        self._executions: dict[ToolCall, Execution] = {}
        self._interrupted = False
        self._confirmed = asyncio.Event()
        self._working = 0
        self._patience: tuple[asyncio.Timeout, float] | None = None
        if confirmed:
            self.confirm()

    @property
    def made(self) -> bool:
        """Whether anything was called."""
        return bool(self._executions)

    async def run(self, calls: Sequence[ToolCall], limit_s: float) -> list[ToolResult]:
        """Make ``calls``, all at once, and return what came of each, in their order.

        Cancelling it is an interruption.
        """
        if self._interrupted:
            return [ToolResult(call, error=INTERRUPTED) for call in calls]
        try:
            with self.working():
                if not self._confirmed.is_set():
                    early = [call for call in calls if self.runner.may_run_early(call)]
                    for call in early:
                        self._execution(call, limit_s)
                    if len(early) < len(calls):
                        await self._confirmed.wait()
                executions = [self._execution(call, limit_s) for call in calls]
                if executions:
                    await asyncio.wait([execution.outcome for execution in executions])
        except asyncio.CancelledError:
            self.interrupt()
            raise
        return [
            replace(execution.outcome.result(), call=call)
            for execution, call in zip(executions, calls, strict=True)
        ]

    def confirm(self) -> None:
        """The reply is wanted: make the calls that waited for it."""
        self._confirmed.set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """The model waits for a function, and nobody may lose patience with it."""
        self._working += 1
        self._reschedule()
        try:
            yield
        finally:
            self._working -= 1
            self._reschedule()

    @contextmanager
    def suspending(self, patience: asyncio.Timeout) -> Iterator[None]:
        """Stop the clock of ``patience`` while functions run; then it begins anew."""
        until = patience.when()
        if until is not None:
            self._patience = patience, until - asyncio.get_running_loop().time()
        try:
            if self._working:
                self._reschedule()
            yield
        finally:
            self._patience = None

    def _reschedule(self) -> None:
        if self._patience is not None and not self._patience[0].expired():
            patience, limit_s = self._patience
            patience.reschedule(None if self._working else asyncio.get_running_loop().time() + limit_s)

    def interrupt(self) -> None:
        """The reply was cut: nothing more is called for it."""
        if not self._interrupted:
            self._interrupted = True
            for execution in self._executions.values():
                self.runner.orphan(execution)

    def _execution(self, call: ToolCall, limit_s: float) -> Execution:
        if call not in self._executions:
            self._executions[call] = self.runner.start(call, self._participant, limit_s)
        return self._executions[call]
