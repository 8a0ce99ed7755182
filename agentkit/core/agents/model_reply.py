"""A reply that a realtime model speaks itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within, no_longer_than
from agentkit.core.agents.heard import SpokenText
from agentkit.core.agents.reply import Listeners, Prompt, Reply
from agentkit.core.agents.responses import Response
from agentkit.core.conversation import Conversation
from agentkit.core.media.output import AudioOutput, Samples

DRY_S = 1.0
"""A response is over when all of it was played and nothing has come for this long: not every provider says so."""


class ModelReply(Reply):
    """A reply whose sound and text are a `Response`: one that the model offered, or its answer to a prompt."""

    def __init__(
        self,
        epoch: int,
        prompt: Prompt,
        output: AudioOutput,
        conversation: Conversation,
        listeners: Listeners,
        *,
        response: Response | None,
        interrupt: Callable[[], Awaitable[None]],
        gave_up: Callable[[ModelReply], None],
        ran_dry: Callable[[ModelReply], None],
    ) -> None:
        super().__init__(epoch, prompt, output, conversation, listeners)
        self._loop = asyncio.get_running_loop()
        self.response = response
        self.began_at = self._loop.time()
        self.answered: asyncio.Future[None] = self._loop.create_future()
        self.asking: asyncio.Task[None] | None = None
        self.asked = False
        self._patience: asyncio.Timeout | None = None
        self._interrupt = interrupt
        self._gave_up = gave_up
        self._ran_dry = ran_dry
        self._over = False
        self._written = 0
        self._dry: asyncio.TimerHandle | None = None

    def start(self, after: asyncio.Task[None] | None = None) -> None:
        """Speak the response that was offered, if one was: the model speaks already."""
        if self.response is not None:
            self.take_over(self.response)

    async def answer_to(self, request: Awaitable[Any], limit_s: float) -> None:
        """Make ``request`` of the model and return when that was taken and the answer has begun.

        Raises what the request raises, and `TimeoutError` when nothing has begun for ``limit_s`` seconds.
        """
        async with no_longer_than(limit_s, "answer") as self._patience:
            await request
            await self.answered

    def take_over(self, response: Response) -> None:
        """Speak ``response``: what has come of it, and what will."""
        self.response = response
        if not self.answered.done():  # else whoever waited has just given up
            self.answered.set_result(None)
        if self._patience is not None:
            self._patience.reschedule(None)
            self._patience = None
        self._dry = self._loop.call_later(DRY_S, self._look_whether_dry)
        response.spoken_by(self)
        if response.over:
            self._loop.call_soon(self.finish)  # not before the floor knows that the reply has begun

    def take_sound(self, samples: Samples) -> None:
        """The next sound of the response."""
        self._share.write(samples)

    def take_text(self, delta: str) -> None:
        """The next piece of its transcript, which may come when all of it was heard."""
        if delta and not self.cut_off:
            self._grow(delta)
            if self._over:
                self._settle()

    def finish(self) -> None:
        """All of the response's sound has come, or none will."""
        if self.cut_off or self._share.complete:
            return
        self._share.finish()
        self._stop_looking()
        if not self._share.written:
            self.cut_off = True
            self._share.cut()
            self._settle()
            self._listeners.empty(self)

    @property
    def heard_text(self) -> str:
        """What was played, to the last whole word, in proportion to the sound: models give no word timings."""
        rate = self._output.sample_rate
        spoken = SpokenText()
        spoken.begin(self.generated, 0.0)
        if self._share.complete:
            spoken.end(self._share.written / rate)
        return spoken.heard(self._share.played / rate)

    async def stop(self) -> dict[str, BaseException]:
        """After `cut`: tell the model to stop, within the time limit."""
        return await all_within(STOP_LIMIT_S, {"model": self._interrupt()})

    def _give_up(self) -> None:
        self._stop_looking()
        self._gave_up(self)

    def _on_finished(self) -> None:
        self._over = True
        super()._on_finished()

    def _look_whether_dry(self) -> None:
        """End the response if it has been waited for long enough; else look again when that may be so."""
        assert self.response is not None
        left_s = self._share.queued / self._output.sample_rate
        if left_s or self._written != self._share.written:
            self._written = self._share.written
            self._dry = self._loop.call_later(left_s + DRY_S, self._look_whether_dry)
        else:
            self._ran_dry(self)
            self.response.finish()

    def _stop_looking(self) -> None:
        if self._dry is not None:
            self._dry.cancel()
            self._dry = None
