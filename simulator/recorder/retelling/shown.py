"""What people showed in a recorded call: their cameras and screens, and the sound of those, as files of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from av import VideoFrame

from agentkit.core.edge import TrackType
from agentkit.core.media.video_file import VideoFileError, decode_video
from simulator.media.activity import NS_PER_SECOND
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE
from simulator.media.wav import wav_fault
from simulator.recorder.capture.files import PICTURES, SHARED, TRACE
from simulator.recorder.capture.picture import PictureFile
from simulator.recorder.capture.recording import KEPT
from simulator.recorder.retelling.clips import sound_files, write_sound
from simulator.recorder.retelling.recorded import (
    RecordedCall,
    RecordedPerson,
    RecordingError,
    Stem,
    file_within,
)
from simulator.trace import Record

MS = 1_000_000
TYPES = (TrackType.VIDEO, TrackType.SCREEN_SHARE, TrackType.SCREEN_SHARE_AUDIO)
_CALLED = {
    TrackType.VIDEO: "camera",
    TrackType.SCREEN_SHARE: "screen",
    TrackType.SCREEN_SHARE_AUDIO: "screen-sound",
}
_SUFFIX = {TrackType.SCREEN_SHARE_AUDIO: ".wav"}


@dataclass(frozen=True)
class Showing:
    """Something that ``person`` showed from ``start_ns`` to ``end_ns`` since the call began; ``kept`` is what there is
    of it. ``name`` is the file that it becomes."""

    person: str
    track_type: TrackType
    name: str
    start_ns: int
    end_ns: int
    kept: tuple[Path, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """What `write` writes."""
        is_sound = self.track_type is TrackType.SCREEN_SHARE_AUDIO
        return sound_files(Path(self.name).stem) if is_sound else (self.name,)

    def write(self, folder: Path) -> None:
        """Write the file into ``folder``. Raises `RecordingError` when what was recorded cannot be read."""
        if self.track_type is TrackType.SCREEN_SHARE_AUDIO:
            self._write_sound(folder)
        else:
            self._write_pictures(folder)

    def _write_sound(self, folder: Path) -> None:
        first = self.start_ns * SAMPLE_RATE // NS_PER_SECOND // FRAME_SAMPLES * FRAME_SAMPLES
        last = -(-self.end_ns * SAMPLE_RATE // NS_PER_SECOND)
        stem = Stem(self.kept[0])
        write_sound(folder, Path(self.name).stem, self.person, stem.between(first, last), last - first)

    def _write_pictures(self, folder: Path) -> None:
        """The picture that was seen first stands from the beginning: what was before it nobody saw."""
        file = PictureFile(folder / self.name)
        started = False
        try:
            for at_ms, frame in self._seen():
                if not started:
                    file.write([(0, frame)])
                    started = True
                file.write([(at_ms, frame)])
        finally:
            file.close()

    def _seen(self) -> Iterator[tuple[int, VideoFrame]]:
        """Pictures, and when they came: milliseconds since it was first shown."""
        for path in self.kept:
            for at_ms, frame in _pictures_in(path):
                if self.start_ns // MS <= at_ms < self.end_ns // MS:
                    yield at_ms - self.start_ns // MS, frame


def showings_of(
    call: RecordedCall, person: RecordedPerson, name: str, presences: Sequence[tuple[int, int]], prefix: str
) -> list[Showing]:
    """What ``person``, whom the scenario calls ``name``, showed while they were there, as far as it was kept.

    Raises `RecordingError` when what was kept is missing or damaged.
    """
    found: list[Showing] = []
    for track_type in TYPES:
        kept = _kept(call, person.source, track_type)
        number = 1
        for start_ns, end_ns in _tracks(call.records, person.source, track_type, presences):
            if here := tuple(path for path in kept if _reaches(path, track_type, start_ns, end_ns)):
                suffix = _SUFFIX.get(track_type, ".webm")
                file = f"{prefix}{name}-{_CALLED[track_type]}-{number}{suffix}"
                found.append(Showing(name, track_type, file, start_ns, end_ns, here))
                number += 1
    return found


def _tracks(
    records: Sequence[Record], source: str, track_type: TrackType, presences: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """From when to when there was such a track, within what the person was there."""
    for start_ns, end_ns in presences:
        since_ns: int | None = None
        for record in records:
            of_track = record.text("participant") == source and record.text("track_type") == track_type.name
            if not of_track or record.t_ns > end_ns:
                continue
            if record.kind == "edge.track_added" and since_ns is None:
                since_ns = max(record.t_ns, start_ns)
            elif record.kind == "edge.track_removed" and since_ns is not None:
                if record.t_ns > max(since_ns, start_ns):
                    yield max(since_ns, start_ns), record.t_ns
                since_ns = None
        if since_ns is not None and since_ns < end_ns:
            yield since_ns, end_ns


def _kept(call: RecordedCall, source: str, track_type: TrackType) -> list[Path]:
    inside = SHARED if track_type is TrackType.SCREEN_SHARE_AUDIO else PICTURES
    names = [
        record.text("file")
        for record in call.records
        if record.kind == KEPT
        and record.text("participant") == source
        and record.text("track_type") == track_type.name
    ]
    files = [file_within(call.folder, name, inside, TRACE) for name in dict.fromkeys(names)]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def _reaches(path: Path, track_type: TrackType, start_ns: int, end_ns: int) -> bool:
    """Whether there is anything in the file of that stretch of the call."""
    if track_type is TrackType.SCREEN_SHARE_AUDIO:
        if fault := wav_fault(path):
            raise RecordingError(f"{path}: {fault}")
        return Stem(path).length * NS_PER_SECOND > start_ns * SAMPLE_RATE
    return any(start_ns // MS <= at_ms < end_ns // MS for at_ms, _ in _pictures_in(path))


def _pictures_in(path: Path) -> Iterator[tuple[int, VideoFrame]]:
    """The pictures in a file of a recording, and when they came: milliseconds since the call began."""
    try:
        for frame in decode_video(path):
            assert frame.pts is not None and frame.time_base is not None  # noqa: PT018 - decode_video refuses such
            yield round(frame.pts * frame.time_base * 1000), frame
    except VideoFileError as error:
        raise RecordingError(f"{error}; copy the whole folder again") from None
