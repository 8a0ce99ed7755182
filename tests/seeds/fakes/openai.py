"""Stand-in for the SDK of OpenAI: its speech is a voice of harmonics."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from simulator.providers.voice import speak


@dataclass
class Response:
    """Sound: 16 bit, mono, 24 kHz."""

    content: bytes


class AsyncOpenAI:
    """Speaks what it is given."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key
        self.audio = SimpleNamespace(speech=SimpleNamespace(create=self._create))

    async def _create(self, model: str, voice: str, input: str, response_format: str) -> Response:
        assert response_format == "pcm"
        return Response(speak(input, 165, 24_000).samples.tobytes())
