"""A realtime model that says what a script tells it to: it hears words, and answers with sound."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLMResponseEvent, Realtime
from agentkit.core.processors import Processor
from simulator.providers.hearing import Ears, Heard
from simulator.providers.latency import Latency, duration, latency, limit
from simulator.providers.llm import Answer, ScriptedLLM
from simulator.providers.timing import Deadline, Outbox
from simulator.providers.voice import Spoken, check_voice, speak

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData


class ScriptedRealtime(Realtime):
    """Takes turns by itself, as speech-to-speech services do, with their delays.

    It hears simulated people. When no word of somebody has followed for ``endpointing_s``, their turn is over: it is
    answered from ``answers``, ``rules`` or ``default``, which are those of `ScriptedLLM`, one response at a time. Sound
    begins ``first_audio`` later and comes in pieces of ``chunk_ms``, ``realtime_factor`` times as fast as it plays. The
    words of a piece are told right before it, or, if ``late_transcript``, all of them once everything has been said.
    What the person said is told ``user_transcript`` after their turn, usually when the answer has begun.

    With ``turn_events`` it says when people begin to speak and when they have finished. Without ``response_ids`` its
    sound does not say which response it belongs to. When it is interrupted it goes on for ``stop_latency``, or to the
    end if it ``ignores_interrupt``. Once it has sent ``disconnects_after_s`` of sound it loses the connection in the
    middle of a response, once; `connect` gives it another. Delays are in seconds, fixed or a model (see
    `simulator.providers.latency`).

    ``requests`` is what it was asked, by people and by the agent; ``interrupts`` counts the calls of `interrupt`.
    """

    provider_name = "scripted"
    input_sample_rate = 16000

    def __init__(
        self,
        answers: Iterable[Answer] | None = None,
        rules: Mapping[str | re.Pattern[str], Answer] | None = None,
        default: Answer | None = None,
        *,
        endpointing_s: float = 0.5,
        first_audio: float | Latency = 0.3,
        user_transcript: float | Latency = 0.5,
        realtime_factor: float = 8.0,
        chunk_ms: float = 100,
        rate_wpm: float = 165,
        sample_rate: int = 24000,
        response_ids: bool = True,
        late_transcript: bool = False,
        turn_events: bool = False,
        stop_latency: float | Latency = 0.0,
        ignores_interrupt: bool = False,
        disconnects_after_s: float | None = None,
        fps: int = 1,
    ) -> None:
        """Raises `ValueError` or `TypeError` for what makes no sense, naming it."""
        super().__init__(fps=fps)
        rates = {"rate_wpm": rate_wpm, "realtime_factor": realtime_factor, "chunk_ms": chunk_ms}
        check_voice("ScriptedRealtime", sample_rate, **rates)
        self._mind = ScriptedLLM(answers, rules, default, first_token=0, per_token=0)
        self.endpointing_s = duration(endpointing_s, "ScriptedRealtime(endpointing_s)")
        self.first_audio = latency(first_audio)
        self.user_transcript = latency(user_transcript)
        self.realtime_factor = realtime_factor
        self.chunk_ms = chunk_ms
        self.rate_wpm = rate_wpm
        self.sample_rate = sample_rate
        self.response_ids = response_ids
        self.late_transcript = late_transcript
        self.turn_events = turn_events
        self.stop_latency = latency(stop_latency)
        self.ignores_interrupt = ignores_interrupt
        self.disconnects_after_s = limit(disconnects_after_s, "ScriptedRealtime(disconnects_after_s)")
        self.interrupts = 0
        self._ears = Ears(lambda participant: _Turns(self, participant), self._emit_error_event)
        self._answering: set[asyncio.Task[None]] = set()
        self._speaking: list[_Response] = []
        self._voice = asyncio.Lock()
        self._responses = 0
        self._sent_s = 0.0

    @property
    def requests(self) -> list[str]:
        """What it was asked, in order."""
        return [request.text for request in self._mind.requests]

    # -- the session ------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open a session."""
        self._emit_connected_event(
            session_config={"model": "scripted", "instructions": self.instructions},
            capabilities={"audio": True, "video": False, "text": True},
        )

    async def close(self) -> None:
        """End the session; nothing of it is left running."""
        self.closed = True
        answering = self._end_session()
        if answering:
            await asyncio.wait(answering)
        await self._mind.close()
        if self.connected:
            self._emit_disconnected_event("closed")

    async def simple_audio_response(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Hear the next frame of ``participant``, whose ``original`` must be a `Speaks`."""
        if not self.connected:
            raise ConnectionError("there is no session; connect() first")
        self._emit_audio_input_event(pcm, participant)
        self._ears.hear(pcm, participant)

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Answer ``text`` aloud. Returns when it is known what will be said; raises what the script has there."""
        if not self.connected:
            raise ConnectionError("there is no session; connect() first")
        answer, failure = await self._think(text)
        if failure is not None and not answer:
            raise failure
        self._in_background(self._say(answer, failure))
        return self._create_response_event(answer)

    async def interrupt(self) -> None:
        """Stop every response in progress, after ``stop_latency``."""
        await super().interrupt()
        self.interrupts += 1
        responses = list(self._speaking)
        await asyncio.sleep(self.stop_latency.draw())
        if not self.ignores_interrupt:
            for response in responses:
                response.stopped = True

    def forget(self, participant: Participant) -> None:
        """Drop what someone who left has not finished saying."""
        self._ears.forget(participant)

    # -- hearing ----------------------------------------------------------------------------------------------

    def _turn_over(self, text: str) -> None:
        self._in_background(self._answer(text))

    async def _answer(self, text: str) -> None:
        answer, failure = await self._think(text)
        await self._say(answer, failure)

    async def _think(self, text: str) -> tuple[str, Exception | None]:
        """What the script answers, and what goes wrong after that."""
        stream = self._mind.stream_response(text)
        try:
            async for _ in stream:
                pass
        except Exception as error:
            return stream.text, error
        finally:
            await stream.aclose()
        return stream.text, None

    # -- speaking ---------------------------------------------------------------------------------------------

    async def _say(self, text: str, failure: Exception | None) -> None:
        async with self._voice:
            if text:
                self._responses += 1
                response = _Response(f"response-{self._responses}" if self.response_ids else None)
                self._speaking.append(response)
                try:
                    await self._speak(speak(text, self.rate_wpm, self.sample_rate), response)
                finally:
                    self._speaking.remove(response)
                if failure is None and self.connected:
                    self._finish(response)
            if failure is not None:
                self._emit_error_event(failure, context="answering")

    async def _speak(self, spoken: Spoken, response: _Response) -> None:
        from getstream.video.rtc.track_util import PcmData

        size = max(1, round(self.sample_rate * self.chunk_ms / 1000))
        await asyncio.sleep(self.first_audio.draw())
        for start in range(0, len(spoken.samples), size):
            if response.stopped:
                return
            if self.disconnects_after_s is not None and self._sent_s >= self.disconnects_after_s:
                self.disconnects_after_s = None
                self._lose_connection()
                return
            for word in spoken.words:
                if start <= round(word.start_s * self.sample_rate) < start + size:
                    self._tell_word(word.text, response)
            samples = spoken.samples[start : start + size]
            self._emit_audio_output_event(PcmData(self.sample_rate, "s16", samples), response.id)
            self._sent_s += len(samples) / self.sample_rate
            await asyncio.sleep(len(samples) / self.sample_rate / self.realtime_factor)

    def _tell_word(self, word: str, response: _Response) -> None:
        delta = f" {word}" if response.text else word
        response.text += delta
        if not self.late_transcript:
            self._emit_agent_speech_transcription(delta)

    def _finish(self, response: _Response) -> None:
        self._emit_audio_output_done_event(response.id)
        if self.late_transcript and not response.stopped:
            self._emit_agent_speech_transcription(response.text)

    # -- inside -----------------------------------------------------------------------------------------------

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _end_session(self) -> list[asyncio.Task[None]]:
        """Hear and say nothing more. Returns the tasks that are ending."""
        self._ears.close()
        ending = [task for task in self._answering if task is not asyncio.current_task()]
        for task in ending:
            task.cancel()
        return ending

    def _lose_connection(self) -> None:
        self._end_session()
        self._emit_disconnected_event("the connection was reset", was_clean=False)


class _Response:
    """One response in progress: what was said of it so far, and whether it is to stop."""

    def __init__(self, response_id: str | None) -> None:
        self.id = response_id
        self.text = ""
        self.stopped = False


class _Turns:
    """The turns of one person."""

    def __init__(self, model: ScriptedRealtime, participant: Participant | None) -> None:
        self._model = model
        self._participant = participant
        self._words: list[str] = []
        self._began = False
        self._silence = Deadline(self._end)
        self._outbox = Outbox()

    def heard(self, heard: Heard) -> None:
        if not self._began and self._model.turn_events:
            self._model._emit_turn_started_event(self._participant)
        self._began = True
        self._words += [word.text for word in heard.ended]
        self._silence.put_off(heard.at(heard.voice_until_s) + self._model.endpointing_s)

    def close(self) -> None:
        self._silence.cancel()
        self._outbox.clear()

    def _end(self) -> None:
        model, text = self._model, " ".join(self._words)
        self._words.clear()
        self._began = False
        if model.turn_events:
            model._emit_turn_ended_event(self._participant, trailing_silence_ms=1000 * model.endpointing_s)
        if text:
            when = asyncio.get_running_loop().time() + model.user_transcript.draw()
            self._outbox.post(when, model._emit_user_speech_transcription, text)
            model._turn_over(text)
