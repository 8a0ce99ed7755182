"""How the agent hears: one queue a person, and one for each component that listens to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from agentkit.core.agents.bounded import STOP_LIMIT_S
from agentkit.core.agents.filters import AudioFilter
from agentkit.core.edge.types import Participant
from agentkit.core.events import EventManager, ExceptionEvent
from agentkit.core.llm.audio import AudioLLM
from agentkit.core.media.queue import AudioQueue
from agentkit.core.media.resample import StreamResampler
from agentkit.core.processors import AudioProcessor
from agentkit.core.stt import STT
from agentkit.core.turn_detection import TurnDetector
from agentkit.core.vad import VAD

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

INGRESS_MS = 5_000
"""Sound of one person that may wait before the oldest is dropped."""

BACKLOG_MS = 30_000
"""Sound that may wait for one component: a transcription that takes its time must not lose words."""

REPORT_EVERY = 50
"""Of failures that come with every piece of sound, one a second is reported."""

Listening = STT | VAD | TurnDetector | AudioLLM


class Feed:
    """Takes one person's sound to one listener, in order, without making anyone else wait."""

    def __init__(
        self,
        listen: Callable[[PcmData, Participant], Awaitable[None]],
        participant: Participant,
        failed: Callable[[Exception], None],
    ) -> None:
        self._listen = listen
        self._participant = participant
        self._failed = failed
        self._failures = 0
        self._queue = AudioQueue(buffer_limit_ms=BACKLOG_MS)
        self.put = self._queue.put_nowait
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            pcm = await self._queue.get()
            try:
                await self._listen(pcm, self._participant)
                self._failures = 0
            except Exception as error:
                if self._failures % REPORT_EVERY == 0:
                    self._failed(error)
                self._failures += 1


class Ear:
    """Everything that listens to one person."""

    def __init__(
        self,
        participant: Participant,
        listeners: Sequence[Listening],
        processors: Sequence[AudioProcessor],
        audio_filter: AudioFilter | None,
        events: EventManager,
    ) -> None:
        self.participant = participant
        self._filter = audio_filter
        self._events = events
        self._filter_failures = 0
        self._queue = AudioQueue(buffer_limit_ms=INGRESS_MS)
        self.put = self._queue.put_nowait
        self._raw = [Feed(p.process_audio, participant, self._reporter(p)) for p in processors]
        self._by_rate: dict[int, tuple[StreamResampler, list[Feed]]] = {}
        for listener in listeners:
            feed = Feed(
                listener.process_audio,
                participant,
                lambda error, listener=listener: listener._emit_error_event(  # type: ignore[misc]
                    error, context="listening", participant=participant
                ),
            )
            rate = listener.input_sample_rate
            if rate not in self._by_rate:
                self._by_rate[rate] = (StreamResampler(rate), [])
            self._by_rate[rate][1].append(feed)
        self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Every task that works for this ear."""
        feeds = [feed for _, of_rate in self._by_rate.values() for feed in of_rate]
        return [self._task, *(feed.task for feed in (*self._raw, *feeds))]

    async def _run(self) -> None:
        rates = list(self._by_rate.values())
        while True:
            pcm = await self._queue.get()
            if self._filter is not None:
                filtered = self._filtered(pcm)
                if filtered is None:
                    continue
                pcm = filtered
            for feed in self._raw:
                feed.put(pcm)
            for resampler, feeds in rates:
                resampled = resampler.process(pcm)
                for feed in feeds:
                    feed.put(resampled)

    def _filtered(self, pcm: PcmData) -> PcmData | None:
        assert self._filter is not None
        try:
            return self._filter.process(pcm, self.participant)
        except Exception as error:
            if self._filter_failures % REPORT_EVERY == 0:
                self._reporter(self._filter)(error)
            self._filter_failures += 1
            return pcm  # better unfiltered than deaf

    def _reporter(self, source: object) -> Callable[[Exception], None]:
        def report(error: Exception) -> None:
            self._events.send(
                ExceptionEvent(
                    error=error,
                    where=type(source).__name__,
                    context="listening",
                    participant=self.participant,
                )
            )

        return report


class Hearing:
    """The ears of the agent: one for each person who is heard."""

    def __init__(
        self,
        listeners: Sequence[Listening],
        processors: Sequence[AudioProcessor],
        audio_filter: AudioFilter | None,
        events: EventManager,
    ) -> None:
        self._listeners = listeners
        self._processors = processors
        self._filter = audio_filter
        self._events = events
        self._ears: dict[str, Ear] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def hear(self, pcm: PcmData, participant: Participant) -> None:
        """Take in sound of ``participant``. Never waits."""
        if self._closed:
            return
        ear = self._ears.get(participant.id)
        if ear is None:
            ear = self._ears[participant.id] = Ear(
                participant, self._listeners, self._processors, self._filter, self._events
            )
            self._tasks.update(ear.tasks)
        ear.put(pcm)

    @property
    def someone(self) -> Participant | None:
        """Whoever was first heard of those who are here: in a call of two, the other one."""
        return next((ear.participant for ear in self._ears.values()), None)

    def forget(self, participant: Participant) -> None:
        """Stop listening to someone who left."""
        ear = self._ears.pop(participant.id, None)
        if ear is None:
            return
        for task in ear.tasks:
            task.cancel()
            task.add_done_callback(self._tasks.discard)
        for listener in self._listeners:
            listener.forget(participant)

    async def close(self) -> None:
        """Stop listening to everyone, for good."""
        self._closed = True
        for ear in list(self._ears.values()):
            self.forget(ear.participant)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_LIMIT_S)
