"""Text to speech: a sentence in, sound out."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agentkit.core.component import Component
from agentkit.core.tts.events import (
    TTSAudioEvent,
    TTSErrorEvent,
    TTSSynthesisCompleteEvent,
    TTSSynthesisStartEvent,
)
from agentkit.core.tts.speech import Speech

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class TTS(Component, abc.ABC):
    """Base of every text-to-speech plugin.

    Implement `stream_audio` and `stop_audio`. Sound may come in any format: it is resampled here to the output
    format (16 kHz mono unless the framework asks for another). Bytes are taken as 16-bit mono at `sample_rate`.

    ``epoch`` counts interruptions. Sound of an earlier epoch is dropped, however late it comes.
    """

    sample_rate: int = 16000
    error_event = TTSErrorEvent

    def __init__(self, provider_name: str | None = None) -> None:
        super().__init__()
        if provider_name:
            self.provider_name = provider_name
        self.epoch = 0
        self._syntheses = 0
        self._desired_sample_rate = 16000
        self._desired_channels = 1
        self.events.register(TTSSynthesisStartEvent, TTSAudioEvent, TTSSynthesisCompleteEvent, TTSErrorEvent)

    def set_output_format(self, sample_rate: int, channels: int = 1) -> None:
        """Choose what `send` and `synthesize` give: ``sample_rate`` in Hz, 1 or 2 ``channels``."""
        if sample_rate <= 0 or channels not in (1, 2):
            raise ValueError(
                f"output format: {sample_rate} Hz, {channels} channels; expected > 0 Hz and 1 or 2"
            )
        self._desired_sample_rate = sample_rate
        self._desired_channels = channels

    @abc.abstractmethod
    def stream_audio(self, text: str, **kwargs: Any) -> Any:
        """Make ``text`` into sound.

        Write it as an async generator, or as a coroutine that returns `PcmData`, `Speech`, bytes, or an iterator of
        those.
        """

    @abc.abstractmethod
    async def stop_audio(self) -> None:
        """Make the provider stop. The framework falls silent before it calls this and never waits long for it."""

    async def interrupt(self) -> None:
        """Start a new epoch, so that sound still on its way is dropped, and make the provider stop."""
        self.epoch += 1
        await self.stop_audio()

    async def send(self, text: str, **kwargs: Any) -> None:
        """Make ``text`` into sound and emit it as `TTSAudioEvent`; failures are emitted as `TTSErrorEvent`."""
        try:
            async with aclosing(self.synthesize(text, **kwargs)) as stream:
                async for _ in stream:
                    pass
        except Exception as error:
            self._emit_error_event(error, context="synthesis", text=text)

    async def synthesize(self, text: str, **kwargs: Any) -> AsyncGenerator[Speech]:
        """The sound of ``text``, piece by piece, in the output format; it ends early when interrupted.

        Each piece is emitted as a `TTSAudioEvent` too. What `stream_audio` raises is raised here.
        """
        from agentkit.core.media.resample import StreamResampler
        from agentkit.core.tts.pieces import pieces_of

        epoch = self.epoch
        self._syntheses += 1
        synthesis_id = str(self._syntheses)
        about: dict[str, Any] = {
            "plugin_name": self.provider_name,
            "session_id": self.session_id,
            "synthesis_id": synthesis_id,
        }
        loop = asyncio.get_running_loop()
        began = loop.time()
        first_audio = 0.0
        samples = index = 0
        resampler = StreamResampler(self._desired_sample_rate, self._desired_channels)
        self.events.send(TTSSynthesisStartEvent(text=text, **about))
        async with aclosing(pieces_of(self.stream_audio(text, **kwargs), self.sample_rate)) as pieces:
            async for piece in pieces:
                if self.epoch != epoch:
                    return
                first_audio = first_audio or loop.time() - began
                pcm = resampler.process(piece.pcm)
                samples += pcm.samples.shape[-1]
                self._emit_chunk(pcm, synthesis_id, index)
                index += 1
                yield Speech(pcm, piece.words)
        if self.epoch != epoch:
            return
        tail = resampler.flush()
        if tail is not None:
            samples += tail.samples.shape[-1]
            self._emit_chunk(tail, synthesis_id, index)
            yield Speech(tail)
        self.events.send(
            TTSSynthesisCompleteEvent(
                text=text,
                audio_ms=1000 * samples / self._desired_sample_rate,
                first_audio_ms=1000 * first_audio,
                **about,
            )
        )

    def _emit_chunk(self, pcm: PcmData, synthesis_id: str = "", chunk_index: int = 0) -> None:
        """Emit one piece of speech; `send` and `synthesize` do this for every piece."""
        self.events.send(
            TTSAudioEvent(
                data=pcm,
                synthesis_id=synthesis_id,
                chunk_index=chunk_index,
                plugin_name=self.provider_name,
                session_id=self.session_id,
            )
        )
