"""Recordings by name: those of a scenario, and those that are shipped."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.media.errors import MediaError
from simulator.media.folders import FIXTURES, looked_in
from simulator.media.sidecar import VOICES, Kind, Sidecar, Word, check_length, read_sidecar

__all__ = ["Clip", "MediaError", "Word", "find_clip"]

SOUND_SUFFIXES = frozenset(
    ".aac .aiff .flac .m4a .mka .mkv .mov .mp3 .mp4 .oga .ogg .opus .wav .webm".split()
)
"""What a file is suggested by when a name is wrong; any other can still be named in full."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and what is known about it. ``duration`` is in seconds; a clip without words has none to tell.

    ``described`` is False where there is no sidecar.
    """

    name: str
    path: Path
    text: str
    words: tuple[Word, ...]
    kind: Kind
    voice: str
    licence: str
    duration: float
    described: bool = True

    @property
    def lacks_words(self) -> bool:
        """Whether something may be said in it of which no word is known: scripted ears understand none of it."""
        return not self.words and self.kind in VOICES and (bool(self.text) or not self.described)

    @property
    def first_voiced_s(self) -> float:
        """Seconds until the voice sets in: the first word where words are known, else measured on the sound."""
        if self.words:
            return self.words[0].start
        from simulator.media.decode import decode_audio

        return decode_audio(self.path).first_voiced_s


def find_clip(name: str, *, folders: Sequence[Path] = ()) -> Clip:
    """The clip called ``name``, with or without ``.wav``.

    Looked for in each of ``folders`` and its ``fixtures``, then among the shipped recordings. A sidecar is the
    file beside it of the same name ending in ``.json``; without one, nothing is known of the words. Raises
    `MediaError` when there is no such recording, or its sidecar is wrong.
    """
    places = looked_in(folders) + _shipped_folders()
    path = next(filter(os.path.isfile, _spellings(name, places)), None)  # Path.is_file raises for a long name
    if path is None:
        called_so = filter(os.path.isdir, _spellings(name, places))
        folder = next((each for each in called_so if each.suffix in SOUND_SUFFIXES), None)
        raise MediaError(_is_folder(name, folder) if folder is not None else _not_found(name, places))
    return _described(path)


def _described(path: Path) -> Clip:
    beside = path.with_suffix(".json")
    described = beside.exists()
    known = read_sidecar(beside) if described else Sidecar(text="", words=())
    duration = known.duration
    if duration is None:
        from simulator.media.decode import decode_audio

        duration = decode_audio(path).duration_s
        check_length(known.words, duration, beside)
    return Clip(
        path.stem, path, known.text, known.words, known.kind, known.voice, known.licence, duration, described
    )


def _spellings(name: str, places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield place / name
        yield place / f"{name}.wav"


def _shipped_folders() -> list[Path]:
    """The fixtures inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / FIXTURES, package.parent / FIXTURES):
        if (root / "people").is_dir():
            return [root / "people", root / "noise", root]
    return []


def _is_folder(name: str, folder: Path) -> str:
    return f"{name!r} is no recording: {folder} is a folder; give the name of a file, or call the folder something else"


def _not_found(name: str, places: Sequence[Path]) -> str:
    folders = [place for place in places if place.is_dir()]
    names = sorted(
        {path.stem for folder in folders for path in folder.iterdir() if path.suffix in SOUND_SUFFIXES}
    )
    near = difflib.get_close_matches(Path(name).stem, names, n=3, cutoff=0.5)
    if near:
        advice = f"did you mean {' or '.join(near)}?"
    else:
        advice = f"there are: {', '.join(names)}." if names else "there are no recordings at all."
    where = ", ".join(map(str, places)) or "no folder"
    return f"no recording called {name!r}: {advice} Looked in: {where}"
