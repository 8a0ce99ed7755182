"""A reply that a realtime model speaks itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within
from agentkit.core.agents.conversation import Conversation
from agentkit.core.agents.heard import SpokenText
from agentkit.core.agents.reply import Listeners, Prompt, Reply
from agentkit.core.media.output import AudioOutput, Samples


@dataclass
class Response:
    """What has come of one response of the model. ``id`` is the provider's name for it, or empty.

    It collects until a reply takes it over: a response may begin before the floor is free for it.
    """

    id: str = ""
    sound: list[Samples] = field(default_factory=list)
    text: str = ""
    done: bool = False
    reply: ModelReply | None = None

    def take_sound(self, samples: Samples) -> None:
        """The next sound: int16 mono at the output's rate."""
        if self.reply is not None:
            self.reply.take_sound(samples)
        else:
            self.sound.append(samples)

    def take_text(self, delta: str) -> None:
        """The next piece of what the model says aloud."""
        self.text += delta
        if self.reply is not None:
            self.reply.take_text(delta)

    def finish(self) -> None:
        """No more sound will come. Its transcript may still."""
        self.done = True
        if self.reply is not None:
            self.reply.finish()


class ModelReply(Reply):
    """A reply whose sound and text are a `Response`."""

    def __init__(
        self,
        epoch: int,
        prompt: Prompt,
        output: AudioOutput,
        conversation: Conversation,
        listeners: Listeners,
        *,
        interrupt: Callable[[], Awaitable[None]],
        gave_up: Callable[[ModelReply], None],
    ) -> None:
        super().__init__(epoch, prompt, output, conversation, listeners)
        self.response: Response | None = None
        self._interrupt = interrupt
        self._gave_up = gave_up

    def take_over(self, response: Response) -> None:
        """Speak ``response``: what has come of it, and what will."""
        self.response = response
        response.reply = self
        self.take_text(response.text)
        for samples in response.sound:
            self.take_sound(samples)
        response.sound.clear()
        if response.done:
            self.finish()

    def start(self, after: asyncio.Task[None] | None = None) -> None:
        """Nothing to start: the model speaks already."""

    def take_sound(self, samples: Samples) -> None:
        """The next sound of the response."""
        self._share.write(samples)

    def take_text(self, delta: str) -> None:
        """The next piece of its transcript."""
        if delta and not self.cut_off:
            self._grow(delta)

    def finish(self) -> None:
        """All of the response's sound has come."""
        self._share.finish()
        if not self._share.written and not self.cut_off:
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
        self._gave_up(self)
