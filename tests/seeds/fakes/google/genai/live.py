"""A live session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from simulator.providers.voice import speak

ANSWER = "That is a question I like."
ANSWERS_AFTER_BYTES = 2 * 2 * 48000


@dataclass
class Message:
    """A piece of the answer: 16 bit, mono, 24 kHz."""

    audio: bytes


class AsyncSession:
    """Answers once it has heard two seconds of sound, as fast as it can."""

    def __init__(self, model: str, config: Any) -> None:
        self.model = model
        self.config = config
        self.heard = 0
        self.closed = False
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()

    async def send(self, message: dict[str, Any]) -> None:
        """Take in sound: 16 bit, mono, 48 kHz."""
        assert message["mime_type"] == "audio/pcm"
        before, self.heard = self.heard, self.heard + len(message["data"])
        if before < ANSWERS_AFTER_BYTES <= self.heard:
            spoken = speak(ANSWER, 165, 24000).samples.tobytes()
            for start in range(0, len(spoken), 4800):
                self._messages.put_nowait(Message(spoken[start : start + 4800]))

    async def receive(self) -> AsyncIterator[Message]:
        """What the model says, until the session ends."""
        while (message := await self._messages.get()) is not None:
            yield message

    async def close(self) -> None:
        """End the session."""
        self.closed = True
        self._messages.put_nowait(None)
