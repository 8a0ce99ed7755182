"""What people write into the chat of a call, overheard where it becomes part of the conversation."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from agentkit.core.agents.events import ReplyStarted, UserTurnEnded
from agentkit.core.conversation import Conversation, Message
from agentkit.core.conversation.chat import ChatConversation
from agentkit.core.conversation.conversation import Role
from agentkit.core.events import EventManager
from agentkit.core.llm.realtime_events import RealtimeUserSpeechTranscriptionEvent

Wrote = Callable[[str, str], None]
"""Told of somebody's user id, and of the text that they wrote."""

MOST_SAID = 50


class Overheard:
    """Watches one conversation. What people say becomes part of it too; events tell of that, and it is left out."""

    def __init__(self, conversation: Conversation, wrote: Wrote) -> None:
        self._conversation = conversation
        self._wrote = wrote
        self._said: deque[str] = deque(maxlen=MOST_SAID)

    def attach(self, events: EventManager) -> Callable[[], None]:
        """Begin to watch, and learn from an agent's events what was said; returns a function that ends it."""
        conversation = self._conversation
        told = (UserTurnEnded, ReplyStarted, RealtimeUserSpeechTranscriptionEvent)
        forget = events.tap(lambda event: self._said.append(event.text), *told)
        if isinstance(conversation, ChatConversation):
            conversation.received = self._received(conversation)  # type: ignore[method-assign,assignment]
        else:
            conversation.add = self._added(conversation)  # type: ignore[method-assign]

        def detach() -> None:
            forget()
            for name in ("received", "add"):
                vars(conversation).pop(name, None)

        return detach

    def _received(self, chat: ChatConversation) -> Callable[[str, str, str], None]:
        received = chat.received

        def hear(message_id: str, text: str, user_id: str) -> None:
            before = len(chat.messages)
            received(message_id, text, user_id)
            if len(chat.messages) > before:  # else it was the agent's own, or changed what was there
                self._wrote(user_id, text)

        return hear

    def _added(self, conversation: Conversation) -> Callable[..., Message]:
        add = conversation.add

        def hear(role: Role, content: str, user_id: str = "", **details: Any) -> Message:
            message = add(role, content, user_id, **details)
            if role == "user" and user_id:
                # Whether it was said is told in this instant, but perhaps not yet.
                asyncio.get_running_loop().call_soon(self._unless_said, user_id, content)
            return message

        return hear

    def _unless_said(self, user_id: str, text: str) -> None:
        if text not in self._said:
            self._wrote(user_id, text)
