"""Text to speech that needs no model: audible, of realistic duration, with the delays of a provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from agentkit.core.tts import TTS, Speech
from simulator.providers.latency import Latency, latency, limit
from simulator.providers.voice import Spoken, check_voice, speak


class ScriptedTTS(TTS):
    """Speaks in a voice of harmonics (see `simulator.providers.voice`), with exact word timings.

    The first ``chunk_ms`` of sound come ``first_audio`` after the request, the others ``realtime_factor``
    times as fast as they play. ``stop_audio`` takes ``stop_latency``; until it is done, sound keeps coming.
    Delays are in seconds, fixed or a model (see `simulator.providers.latency`).

    For tests of failure: with ``stalls_after_s`` a synthesis stops coming after that many seconds of sound,
    and does not end either; with ``fails_after_s`` it raises `ConnectionError` there.

    ``requests`` is what was asked to be spoken, ``stops`` how often `stop_audio` was called.
    """

    provider_name = "scripted"

    def __init__(
        self,
        rate_wpm: float = 165,
        first_audio: float | Latency = 0.15,
        realtime_factor: float = 20.0,
        stop_latency: float | Latency = 0.0,
        chunk_ms: float = 100,
        sample_rate: int = 24000,
        stalls_after_s: float | None = None,
        fails_after_s: float | None = None,
    ) -> None:
        """Raises `ValueError` or `TypeError` for what makes no sense, naming it."""
        super().__init__()
        rates = {"rate_wpm": rate_wpm, "realtime_factor": realtime_factor, "chunk_ms": chunk_ms}
        check_voice("ScriptedTTS", sample_rate, **rates)
        self.rate_wpm = rate_wpm
        self.first_audio = latency(first_audio)
        self.realtime_factor = realtime_factor
        self.stop_latency = latency(stop_latency)
        self.chunk_ms = chunk_ms
        self.sample_rate = sample_rate
        self.stalls_after_s = limit(stalls_after_s, "ScriptedTTS(stalls_after_s)")
        self.fails_after_s = limit(fails_after_s, "ScriptedTTS(fails_after_s)")
        self.requests: list[str] = []
        self.stops = 0
        self._running: list[asyncio.Event] = []

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[Speech]:
        """The sound of ``text`` in chunks, each with the words that start in it. A blank text has none."""
        self.requests.append(text)
        if not text.strip():
            return
        rate_wpm, first_audio = self._manner_of(text)
        spoken = speak(text, rate_wpm, self.sample_rate)
        size = max(1, round(self.sample_rate * self.chunk_ms / 1000))
        stopped = asyncio.Event()
        self._running.append(stopped)
        try:
            await asyncio.sleep(first_audio.draw())
            for start in range(0, len(spoken.samples), size):
                await self._misbehave(start / self.sample_rate)
                if stopped.is_set() or self.closed:
                    return
                yield self._chunk(spoken, start, start + size)
                await asyncio.sleep(size / self.sample_rate / self.realtime_factor)
        finally:
            self._running.remove(stopped)

    async def stop_audio(self) -> None:
        """End every synthesis that is running now, after the provider's ``stop_latency``."""
        self.stops += 1
        running = list(self._running)
        await asyncio.sleep(self.stop_latency.draw())
        for stopped in running:
            stopped.set()

    def _manner_of(self, text: str) -> tuple[float, Latency]:
        """How fast ``text`` is spoken, in words a minute, and how soon."""
        return self.rate_wpm, self.first_audio

    def _chunk(self, spoken: Spoken, start: int, end: int) -> Speech:
        from getstream.video.rtc.track_util import PcmData

        rate = self.sample_rate
        words = tuple(word for word in spoken.words if start <= round(word.start_s * rate) < end)
        return Speech(PcmData(rate, "s16", spoken.samples[start:end]), words)

    async def _misbehave(self, delivered_s: float) -> None:
        """Fail or stall, if it is time for it."""
        if self.fails_after_s is not None and delivered_s >= self.fails_after_s:
            raise ConnectionError(
                f"the scripted voice was told to fail after {self.fails_after_s} s of sound"
            )
        if self.stalls_after_s is not None and delivered_s >= self.stalls_after_s:
            await asyncio.get_running_loop().create_future()
