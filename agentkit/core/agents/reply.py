"""What every reply of the agent is: something in playout that can be confirmed, held, cut, and was partly heard."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from agentkit.core.conversation import Conversation, Message
from agentkit.core.edge.types import Participant
from agentkit.core.media.output import AudioOutput


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a reply answers (``text``, from ``participant`` if a person said it) or, if ``verbatim``, says."""

    text: str
    participant: Participant | None = None
    verbatim: bool = False
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of something the agent was to say."""

    text: str
    heard_text: str
    interrupted: bool


@dataclass(slots=True)
class Listeners:
    """Whom a reply tells: each is called with the reply itself."""

    started: Callable[[Reply], None]
    finished: Callable[[Reply], None]
    empty: Callable[[Reply], None]


class Reply(abc.ABC):
    """The unit that is started, confirmed, spoken and cut.

    It owns its share of playout and its message in the conversation. Until confirmed it prepares in silence and the
    conversation knows nothing of it. `cut` is instant; `stop` then takes its time.
    """

    def __init__(
        self,
        epoch: int,
        prompt: Prompt,
        output: AudioOutput,
        conversation: Conversation,
        listeners: Listeners,
    ) -> None:
        self.epoch = epoch
        self.prompt = prompt
        self.generated = ""
        self.confirmed = False
        self.cut_off = False
        self._output = output
        self._conversation = conversation
        self._listeners = listeners
        self.message: Message | None = None
        self._share = output.begin(epoch, on_started=self._on_started, on_finished=self._on_finished)
        self._share.hold()

    @abc.abstractmethod
    def start(self, after: asyncio.Task[None] | None = None) -> None:
        """Begin. ``after`` is the last reply's clean-up, which the voice waits for."""

    @abc.abstractmethod
    async def stop(self) -> dict[str, BaseException]:
        """After `cut`: stop the providers within the time limit. Returns what failed, by provider."""

    @property
    @abc.abstractmethod
    def heard_text(self) -> str:
        """What was played, to the last whole word."""

    def confirm(self) -> None:
        """Let it be heard, and let the conversation know."""
        self.confirmed = True
        self._share.resume()
        self._note()

    def hold(self) -> None:
        """Fall silent with the next sample; keep what was not played."""
        self._share.hold()

    def resume(self) -> None:
        """Go on with the next sample."""
        self._share.resume()

    def cut(self) -> None:
        """Fall silent with the next sample, for good, and keep of the conversation what was heard."""
        if not self.cut_off:
            self.cut_off = True
            self._share.cut()
            self._give_up()
            self._settle()

    @property
    def audible(self) -> bool:
        """True once a sample of it was played."""
        return self._share.played > 0

    @property
    def heard_ms(self) -> float:
        """How much of it was played."""
        return self._share.played_ms

    @abc.abstractmethod
    def _give_up(self) -> None:
        """Playout is empty: let go of whatever still works for this reply, without waiting for it."""

    @property
    def _kept_text(self) -> str:
        """What the conversation keeps: the generated text, whole and as written, if all of it was heard."""
        heard = self.heard_text
        return self.generated if heard.split() == self.generated.split() else heard

    def _grow(self, delta: str) -> None:
        """The reply has another piece of text."""
        self.generated += delta
        if self.confirmed:
            self._note()

    def _note(self) -> None:
        """Keep the conversation's message in step with what is generated."""
        if self.message is not None:
            self._conversation.update(self.message, self.generated, complete=False)
        elif self.generated:
            self.message = self._conversation.add("assistant", self.generated, complete=False)

    def _settle(self) -> None:
        """The reply is over: from now on the conversation says what was heard, and nothing else."""
        if self.message is None:
            return
        kept = self._kept_text
        if kept:
            self._conversation.update(self.message, kept, complete=True)
        else:
            self._conversation.remove(self.message)

    def _on_started(self) -> None:
        self._listeners.started(self)

    def _on_finished(self) -> None:
        self._settle()
        self._listeners.finished(self)
