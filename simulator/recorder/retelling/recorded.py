"""Reading a recording: whole, or as far as it got."""

from __future__ import annotations

import difflib
import json
import urllib.parse
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, Samples
from simulator.media.wav import wav_fault
from simulator.recorder.capture.files import FORMAT, MANIFEST, STEMS, TRACE
from simulator.recorder.capture.parts import RecordedPart
from simulator.recorder.capture.recording import AGENT_STEM
from simulator.trace import Record, TraceFileError, read_jsonl
from simulator.trace.record import NOT_PEOPLE

MOST_TRACE_BYTES = 256 * 2**20
MOST_MANIFEST_BYTES = 2**20
LONGEST_S = 4 * 3600
"""What a scenario can be made of; see `simulator.media.decode.MAX_DURATION_S`."""


class RecordingError(ValueError):
    """A folder holds no recording that can be used. The message is one line: what was expected, found, and helps."""


@dataclass(frozen=True)
class RecordedPerson:
    """Someone who was there. ``source`` is what the trace calls them, ``stem`` their sound if they were heard."""

    source: str
    user_id: str
    stem: Path | None


@dataclass(frozen=True)
class RecordedCall:
    """What is known of a call. One that is not ``complete`` was cut off: the process died.

    ``factory`` made the agent, if that is known, of these ``parts``.
    """

    folder: Path
    call_id: str
    factory: str
    people: tuple[RecordedPerson, ...]
    records: list[Record]
    complete: bool
    parts: dict[str, RecordedPart] = field(default_factory=dict)


class _Person(BaseModel):
    id: str = Field(min_length=1)
    user_id: str = ""
    stem: str | None = None


class _Manifest(BaseModel):
    format: int
    call_id: str = ""
    factory: str = ""
    people: list[_Person] = []
    parts: dict[str, RecordedPart] = {}


def read_recording(folder: Path) -> RecordedCall:
    """The recording in ``folder``. Raises `RecordingError`, and nothing else, when there is none to use."""
    try:
        return _read(folder)
    except OSError as error:
        raise RecordingError(f"{error.filename or folder}: cannot be read ({error.strerror})") from None


def _read(folder: Path) -> RecordedCall:
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise RecordingError(
            f"{folder}: expected the folder of a recording, found {found}; {_advice(folder, folder.parent)}"
        )
    if not (folder / TRACE).is_file():
        raise RecordingError(
            f"{folder}: there is no {TRACE} in it, so it is no recording; {_advice(folder, folder)}"
        )
    complete = (folder / MANIFEST).is_file()
    manifest = _manifest(folder / MANIFEST) if complete else _Manifest(format=FORMAT)
    records = _records(folder / TRACE, complete)
    people = _people(folder, manifest) if complete else _people_by_trace(folder, records)
    began = next((record for record in records if record.kind == "call.started"), records[0])
    call_id, factory = manifest.call_id or began.text("call_id"), manifest.factory or began.text("factory")
    parts = manifest.parts if complete else _parts_by_trace(folder, began)
    return RecordedCall(folder, call_id, factory, people, records, complete, parts)


def _advice(folder: Path, around: Path) -> str:
    """Which recording may have been meant: the one in ``around`` whose name is nearest."""
    there = sorted(trace.parent.name for trace in around.glob(f"*/{TRACE}")) if around.is_dir() else []
    near = difflib.get_close_matches(folder.name, there, n=1) or there[:1]
    return f"did you mean {around / near[0]}?" if near else "name what agentkit record made"


def _manifest(path: Path) -> _Manifest:
    with path.open("rb") as file:
        text = file.read(MOST_MANIFEST_BYTES + 1)
    if len(text) > MOST_MANIFEST_BYTES:
        raise RecordingError(f"{path}: larger than any recorder writes it; record the call again")
    try:
        manifest = _Manifest.model_validate(json.loads(text))
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the whole"
        raise RecordingError(f"{path}: {where}: {wrong['msg'].lower()}; was it edited?") from None
    except (ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise RecordingError(
            f"{path}: expected JSON, found something else ({told}); was it edited?"
        ) from None
    if manifest.format != FORMAT:
        raise RecordingError(
            f"{path}: format {manifest.format}, and this version reads format {FORMAT}; use the one that recorded it"
        )
    return manifest


def _people(folder: Path, manifest: _Manifest) -> tuple[RecordedPerson, ...]:
    people: dict[str, RecordedPerson] = {}
    for person in manifest.people:
        if person.id in people:
            raise RecordingError(f"{folder / MANIFEST}: two people with the id {person.id!r}; was it edited?")
        stem = _stem(folder, person.stem) if person.stem is not None else None
        people[person.id] = RecordedPerson(person.id, person.user_id, stem)
    return tuple(people.values())


def _stem(folder: Path, name: str) -> Path:
    stem = file_within(folder, name, STEMS, MANIFEST)
    if not stem.is_file() or stem.is_symlink():
        raise RecordingError(f"{stem}: the sound of this person is missing; copy the whole folder again")
    if fault := wav_fault(stem):
        raise RecordingError(f"{stem}: {fault}")
    return stem


def file_within(folder: Path, name: str, inside: str, told_in: str) -> Path:
    """The file ``name`` of a recording, which has to lie in its folder ``inside``; ``told_in`` is where it is named.

    Raises `RecordingError` for a name that leads elsewhere.
    """
    path = PurePosixPath(name)
    if len(path.parts) != 2 or path.parts[0] != inside or ".." in path.parts or "\\" in name or "\0" in name:
        raise RecordingError(
            f"{folder / told_in}: expected a file in {inside}/, found {name!r}; was it edited?"
        )
    return folder / inside / path.name


def _people_by_trace(folder: Path, records: Sequence[Record]) -> tuple[RecordedPerson, ...]:
    """Who was there, where no manifest says so: who joined, or was heard. Stems are called by ids."""
    stems = sorted((folder / STEMS).glob("*.wav")) if (folder / STEMS).is_dir() else []
    heard = {urllib.parse.unquote(stem.stem): stem for stem in stems if f"{STEMS}/{stem.name}" != AGENT_STEM}
    joined = [
        record.source for record in records if record.kind == "joined" and record.source not in NOT_PEOPLE
    ]
    return tuple(RecordedPerson(name, name, heard.get(name)) for name in dict.fromkeys([*joined, *heard]))


def _parts_by_trace(folder: Path, began: Record) -> dict[str, RecordedPart]:
    """What the agent was made of, where no manifest says so."""
    try:
        return _Manifest.model_validate({"format": FORMAT, "parts": began.data.get("parts", {})}).parts
    except ValidationError:
        raise RecordingError(f"{folder / TRACE}: what it says of the agent's parts; was it edited?") from None


def _records(path: Path, complete: bool) -> list[Record]:
    if path.stat().st_size > MOST_TRACE_BYTES:
        raise RecordingError(f"{path}: larger than {MOST_TRACE_BYTES // 2**20} MB; no call of a day is")
    try:
        records = read_jsonl(path, cut_off=not complete)
    except TraceFileError as error:
        raise RecordingError(" ".join(str(error).split())) from None
    if not records:
        raise RecordingError(f"{path}: it is empty, so nothing is known of the call; record it again")
    if records[-1].t_ns > LONGEST_S * 1_000_000_000:
        raise RecordingError(f"{path}: a call of more than {LONGEST_S // 3600} hours; a scenario is shorter")
    return records


class Stem:
    """The sound of one person, read from its file as it is needed."""

    def __init__(self, path: Path) -> None:
        """Raises `RecordingError` unless it is a stem that a recorder wrote."""
        self.path = path
        try:
            with wave.open(str(path), "rb") as file:
                shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
                self.length = file.getnframes()
        except (wave.Error, EOFError, OSError) as error:
            raise RecordingError(f"{path}: expected a WAV, found something else ({error})") from None
        if shape != (SAMPLE_RATE, 1, 2):
            raise RecordingError(
                f"{path}: expected {SAMPLE_RATE} Hz, mono, 16 bit; found {shape[0]} Hz, {shape[1]} channels, "
                f"{8 * shape[2]} bit; it is not as it was recorded"
            )
        if self.length > LONGEST_S * SAMPLE_RATE:
            raise RecordingError(
                f"{path}: more than {LONGEST_S // 3600} hours of sound; a scenario is shorter"
            )

    def frames(self) -> Iterator[Samples]:
        """All of it, 20 ms at a time; the last frame is filled up with silence."""
        block = 500 * FRAME_SAMPLES
        for first in range(0, self.length, block):
            samples = self.between(first, first + block)
            for start in range(0, len(samples), FRAME_SAMPLES):
                frame = samples[start : start + FRAME_SAMPLES]
                yield frame if len(frame) == FRAME_SAMPLES else np.pad(frame, (0, FRAME_SAMPLES - len(frame)))

    def between(self, start: int, end: int) -> Samples:
        """The samples from ``start`` to ``end``, as far as there are any."""
        with wave.open(str(self.path), "rb") as file:
            file.setpos(min(start, self.length))
            sound = file.readframes(max(0, end - start))
        return np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.int16, copy=False)
