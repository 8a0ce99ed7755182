"""One reply of the agent: from its words, through its voice, to what was heard of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within
from agentkit.core.agents.conversation import Conversation, Message
from agentkit.core.agents.heard import SpokenText
from agentkit.core.agents.sentences import SentenceSplitter
from agentkit.core.edge.types import Participant
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


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a reply answers (``text``, from ``participant`` if a person said it) or, if ``verbatim``, says."""

    text: str
    participant: Participant | None = None
    verbatim: bool = False
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of something the agent was to say."""

    text: str
    heard_text: str
    interrupted: bool


@dataclass(slots=True)
class Listeners:
    """Whom a reply tells: each is called with the reply itself."""

    started: Callable[[Reply], None]
    finished: Callable[[Reply], None]
    empty: Callable[[Reply], None]


@dataclass(slots=True)
class Voice:
    """What a reply speaks with."""

    llm: LLM | None
    tts: TTS | None
    output: AudioOutput
    processors: Sequence[Processor] = ()
    limits: ReplyLimits = field(default_factory=ReplyLimits)


class Reply:
    """The unit that is started, confirmed, spoken and cut.

    It owns its model stream, its sentence splitter, its synthesis and its share of playout. Until confirmed it
    prepares in silence and the conversation knows nothing of it. `cut` is instant; `stop` then takes its time.
    """

    def __init__(
        self, epoch: int, prompt: Prompt, voice: Voice, conversation: Conversation, listeners: Listeners
    ) -> None:
        self.epoch = epoch
        self.prompt = prompt
        self.generated = ""
        self.confirmed = False
        self.cut_off = False
        self._voice = voice
        self._conversation = conversation
        self._listeners = listeners
        self._message: Message | None = None
        self._spoken = SpokenText()
        self._share = voice.output.begin(epoch, on_started=self._on_started, on_finished=self._on_finished)
        self._share.hold()
        self._sentences: asyncio.Queue[str | None] = asyncio.Queue(SENTENCES_AHEAD)
        self._stream: ResponseStream | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, after: asyncio.Task[None] | None = None) -> None:
        """Begin to think and to speak. ``after`` is the last reply's clean-up, which the voice waits for."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._think()), loop.create_task(self._speak(after))]

    def confirm(self) -> None:
        """Let it be heard, and let the conversation know."""
        self.confirmed = True
        self._share.resume()
        self._note(complete=False)

    def hold(self) -> None:
        """Fall silent with the next sample; keep what was not played."""
        self._share.hold()

    def resume(self) -> None:
        """Go on with the next sample."""
        self._share.resume()

    def cut(self) -> None:
        """Fall silent with the next sample, for good, and keep of the conversation what was heard."""
        if self.cut_off:
            return
        self.cut_off = True
        self._share.cut()
        for task in self._tasks:
            task.cancel()
        if self._stream is not None:
            self._stream.cancel()
        self._settle()

    async def stop(self) -> dict[str, BaseException]:
        """After `cut`: stop the providers, all at once, within the time limit. Returns what failed, by provider."""
        work = {"LLM": self._stop_thinking(), "speech": self._stop_speaking()}
        return await all_within(self._voice.limits.stop_s, work)

    @property
    def audible(self) -> bool:
        """True once a sample of it was played."""
        return self._share.played > 0

    @property
    def heard_text(self) -> str:
        """What was played, to the last whole word."""
        return self._spoken.heard(self._share.played / self._voice.output.sample_rate)

    @property
    def heard_ms(self) -> float:
        """How much of it was played."""
        return self._share.played_ms

    # -- thinking ---------------------------------------------------------------------------------------------

    async def _think(self) -> None:
        """Turn the prompt into sentences."""
        try:
            if self.prompt.verbatim:
                await self._hear_delta(self.prompt.text, splitter := SentenceSplitter())
            else:
                splitter = SentenceSplitter()
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
        limit = self._voice.limits.llm_s
        self._stream = llm.stream_response(
            self.prompt.text, list(self._voice.processors), self.prompt.participant
        )
        try:
            while True:
                async with asyncio.timeout(limit):
                    delta = await anext(self._stream)
                await self._hear_delta(delta, splitter)
        except StopAsyncIteration:
            return
        except TimeoutError:
            llm._emit_error_event(TimeoutError(f"no text for {limit:g} s"), context="answering")
            self._stream.cancel()
        except Exception as error:
            llm._emit_error_event(error, context="answering")

    async def _hear_delta(self, delta: str, splitter: SentenceSplitter) -> None:
        self.generated += delta
        if self.confirmed:
            self._note(complete=False)
        for sentence in splitter.feed(delta):
            await self._sentences.put(sentence)

    # -- speaking ---------------------------------------------------------------------------------------------

    async def _speak(self, after: asyncio.Task[None] | None) -> None:
        """Turn sentences into sound, one after the other, ahead of playout."""
        if after is not None:
            await asyncio.wait([after])
        while (sentence := await self._sentences.get()) is not None:
            if sentence.strip() and self._voice.tts is not None:
                await self._say(sentence, self._voice.tts)
        self._share.finish()
        if not self._share.written:
            self._share.cut()
            self._settle()
            self._listeners.empty(self)

    async def _say(self, sentence: str, tts: TTS) -> None:
        rate = self._voice.output.sample_rate
        limit = self._voice.limits.tts_s
        self._spoken.begin(sentence, self._share.written / rate)
        try:
            async with aclosing(tts.synthesize(sentence)) as pieces:
                while True:
                    async with asyncio.timeout(limit):
                        piece = await anext(pieces)
                    if piece.words:
                        self._spoken.add_words(piece.words)
                    self._share.write(piece.pcm.samples)
                    await self._share.room()
        except StopAsyncIteration:
            self._spoken.end(self._share.written / rate)
        except TimeoutError:
            tts._emit_error_event(
                TimeoutError(f"no sound for {limit:g} s"), context="speaking", text=sentence
            )
        except Exception as error:
            tts._emit_error_event(error, context="speaking", text=sentence)

    # -- ending -----------------------------------------------------------------------------------------------

    def _on_started(self) -> None:
        self._listeners.started(self)

    def _on_finished(self) -> None:
        self._settle()
        self._listeners.finished(self)

    def _note(self, *, complete: bool) -> None:
        """Keep the conversation's message in step with what is being said."""
        content = self._kept_text if complete else self.generated
        if self._message is None:
            if content:
                self._message = self._conversation.add("assistant", content, complete=complete)
        elif content or not complete:
            self._conversation.update(self._message, content, complete=complete)
        else:
            self._conversation.remove(self._message)

    @property
    def _kept_text(self) -> str:
        """What the conversation keeps: the generated text, whole and as written, if all of it was heard."""
        heard = self.heard_text
        if self._voice.tts is None or heard.split() == self.generated.split():
            return self.generated
        return heard

    def _settle(self) -> None:
        """The reply is over: from now on the conversation says what was heard, and nothing else."""
        if self.confirmed:
            self._note(complete=True)

    async def _stop_thinking(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()

    async def _stop_speaking(self) -> None:
        if self._voice.tts is not None:
            await self._voice.tts.interrupt()
        pending = [task for task in self._tasks if not task.done()]
        if pending:
            await asyncio.wait(pending)
