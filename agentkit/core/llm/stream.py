"""One answer of a language model, as a stream of text."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from typing import TYPE_CHECKING, Self

from agentkit.core.llm.events import LLMResponseEvent

if TYPE_CHECKING:
    from agentkit.core.llm.reply_calls import ReplyCalls

current: ContextVar[ResponseStream | None] = ContextVar("agentkit_response_stream", default=None)
"""The answer that the running code works on: this is how a chunk finds its stream, however late it comes."""


class ResponseStream:
    """An async iterator over the pieces of text of one answer.

    The model runs in a task of its own. Iteration ends with the answer and raises what the model raised;
    ``response`` is then the whole of it. A stream that was closed drops whatever still arrives. ``calls`` are the
    functions that the model had called for it.
    """

    def __init__(self, calls: ReplyCalls) -> None:
        self.calls = calls
        self.response: LLMResponseEvent | None = None
        self.text = ""
        self.chunks = 0
        self.first_token_at = 0.0
        self.closed = False
        self._pieces: deque[str] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._task: asyncio.Task[LLMResponseEvent] | None = None

    def run(self, task: asyncio.Task[LLMResponseEvent]) -> None:
        """Attach the task that makes the answer."""
        self._task = task
        task.add_done_callback(self._finished)

    def put(self, delta: str) -> None:
        """Take in the next piece of the answer."""
        if self.closed or not delta:
            return
        if not self.chunks:
            self.first_token_at = asyncio.get_running_loop().time()
        self.chunks += 1
        self.text += delta
        self._pieces.append(delta)
        self._wake()

    def confirm(self) -> None:
        """The answer is wanted: functions may do what cannot be taken back."""
        self.calls.confirm()

    def cancel(self) -> None:
        """Stop the model and drop what it still says, without waiting for it. Functions end as they were registered."""
        self.closed = True
        self.calls.interrupt()
        self._pieces.clear()
        self._wake()
        if self._task is not None:
            self._task.cancel()

    async def aclose(self) -> None:
        """`cancel`, and wait for the model to end."""
        self.cancel()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        assert self._task is not None, "the stream was never started"
        while not self._pieces:
            if self.closed:
                raise StopAsyncIteration
            if self._task.done():
                self.closed = True
                if self._task.cancelled():  # not by us, or the stream would have been closed
                    raise ConnectionError("the request to the model was cancelled from within")
                self.response = self._task.result()
                if not self.chunks and self.response.text:  # a model that answers in one piece
                    self.text = self.response.text
                    return self.response.text
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._pieces.popleft()

    def _finished(self, task: asyncio.Task[LLMResponseEvent]) -> None:
        if self.closed and not task.cancelled():
            task.exception()  # nobody will ask: mark it retrieved
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
