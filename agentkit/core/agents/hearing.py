"""How the agent hears: an ear for each person, and whoever listens to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from agentkit.core.agents.bounded import STOP_LIMIT_S
from agentkit.core.agents.filters import AudioFilter
from agentkit.core.edge.types import Participant, TrackType
from agentkit.core.events import EventManager, ExceptionEvent
from agentkit.core.listener import Listener
from agentkit.core.media.queue import AudioQueue
from agentkit.core.media.resample import StreamResampler
from agentkit.core.processors import AudioProcessor

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

BACKLOG_MS = 30_000
"""Sound that may wait for one component: a transcription that takes its time must not lose words."""

REPORT_EVERY = 50
"""Of failures that come with every piece of sound, one a second is reported."""

LISTEN_LIMIT_S = 10.0
"""How long one component may be busy with one piece of sound, while more comes, before it is taken for stuck."""

SHARED = TrackType.SCREEN_SHARE_AUDIO
"""Asked about each piece of sound, and finding a member of an enumeration takes longer than comparing with it."""

Listen = Callable[["PcmData", Participant], Coroutine[Any, Any, None]]
Report = Callable[[Exception], None]


class Feed(Protocol):
    """Takes one person's sound to one listener, in order."""

    def put(self, pcm: PcmData) -> None:
        """Hand on the next sound."""
        ...


class InlineFeed:
    """To a listener that only computes: called at once."""

    def __init__(self, listen: Listen, participant: Participant, failed: Report) -> None:
        self._listen = listen
        self._participant = participant
        self._failed = Sparingly(failed)

    def put(self, pcm: PcmData) -> None:
        """Let the listener hear ``pcm`` before this returns."""
        listening = self._listen(pcm, self._participant)
        try:
            listening.send(None)
        except StopIteration:
            self._failed.reset()
        except Exception as error:
            self._failed(error)
        else:
            listening.close()
            self._failed(RuntimeError("process_audio() waited for something: set listens_inline = False"))


class QueuedFeed:
    """To any other: from a queue, in a task, so that nobody waits for it."""

    def __init__(self, listen: Listen, participant: Participant, failed: Report) -> None:
        self._listen = listen
        self._participant = participant
        self._failed = Sparingly(failed)
        self._queue = AudioQueue(buffer_limit_ms=BACKLOG_MS)
        self._busy = self._giving_up = False
        self._awaited_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self.task = self._loop.create_task(self._run())

    def put(self, pcm: PcmData) -> None:
        """Queue ``pcm``, and see to it that a listener that is stuck gets it all the same."""
        try:
            self._queue.put_nowait(pcm)
        except Exception as error:  # it is no sound, or not of the kind that is waiting
            self._failed(error)
        if self._busy:
            self._look_whether_stuck()

    async def _run(self) -> None:
        while True:
            pcm = await self._queue.get()
            self._busy = True
            try:
                await self._listen(pcm, self._participant)
                self._failed.reset()
            except asyncio.CancelledError as error:
                if not self.task.cancelling():  # it was something that the listener waited for
                    self._failed(RuntimeError(f"process_audio() was cancelled from within: {error!r}"))
                elif not self._giving_up or self.task.uncancel():
                    raise
            except Exception as error:
                self._failed(error)
            self._busy = self._giving_up = False
            self._awaited_since = None

    def _look_whether_stuck(self) -> None:
        now = self._loop.time()
        if self._awaited_since is None:
            self._awaited_since = now
        elif now - self._awaited_since >= LISTEN_LIMIT_S:
            self._awaited_since = now
            self._failed(TimeoutError(f"process_audio() was stuck for {LISTEN_LIMIT_S:g} s and was given up"))
            self._giving_up = True
            self.task.cancel()


class Sparingly:
    """Reports the first of a run of failures, and then one in `REPORT_EVERY`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._failures = 0

    def __call__(self, error: Exception) -> None:
        """Count one failure, and report it if it is time."""
        if self._failures % REPORT_EVERY == 0:
            self._report(error)
        self._failures += 1

    def reset(self) -> None:
        """It worked again."""
        self._failures = 0


class Ear:
    """Everyone who listens to one track: to the voice of one person, or, without listeners, to what they share."""

    def __init__(
        self,
        participant: Participant,
        listeners: Sequence[Listener],
        processors: Sequence[tuple[AudioProcessor, Listen]],
        audio_filter: AudioFilter | None,
        events: EventManager,
    ) -> None:
        """``processors`` come with what of each takes in this track."""
        self.participant = participant
        self.tasks: list[asyncio.Task[None]] = []
        self._filter = audio_filter
        self._events = events
        self._filter_failed = Sparingly(self._reporter(audio_filter))
        self._garbled = Sparingly(self._reporter(self))
        self._raw = [self._feed(listen, self._reporter(p), inline=False) for p, listen in processors]
        self._by_rate: dict[int, tuple[StreamResampler, list[Feed]]] = {}
        for listener in listeners:
            rate = listener.input_sample_rate
            if rate not in self._by_rate:
                self._by_rate[rate] = (StreamResampler(rate), [])
            feed = self._feed(listener.process_audio, self._teller(listener), inline=listener.listens_inline)
            self._by_rate[rate][1].append(feed)

    def hear(self, pcm: PcmData) -> None:
        """Hand the person's next sound to everyone, filtered, and at the rate each wants."""
        if self._filter is not None:
            filtered = self._filtered(self._filter, pcm)
            if filtered is None:
                return
            pcm = filtered
        for feed in self._raw:
            feed.put(pcm)
        for resampler, feeds in self._by_rate.values():
            try:
                resampled = resampler.process(pcm)
            except Exception as error:
                self._garbled(error)
                continue
            if resampled.samples.shape[-1]:  # the filter gives what it has in blocks of its own
                for feed in feeds:
                    feed.put(resampled)

    def _feed(self, listen: Listen, failed: Report, *, inline: bool) -> Feed:
        if inline:
            return InlineFeed(listen, self.participant, failed)
        feed = QueuedFeed(listen, self.participant, failed)
        self.tasks.append(feed.task)
        return feed

    def _filtered(self, audio_filter: AudioFilter, pcm: PcmData) -> PcmData | None:
        try:
            return audio_filter.process(pcm, self.participant)
        except Exception as error:
            self._filter_failed(error)
            return pcm  # better unfiltered than deaf

    def _teller(self, listener: Listener) -> Report:
        return lambda error: listener._emit_error_event(
            error, context="listening", participant=self.participant
        )

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
    """The ears of the agent: one for each person who is heard, and one for the sound of each screen that is shared.

    Shared sound is nobody's voice: processors get it, and nothing that listens to people does.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        processors: Sequence[AudioProcessor],
        audio_filter: AudioFilter | None,
        events: EventManager,
    ) -> None:
        self._listeners = listeners
        self._processors = processors
        self._filter = audio_filter
        self._events = events
        self._ears: dict[str, Ear] = {}
        self._shared: dict[str, Ear] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def hear(self, pcm: PcmData, participant: Participant, track_type: TrackType = TrackType.AUDIO) -> None:
        """Take in sound of ``participant``, of their microphone or of the screen that they share. Never waits."""
        if self._closed:
            return
        shared = track_type == SHARED
        ears = self._shared if shared else self._ears
        ear = ears.get(participant.id)
        if ear is None:
            ear = ears[participant.id] = self._shared_ear(participant) if shared else self._ear(participant)
            self._tasks.update(ear.tasks)
        ear.hear(pcm)

    def hears(self, who: str) -> bool:
        """Whether the participant of this id has been heard since they came."""
        return who in self._ears

    @property
    def someone(self) -> Participant | None:
        """Whoever was first heard of those who are here: in a call of two, the other one."""
        return next((ear.participant for ear in self._ears.values()), None)

    def forget(self, participant: Participant) -> None:
        """Stop listening to someone who left."""
        if (shared := self._shared.pop(participant.id, None)) is not None:
            self._stop(shared)
        ear = self._ears.pop(participant.id, None)
        if ear is None:
            return
        self._stop(ear)
        for listener in self._listeners:
            try:
                listener.forget(participant)
            except Exception as error:
                listener._emit_error_event(error, context="forgetting", participant=participant)

    async def close(self) -> None:
        """Stop listening to everyone, for good."""
        self._closed = True
        for ear in [*self._ears.values(), *self._shared.values()]:
            self.forget(ear.participant)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_LIMIT_S)

    def _ear(self, participant: Participant) -> Ear:
        processors = [(p, p.process_audio) for p in self._processors]
        return Ear(participant, self._listeners, processors, self._filter, self._events)

    def _shared_ear(self, participant: Participant) -> Ear:
        processors = [(p, p.process_shared_audio) for p in self._processors]
        return Ear(participant, (), processors, None, self._events)

    def _stop(self, ear: Ear) -> None:
        for task in ear.tasks:
            task.cancel()
            task.add_done_callback(self._tasks.discard)
