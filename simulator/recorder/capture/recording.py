"""One call being recorded: what is kept in memory until the next second's writing, and when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from agentkit.core.edge import Participant, TrackType
from agentkit.core.media.cadence import Cadence, time_of
from simulator.media.activity import NS_PER_SECOND, VoiceChange
from simulator.media.frames import SAMPLE_RATE, Samples
from simulator.recorder.capture.files import FORMAT, PICTURES, SHARED, STEMS, Batch, RecordingFiles, file_name
from simulator.recorder.capture.people import Person, source_of
from simulator.recorder.capture.picture import FPS
from simulator.recorder.capture.voice import Voice
from simulator.trace.record import AGENT, Record
from simulator.trace.trace import Trace

if TYPE_CHECKING:
    from av import VideoFrame
    from getstream.video.rtc.track_util import PcmData

logger = logging.getLogger(__name__)

WRITE_EVERY_S = 1.0
"""What a process loses at most when it dies."""

MOST_PENDING = 64 * 2**20
"""Bytes of sound that may wait for a disk that does not keep up: eleven minutes of one voice."""

MOST_FRAMES = 2 * FPS
"""Pictures of one track that may wait; the oldest are left out."""

MB = 1_000_000
AGENT_STEM = f"{STEMS}/agent.wav"
MISSING = "recording.missing"
"""In the trace: since its ``at_ns``, nothing had come from the microphone of this person."""

KEPT = "recording.kept"
"""In the trace: what is seen or heard of this kind of track, of this person, is in that file from now on."""


class CallRecorder:
    """Takes what happens in a call, and writes it to ``files`` once a second, on a thread.

    ``stopped`` is called with the reason if recording ends before the call does: the limit was reached, or the disk
    does not take any more. The call goes on without it.
    """

    def __init__(
        self, files: RecordingFiles, facts: dict[str, Any], limit_bytes: int, stopped: Callable[[str], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._files = files
        self._facts = facts
        self._limit = limit_bytes
        self._on_stop = stopped
        self.trace = Trace(lambda: round((self._loop.time() - self._start) * NS_PER_SECOND))
        self._told = 0
        self._people: dict[str, Person] = {}
        self._agent = Voice(partial(self._note_voice, AGENT))
        self._pictures: dict[str, list[tuple[int, VideoFrame]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._finishing: asyncio.Task[None] | None = None
        self.stopped: dict[str, Any] | None = None
        self.note("call", "call.started", dict(facts))

    @property
    def active(self) -> bool:
        """False once it was stopped or finished."""
        return self.stopped is None and self._finishing is None

    # -- what happens in the call -----------------------------------------------------------------------------

    def note(self, source: str, kind: str, data: dict[str, Any]) -> None:
        """Put something into the trace."""
        if self.active:
            self.trace.record(source, kind, data)
            self._write_soon()

    def heard(self, pcm: PcmData, participant: Participant) -> None:
        """Sound of a person arrived."""
        if self.active:
            person = self.joined(participant)
            now = self._now()
            if person.voice is None:
                person.voice = Voice(partial(self._note_voice, person.source))
            self._note_missing(person, now - pcm.samples.shape[-1] * SAMPLE_RATE // pcm.sample_rate)
            person.voice.hear(pcm, now)
            self._write_soon()

    def shared(self, pcm: PcmData, participant: Participant) -> None:
        """Sound of a person's screen arrived; nobody's voice, so nobody is said to speak."""
        if self.active:
            person = self.joined(participant)
            if person.shared is None:
                taken = [known.shared_stem for known in self._people.values()]
                person.shared_stem = file_name(SHARED, participant.id, taken, ".wav")
                person.shared = Voice(lambda changes: None)
                self._note_kept(participant, TrackType.SCREEN_SHARE_AUDIO, person.shared_stem)
            person.shared.hear(pcm, self._now())
            self._write_soon()

    def wrote(self, user_id: str, text: str) -> None:
        """Somebody wrote into the chat."""
        writers = [person.source for person in self._people.values() if person.user_id == user_id]
        self.note(writers[0] if writers else "call", "typed", {"text": text})

    def agent_plays(self, samples: Samples, silent: bool) -> None:
        """The transport took this of the agent's sound."""
        if self.active:
            self._agent.plays(samples, self._now(), silent)
            if self._agent.pending:
                self._write_soon()

    def joined(self, participant: Participant) -> Person:
        """A person is there."""
        person = self._people.get(participant.id)
        if person is None:
            taken = [AGENT_STEM, *(known.stem for known in self._people.values())]
            stem = file_name(STEMS, participant.id, taken, ".wav")
            person = self._people[participant.id] = Person(source_of(participant), participant.user_id, stem)
        if not person.present:
            person.present = True
            person.since = self._now()
            self.note(person.source, "joined", {})
        return person

    def left(self, participant: Participant) -> None:
        """A person is gone."""
        person = self._people.get(participant.id)
        if person is not None and person.present:
            if person.voice is not None:
                self._note_missing(person, self._now())
                person.voice.close()
            person.present = False
            self.note(person.source, "left", {})

    def watch(
        self, track_id: str, track_type: TrackType, participant: Participant | None
    ) -> Callable[[VideoFrame], None]:
        """Whom to give what the agent sees of a video track."""
        name = file_name(PICTURES, track_id, list(self._pictures), ".webm")
        pending = self._pictures[name] = []
        if participant is not None:
            self.joined(participant).pictures.append(name)
            self._note_kept(participant, track_type, name)
        cadence = Cadence(FPS)

        def see(frame: VideoFrame) -> None:
            seconds = time_of(frame)
            if self.active and (seconds is None or cadence.takes(seconds)):
                pending.append((self.trace.now_ns() // 1_000_000, frame))
                del pending[:-MOST_FRAMES]
                self._write_soon()

        return see

    async def finish(self) -> None:
        """Write the rest and complete the folder. Calling it again waits for the same."""
        if self._finishing is None:
            self._close_voices()
            self._finishing = self._loop.create_task(self._finish(), name="finish the recording")
        await asyncio.shield(self._finishing)

    # -- inside -----------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return round((self._loop.time() - self._start) * SAMPLE_RATE)

    def _note_missing(self, person: Person, now: int) -> None:
        """Note it if nothing had come of a microphone for a while: it was closed, or the connection lost."""
        since = person.missed(now)
        if since is not None:
            at_ns = since * NS_PER_SECOND // SAMPLE_RATE
            self.note("call", MISSING, {"participant": person.source, "at_ns": at_ns})

    def _note_kept(self, participant: Participant, track_type: TrackType, file: str) -> None:
        about = {"participant": source_of(participant), "track_type": track_type.name, "file": file}
        self.note("call", KEPT, about)

    def _note_voice(self, source: str, changes: Sequence[VoiceChange]) -> None:
        for change, at_ns in changes:
            self.note(source, f"voice.{change}", {"at_ns": at_ns})

    def _voices(self) -> dict[str, Voice]:
        """Every voice, and every screen's sound, by its file."""
        people = self._people.values()
        voices = {person.stem: person.voice for person in people if person.voice is not None}
        screens = {person.shared_stem: person.shared for person in people if person.shared is not None}
        return {AGENT_STEM: self._agent, **voices, **screens}

    def _close_voices(self) -> None:
        for voice in self._voices().values():
            voice.close()

    def _write_soon(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(WRITE_EVERY_S, self._begin_writing)

    def _begin_writing(self) -> None:
        self._timer = None
        if not self.active:
            return
        if self._writing is None or self._writing.done():
            for voice in self._voices().values():
                voice.fall_silent(self._now())
            self._writing = self._loop.create_task(self._write(), name="write the recording")
        elif sum(voice.pending_bytes for voice in self._voices().values()) > MOST_PENDING:
            self._stop("the disk is too slow")
        if self._timer is None and self.active:
            self._write_soon()

    async def _write(self) -> None:
        """Write what has come. What goes wrong with that ends the recording, not the call."""
        batch = self._batch()
        if self._files.size + batch.sound_bytes > self._limit:
            self._stop(f"its limit of {self._limit / MB:g} MB is reached")
            batch = Batch(records=batch.records)
        try:
            await asyncio.to_thread(self._files.write, batch)
        except (OSError, ValueError) as error:  # av's errors are both, a full disk is the first
            self._stop(f"it cannot be written: {getattr(error, 'strerror', None) or error}")

    def _batch(self) -> Batch:
        sound = {stem: voice.take() for stem, voice in self._voices().items()}
        pictures = {name: pending[:] for name, pending in self._pictures.items() if pending}
        for name in pictures:
            self._pictures[name].clear()
        records: list[Record] = list(self.trace.records[self._told :])
        self._told = len(self.trace)
        return Batch(sound, pictures, records)

    def _stop(self, reason: str) -> None:
        if self.stopped is None:
            self._close_voices()
            self.note("call", "recording.stopped", {"reason": reason})
            self.stopped = {"at_s": round(self.trace.now_ns() / NS_PER_SECOND, 3), "reason": reason}
            logger.warning("the recording in %s was stopped: %s", self._files.folder, reason)
            self._on_stop(reason)

    async def _finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self._write()
        try:
            await asyncio.to_thread(self._files.close, self._manifest(), self._now())
        except (OSError, ValueError) as error:
            if self.stopped is None:  # else that has been told
                logger.error("the recording in %s is not complete: %s", self._files.folder, error)

    def _manifest(self) -> dict[str, Any]:
        people = [person.about() for person in self._people.values()]
        duration_s = round(self.trace.now_ns() / NS_PER_SECOND, 3)
        return {
            "format": FORMAT,
            **self._facts,
            "duration_s": duration_s,
            "people": people,
            "stopped": self.stopped,
        }
