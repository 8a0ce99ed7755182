"""A reply that a language model words and a voice speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within, no_longer_than
from agentkit.core.agents.heard import SpokenText
from agentkit.core.agents.reply import Listeners, Prompt, Reply
from agentkit.core.agents.sentences import SentenceSplitter
from agentkit.core.conversation import Conversation
from agentkit.core.llm import LLM, ResponseStream
from agentkit.core.media.output import AudioOutput
from agentkit.core.processors import Processor
from agentkit.core.tts import TTS

SENTENCES_AHEAD = 8
"""Sentences the model may be ahead of the voice before it is made to wait."""


@dataclass(frozen=True, slots=True)
class ReplyLimits:
    """How long a reply waits for its providers, in seconds, before it ends with an error event."""

    llm_s: float = 20.0
    """For the next piece of text."""

    tts_s: float = 10.0
    """For the next piece of sound."""

    stop_s: float = STOP_LIMIT_S
    """For a provider to stop once the reply was cut."""


@dataclass(slots=True)
class Voice:
    """What a reply speaks with."""

    llm: LLM | None
    tts: TTS | None
    output: AudioOutput
    processors: Sequence[Processor] = ()
    limits: ReplyLimits = field(default_factory=ReplyLimits)


class SpokenReply(Reply):
    """From a prompt through sentences to sound. It owns its model stream, its sentence splitter and its synthesis."""

    def __init__(
        self, epoch: int, prompt: Prompt, voice: Voice, conversation: Conversation, listeners: Listeners
    ) -> None:
        super().__init__(epoch, prompt, voice.output, conversation, listeners)
        self._voice = voice
        self._spoken = SpokenText()
        self._sentences: asyncio.Queue[str | None] = asyncio.Queue(SENTENCES_AHEAD)
        self._stream: ResponseStream | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, after: asyncio.Task[None] | None = None) -> None:
        """Begin to think and to speak."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._think()), loop.create_task(self._speak(after))]

    def confirm(self) -> None:
        """Let it be heard, and let functions do what cannot be taken back."""
        super().confirm()
        if self._stream is not None:
            self._stream.confirm()

    async def stop(self) -> dict[str, BaseException]:
        """After `cut`: stop the providers, all at once, within the time limit."""
        work = {"LLM": self._stop_thinking(), "speech": self._stop_speaking()}
        return await all_within(self._voice.limits.stop_s, work)

    @property
    def heard_text(self) -> str:
        """What was played, to the last whole word; all of it where there is no voice to play it."""
        if self._voice.tts is None:
            return self.generated
        return self._spoken.heard(self._share.played / self._output.sample_rate)

    def _give_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._stream is not None:
            self._stream.cancel()

    # -- thinking ---------------------------------------------------------------------------------------------

    async def _think(self) -> None:
        """Turn the prompt into sentences."""
        try:
            splitter = SentenceSplitter()
            if self.prompt.verbatim:
                await self._hear_delta(self.prompt.text, splitter)
            else:
                await self._ask(splitter)
            rest = splitter.flush()
            if rest:
                await self._sentences.put(rest)
        finally:
            if not self.cut_off:
                await self._sentences.put(None)

    async def _ask(self, splitter: SentenceSplitter) -> None:
        llm = self._voice.llm
        if llm is None:
            return
        self._stream = llm.stream_response(
            self.prompt.text,
            list(self._voice.processors),
            self.prompt.participant,
            confirmed=self.confirmed,
        )
        try:
            while True:
                async with no_longer_than(self._voice.limits.llm_s, "text") as patience:
                    with self._stream.calls.suspending(patience):
                        delta = await anext(self._stream, None)
                if delta is None:
                    return
                await self._hear_delta(delta, splitter)
        except Exception as error:
            llm._emit_error_event(error, context="answering")
            self._stream.cancel()

    async def _hear_delta(self, delta: str, splitter: SentenceSplitter) -> None:
        self._grow(delta)
        for sentence in splitter.feed(delta):
            await self._sentences.put(sentence)

    # -- speaking ---------------------------------------------------------------------------------------------

    async def _speak(self, after: asyncio.Task[None] | None) -> None:
        """Turn sentences into sound, one after the other, ahead of playout."""
        if after is not None:
            await asyncio.wait([after])
        while not self.cut_off and (sentence := await self._sentences.get()) is not None:
            if sentence.strip() and self._voice.tts is not None:
                await self._say(sentence, self._voice.tts)
        if self.cut_off:  # and the voice was deaf to being cancelled
            return
        self._share.finish()
        if not self._share.written:
            self._share.cut()
            self._settle()
            self._listeners.empty(self)

    async def _say(self, sentence: str, tts: TTS) -> None:
        rate, before = self._output.sample_rate, self._share.written
        self._spoken.begin(sentence, before / rate)
        try:
            async with aclosing(tts.synthesize(sentence)) as pieces:
                while True:
                    async with no_longer_than(self._voice.limits.tts_s, "sound"):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    if piece.words:
                        self._spoken.add_words(piece.words)
                    if not self._share.write(piece.pcm.samples):
                        return
                    await self._share.room()
            if self._share.written == before and not self.cut_off and any(map(str.isalnum, sentence)):
                raise RuntimeError("no sound came of it")
            self._spoken.end(self._share.written / rate)
        except Exception as error:
            self._spoken.break_off(self._share.written / rate)
            tts._emit_error_event(error, context="speaking", text=sentence)

    # -- stopping ---------------------------------------------------------------------------------------------

    async def _stop_thinking(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()

    async def _stop_speaking(self) -> None:
        if self._voice.tts is not None:
            await self._voice.tts.interrupt()
        pending = [task for task in self._tasks if not task.done()]
        if pending:
            await asyncio.wait(pending)
