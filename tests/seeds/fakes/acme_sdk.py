"""The SDK of a service that does not exist: it understands one sentence, speaks, chats, and listens on a socket.

Requests take virtual time, as those of a service do. What was asked of it is kept, for tests to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.providers.voice import speak

SENTENCE = "Queen of clubs."
LOUD = 1000
"""Of 32768: above the noise of our recordings, below their voices."""


@dataclass
class Transcript:
    """What was understood."""

    text: str


class Client:
    """Transcribes: says what was said when it has been quiet for ``pause_s``, and nothing before."""

    def __init__(self, api_key: str | None = None, pause_s: float = 0.3) -> None:
        self.api_key = api_key
        self.pause_s = pause_s
        self.closed = False
        self.models: set[str] = set()
        self.rates: set[int] = set()
        self.at_once = self.most_at_once = 0
        self._voiced_s = self._quiet_s = 0.0

    async def transcribe(self, audio: bytes, sample_rate: int = 16000, model: str = "default") -> Transcript:
        """Take in the next piece of sound: 16 bit, mono."""
        self.models.add(model)
        self.rates.add(sample_rate)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0.005)
        self.at_once -= 1
        return self.transcribe_now(audio, sample_rate)

    def transcribe_now(self, audio: bytes, sample_rate: int = 16000) -> Transcript:
        """The same, without waiting for anything."""
        samples = np.frombuffer(audio, np.int16)
        if len(samples) and np.abs(samples.astype(np.int32)).max() > LOUD:
            self._voiced_s += len(samples) / sample_rate
            self._quiet_s = 0.0
        else:
            self._quiet_s += len(samples) / sample_rate
        if self._voiced_s < 0.3 or self._quiet_s < self.pause_s:
            return Transcript("")
        self._voiced_s = 0.0
        return Transcript(SENTENCE)

    async def close(self) -> None:
        """Hang up."""
        self.closed = True


class Voice:
    """Speaks, in pieces of 100 ms: bytes at 16 kHz."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.cancelled = 0
        self.closed = False

    async def synthesize(self, text: str) -> AsyncIterator[bytes]:
        """The sound of ``text``, ten times as fast as it plays."""
        self.texts.append(text)
        sound = speak(text, 165, 16000).samples.tobytes()
        for start in range(0, len(sound), 3200):
            await asyncio.sleep(0.01)
            yield sound[start : start + 3200]

    async def cancel(self) -> None:
        """Stop."""
        self.cancelled += 1

    async def close(self) -> None:
        """Hang up."""
        self.closed = True


@dataclass
class Call:
    """A function that the model wants to have called: ``arguments`` is JSON."""

    function_name: str
    arguments: str
    id: str


@dataclass
class Reply:
    """What the model says, and what it wants to have called before it says more."""

    text: str = ""
    tool_calls: list[Call] = field(default_factory=list)


class Chat:
    """Answers from a script, the last answer again and again."""

    def __init__(self, *script: Reply) -> None:
        self._script = list(script)
        self.requests: list[dict[str, Any]] = []

    async def chat(
        self, messages: list[dict[str, Any]], tools: Iterable[dict[str, Any]] = (), images: Iterable[str] = ()
    ) -> Reply:
        """The next answer."""
        self.requests.append({"messages": messages, "tools": list(tools), "images": list(images)})
        await asyncio.sleep(0.1)
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]


class Socket:
    """A connection for sound."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.closed = False

    async def send_audio(self, audio: bytes) -> None:
        """Take sound in."""
        self.heard += audio

    async def close(self) -> None:
        """Hang up."""
        self.closed = True


class Line:
    """Where connections come from. It fails ``failures`` times, and takes ``takes_s`` each time."""

    def __init__(self, failures: int = 0, takes_s: float = 0.1) -> None:
        self.failures = failures
        self.takes_s = takes_s
        self.attempts_at: list[float] = []

    async def connect(self) -> Socket:
        """Open one."""
        self.attempts_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes_s)
        if len(self.attempts_at) <= self.failures:
            raise ConnectionError("nobody answers")
        return Socket()
