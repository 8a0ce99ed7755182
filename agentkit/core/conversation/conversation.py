"""What was said: by whom, and, of the agent's part, only what was heard."""

from __future__ import annotations

import abc
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from agentkit.core import clock
from agentkit.core.conversation.deltas import Deltas

logger = logging.getLogger(__name__)

Role = Literal["user", "assistant", "system"]


@dataclass(slots=True)
class Message:
    """One message. ``complete`` is False while it is still being spoken or generated."""

    role: Role
    content: str
    user_id: str = ""
    complete: bool = True
    id: str = field(default_factory=clock.new_id)
    timestamp: float = field(default_factory=clock.now)


class Conversation(abc.ABC):
    """The messages of a call, oldest first.

    Where they are kept beside memory is up to a subclass: `changed` and `removed` are called after every change. What
    they raise goes to ``report``, and the messages here are as they should be all the same.
    """

    def __init__(self, instructions: str = "", messages: list[Message] | None = None) -> None:
        self.instructions = instructions
        self.messages: list[Message] = list(messages or [])
        self.report: Callable[[Exception], None] = _log
        self._deltas: dict[str, Deltas] = {}

    def add(
        self,
        role: Role,
        content: str,
        user_id: str = "",
        *,
        complete: bool = True,
        before: Message | None = None,
    ) -> Message:
        """Append a message, or put it ``before`` another, and return it."""
        message = Message(role, content, user_id, complete)
        place = next((i for i, m in enumerate(self.messages) if m is before), len(self.messages))
        self.messages.insert(place, message)
        self._keep(self.changed, message)
        return message

    def update(self, message: Message, content: str, *, complete: bool) -> None:
        """Replace what ``message`` says."""
        message.content = content
        message.complete = complete
        self._keep(self.changed, message)

    async def close(self) -> None:  # noqa: B027 - memory holds nothing to let go of
        """Let go of where the messages are kept. The messages stay readable."""

    def put_delta(self, message: Message, index: int, delta: str) -> None:
        """Let ``message`` grow by piece number ``index``, counted from 0; pieces may come in any order.

        One that comes when the message is complete changes nothing.
        """
        if message.complete:
            return
        deltas = self._deltas.setdefault(message.id, Deltas())
        if deltas.put(index, delta):
            self.update(message, deltas.text, complete=False)

    def complete(self, message: Message, content: str | None = None) -> None:
        """``message`` will not change any more; ``content`` replaces what has come of it."""
        self._deltas.pop(message.id, None)
        self.update(message, message.content if content is None else content, complete=True)

    def remove(self, message: Message) -> None:
        """Take ``message`` out again: nobody heard it."""
        self._deltas.pop(message.id, None)
        self.messages = [m for m in self.messages if m is not message]
        self._keep(self.removed, message)

    def _keep(self, how: Callable[[Message], None], message: Message) -> None:
        try:
            how(message)
        except Exception as error:
            self.report(error)

    @abc.abstractmethod
    def changed(self, message: Message) -> None:
        """``message`` is new or says something else."""

    @abc.abstractmethod
    def removed(self, message: Message) -> None:
        """``message`` is gone."""


def _log(error: Exception) -> None:
    logger.error("the conversation could not be kept", exc_info=error)


class InMemoryConversation(Conversation):
    """A conversation that lives as long as the agent."""

    def changed(self, message: Message) -> None:
        """Nothing to do: memory is all there is."""

    def removed(self, message: Message) -> None:
        """Nothing to do: memory is all there is."""
