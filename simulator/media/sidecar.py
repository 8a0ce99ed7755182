"""The JSON file beside a recording: who speaks, what is said, and when each word is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args

from simulator.media.errors import MediaError

Kind = Literal["speech", "back-channel", "cough", "noise"]
KINDS: Sequence[str] = get_args(Kind)
VOICES: Sequence[Kind] = ("speech", "back-channel")
"""Those in which something is said."""

MOST_BYTES = 4_000_000
"""That of the longest recording that is read, four hours of talk, has 3 million."""
_MOST_S = 1e6
_ROUNDING_S = 0.005


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is written, and when it is said: seconds from the beginning of its clip."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says. ``text`` and ``words`` are required in the file, the rest is not."""

    text: str
    words: tuple[Word, ...]
    kind: Kind = "speech"
    voice: str = ""
    licence: str = ""
    duration: float | None = None


def read_sidecar(path: Path) -> Sidecar:
    """The sidecar at ``path``. Raises `MediaError` with what is wrong in it, and where."""
    found = _json_in(path)
    if not isinstance(found, dict):
        raise MediaError(f"{path}: expected an object with text and words, found {_shown(found)}")
    return Sidecar(
        text=_text(found, "text", path),
        words=_words(found, path),
        kind=_kind(found, path),
        voice=_text(found, "voice", path, default=""),
        licence=_text(found, "licence", path, default=""),
        duration=_duration(found, path),
    )


def check_length(words: Sequence[Word], duration: float, path: Path) -> None:
    """Raises `MediaError` if a word of the sidecar at ``path`` ends after its clip, of ``duration`` seconds."""
    for number, word in enumerate(words):
        if word.end > duration + _ROUNDING_S:
            raise MediaError(
                f"{path}: words[{number}]: {_shown(word.text)} ends at {word.end} s, after the clip, which lasts "
                f"{round(duration, 3)} s; align the words again"
            )


def _json_in(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise MediaError(f"{path}: the sidecar cannot be read ({error.strerror})") from None
    if len(data) > MOST_BYTES:
        raise MediaError(f"{path}: the sidecar is too large; at most {MOST_BYTES:,} bytes are read")
    try:
        found = json.loads(data.decode("utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # fails for "\\ud800", half a character
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{path}: a sidecar is JSON in UTF-8, this is not: {error}") from None
    return found


def _words(found: dict[str, Any], path: Path) -> tuple[Word, ...]:
    listed = found.get("words")
    if not isinstance(listed, list):
        raise MediaError(
            f'{path}: words: expected a list of them, each like {{"text": "wait", "start": 0.12, "end": 0.4}}, found '
            f"{_shown(listed)}; only that of a noise is empty"
        )
    words = tuple(_word(item, f"{path}: words[{number}]") for number, item in enumerate(listed))
    for number, (before, word) in enumerate(itertools.pairwise(words), start=1):
        if word.start < before.start:
            raise MediaError(
                f"{path}: words[{number}]: {_shown(word.text)} starts at {word.start} s, before "
                f"{_shown(before.text)} at {before.start} s; put the words in the order in which they are said"
            )
    duration = _duration(found, path)
    if duration is not None:
        check_length(words, duration, path)
    return words


def _word(found: object, where: str) -> Word:
    if not isinstance(found, dict):
        raise MediaError(f"{where}: expected an object with text, start and end, found {_shown(found)}")
    text, start, end = found.get("text"), found.get("start"), found.get("end")
    if not isinstance(text, str) or not text:
        raise MediaError(f"{where}.text: expected the word, found {_shown(text)}")
    if not _is_seconds(start):
        raise MediaError(
            f"{where}.start: expected seconds from the beginning of the clip, found {_shown(start)}"
        )
    if not _is_seconds(end) or end < start:
        raise MediaError(
            f"{where}.end: expected seconds, not before its start at {start}, found {_shown(end)}"
        )
    return Word(text, float(start), float(end))


def _kind(found: dict[str, Any], path: Path) -> Kind:
    kind = found.get("kind", "speech")
    if kind not in KINDS:
        raise MediaError(f"{path}: kind: expected one of {', '.join(KINDS)}, found {_shown(kind)}")
    return kind  # type: ignore[no-any-return]


def _text(found: dict[str, Any], key: str, path: Path, *, default: str | None = None) -> str:
    value = found.get(key, default)
    if not isinstance(value, str):
        raise MediaError(f"{path}: {key}: expected a text, found {_shown(value)}")
    return value


def _duration(found: dict[str, Any], path: Path) -> float | None:
    duration = found.get("duration")
    if duration is not None and not _is_seconds(duration):
        raise MediaError(f"{path}: duration: expected seconds, found {_shown(duration)}")
    return duration


def _is_seconds(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_S


def _shown(value: object) -> str:
    """A value as it stands in the file, short enough for one line; a missing one is called so."""
    if value is None:
        return "nothing"
    written = "".join(c if c.isprintable() else " " for c in json.dumps(value, ensure_ascii=False))
    return written if len(written) <= 60 else f"{written[:57]}..."
