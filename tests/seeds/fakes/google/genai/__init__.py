"""Stand-in for the SDK of Gemini: a live session that answers once it has heard two seconds of sound."""

from __future__ import annotations

from types import SimpleNamespace

from google.genai.live import AsyncSession


class Client:
    """Opens sessions."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key
        self.aio = SimpleNamespace(live=SimpleNamespace(connect=AsyncSession))
