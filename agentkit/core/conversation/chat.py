"""A conversation that is shown in a chat while it happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agentkit.core.conversation.conversation import Conversation, Message
from agentkit.core.conversation.markdown import pieces

logger = logging.getLogger(__name__)

CLOSE_LIMIT_S = 1.0
"""How long closing waits for what is still to be posted."""


@dataclass(frozen=True, slots=True)
class ChatPiece:
    """A piece of a message as the chat knows it: ``id`` is the message's id and the number of the piece."""

    id: str
    text: str
    user_id: str
    final: bool


class ChatChannel(Protocol):
    """Where the chat is kept. Each call may take its time, and may fail: failures are reported, not repeated."""

    async def send(self, piece: ChatPiece) -> None:
        """Post a new piece."""
        ...

    async def update(self, piece: ChatPiece) -> None:
        """Show other text in a piece that was posted; ``piece.final`` says that it will not change any more."""
        ...

    async def delete(self, piece_id: str) -> None:
        """Take a piece back."""
        ...


class ChatConversation(Conversation):
    """Mirrors every message to a `ChatChannel`, in pieces, while it is still growing.

    One task does the posting. It always posts the latest state: however fast a message grows, the chat is never more
    than one request behind, and only pieces that changed are sent. What others post comes in through `received`.
    """

    def __init__(
        self,
        channel: ChatChannel,
        agent_user_id: str,
        instructions: str = "",
        history: Sequence[Message] = (),
    ) -> None:
        super().__init__(instructions, list(history))
        self._channel = channel
        self._agent_user_id = agent_user_id
        self._shown: dict[str, dict[str, ChatPiece]] = {}
        self._pending: dict[str, Message | None] = {}
        self._posting: asyncio.Task[None] | None = None
        self._theirs = {message.id for message in history}

    def received(self, message_id: str, text: str, user_id: str) -> None:
        """Someone else posted ``text`` to the chat, or changed what they had posted."""
        if user_id == self._agent_user_id:
            return  # our own post, told back to us
        self._theirs.add(message_id)
        for message in self.messages:
            if message.id == message_id:
                self.update(message, text, complete=True)
                return
        self.messages.append(Message("user", text, user_id, id=message_id))

    def deleted(self, message_id: str) -> None:
        """Someone else took back what they had posted."""
        self.messages = [m for m in self.messages if m.id != message_id]

    def changed(self, message: Message) -> None:
        """Show the message as it is now."""
        if message.id not in self._theirs:
            self._pending[message.id] = message
            self._post()

    def removed(self, message: Message) -> None:
        """Take the message out of the chat."""
        self._pending[message.id] = None
        self._post()

    async def close(self) -> None:
        """Return when everything has been posted; gives up after `CLOSE_LIMIT_S`, or when it is cancelled."""
        if self._posting is not None:
            try:
                await asyncio.wait([self._posting], timeout=CLOSE_LIMIT_S)
            finally:
                self._posting.cancel()

    def _post(self) -> None:
        if self._posting is None or self._posting.done():
            self._posting = asyncio.get_running_loop().create_task(self._post_all())

    async def _post_all(self) -> None:
        while self._pending:
            message_id = next(iter(self._pending))
            message = self._pending.pop(message_id)
            shown = self._shown.setdefault(message_id, {})
            wanted = self._pieces_of(message) if message is not None else {}
            for piece_id in [known for known in shown if known not in wanted]:
                del shown[piece_id]
                await self._try("delete", self._channel.delete(piece_id))
            for piece_id, piece in wanted.items():
                before = shown.get(piece_id)
                if before == piece:
                    continue
                shown[piece_id] = piece
                if before is None:
                    await self._try("send", self._channel.send(piece))
                else:
                    await self._try("update", self._channel.update(piece))

    def _pieces_of(self, message: Message) -> dict[str, ChatPiece]:
        texts = pieces(message.content) if message.content else []
        user_id = self._agent_user_id if message.role == "assistant" else message.user_id
        last = len(texts) - 1
        found = (
            ChatPiece(f"{message.id}-{i}", text, user_id, final=message.complete or i < last)
            for i, text in enumerate(texts)
        )
        return {piece.id: piece for piece in found}

    async def _try(self, what: str, request: Awaitable[None]) -> None:
        try:
            await request
        except Exception:
            logger.exception("the chat did not take a %s", what)
