"""The folder of one recorded call, and how it is written: by one thread at a time, a batch after the other."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from simulator.recorder.capture.redaction import redaction
from simulator.recorder.capture.stem import StemFile
from simulator.trace.record import Record, canonical_line

if TYPE_CHECKING:
    from av import VideoFrame

    from simulator.recorder.capture.picture import PictureFile

MANIFEST, TRACE = "call.json", "trace.jsonl"
STEMS, SHARED, PICTURES = "stems", "shared", "pictures"
"""Folders: everybody's voice, the sound of shared screens, and what the agent saw."""

FORMAT = 1
"""Of the manifest; a reader refuses those that it does not know."""

LONGEST_NAME = 80

Sound = list[tuple[int, bytes]]
Pictures = list[tuple[int, "VideoFrame"]]


@dataclass
class Batch:
    """What came since the last one: sound and pictures by their file in the folder, and the trace."""

    sound: dict[str, Sound] = field(default_factory=dict)
    pictures: dict[str, Pictures] = field(default_factory=dict)
    records: Sequence[Record] = ()

    @property
    def sound_bytes(self) -> int:
        return sum(len(piece) for pieces in self.sound.values() for _, piece in pieces)


class RecordingFiles:
    """Writes one recording. Raises `OSError` where that cannot be done."""

    def __init__(self, folder: Path) -> None:
        """Make the folder: ``folder`` itself if there is nothing in it, else ``folder-2`` and so on."""
        self.folder, self._trace = _claimed(folder)
        (self.folder / STEMS).mkdir()
        self._written = 0
        self._stems: dict[str, StemFile] = {}
        self._pictures: dict[str, PictureFile] = {}
        self._picture_bytes: dict[str, int] = {}
        self._blanked: Callable[[str], str] = redaction()

    def write(self, batch: Batch) -> None:
        """Append ``batch`` and hand it to the system."""
        for name, pieces in batch.sound.items():
            stem = self._stems.get(name)
            if stem is None:
                (self.folder / name).parent.mkdir(exist_ok=True)
                stem = self._stems[name] = StemFile(self.folder / name)
            for start, sound in pieces:
                stem.write(start, sound)
                self._written += len(sound)
            stem.commit()
        for name, frames in batch.pictures.items():
            self._picture_bytes[name] = self._picture(name).write(frames)
        lines = "".join(self._blanked(canonical_line(record)) + "\n" for record in batch.records)
        self._trace.write(lines)
        self._trace.flush()
        self._written += len(lines)

    @property
    def size(self) -> int:
        """Bytes on disk, holes in stems not counted."""
        return self._written + sum(self._picture_bytes.values())

    def close(self, manifest: dict[str, Any], length: int) -> None:
        """Complete everything; ``length`` is that of the call in samples. The manifest comes last, and at once."""
        with ExitStack() as files:  # what cannot be completed keeps none of the others open
            files.callback(self._trace.close)
            for picture in self._pictures.values():
                files.callback(picture.close)
            for stem in self._stems.values():
                files.callback(stem.close, length)
        unfinished = self.folder / f"{MANIFEST}.part"
        unfinished.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
        os.replace(unfinished, self.folder / MANIFEST)

    def _picture(self, name: str) -> PictureFile:
        picture = self._pictures.get(name)
        if picture is None:
            from simulator.recorder.capture.picture import PictureFile

            (self.folder / name).parent.mkdir(exist_ok=True)
            picture = self._pictures[name] = PictureFile(self.folder / name)
        return picture


def file_name(folder: str, name: str, taken: Sequence[str], suffix: str) -> str:
    """A file in ``folder`` for whoever or whatever is called ``name``, whatever is in it; none of ``taken``."""
    quoted = urllib.parse.quote(name, safe=" ")[:LONGEST_NAME].strip(" .") or "someone"
    numbered = (quoted if number == 1 else f"{quoted}-{number}" for number in count(1))
    known = {each.lower() for each in taken}
    files = (f"{folder}/{each}{suffix}" for each in numbered)
    return next(file for file in files if file.lower() not in known)


def _claimed(folder: Path) -> tuple[Path, IO[str]]:
    """A folder that is nobody's yet, and its trace: whoever makes that owns the folder, in whatever process."""
    for number in count(1):
        candidate = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        if candidate.exists() and (not candidate.is_dir() or any(candidate.iterdir())):
            continue
        candidate.mkdir(mode=0o700, parents=True, exist_ok=True)  # voices are nobody else's business
        with suppress(FileExistsError):  # somebody was quicker
            return candidate, (candidate / TRACE).open("x", encoding="ascii", newline="\n")
    raise AssertionError("there is always another number")
