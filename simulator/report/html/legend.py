"""What the signs and the rows of a time line mean: those that are on it, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

_SIGNS = (
    ("together", "band", "both speak"),
    ("yielded", "dashes", "the agent yields"),
    ("resumed", "triangle", "the agent goes on"),
    ("cancelled", "cross", "a reply nobody heard"),
    ("cut", "edge", "cut off"),
    ("final", "diamond", "understood"),
    ("unanswered", "strokes", "never became a turn"),
    ("muted", "muted", "muted"),
    ("gap", "gap", "lost or late"),
    ("outage", "outage", "nothing gets through"),
    ("conditions", "square", "line and room"),
    ("error", "hex", "an error"),
    ("failure", "pole", "a check failed"),
    ("parting", "parting", "they part"),
)

ROWS = {
    "gaps": "sound that the line lost, or that came too late to be played; where the listener missed it",
    "line": "when nothing got through",
    "says": "the clip that is spoken",
    "keys": "the keys that are pressed",
    "shows": "what camera and screen show",
    "plays": "the sound of a shared screen",
    "noticed": "when the agent's voice detector heard them",
    "words": "the transcript, each piece from when it was known",
    "turn": "of a person: from when they were noticed to when their turn had ended; of the agent: what was heard of it",
    "model": "what was asked of the model; darker from the first token on",
    "functions": "what the model called",
    "voice": "what was asked of the voice; darker from the first sound on",
    "watches": "whose camera or screen the agent reads",
    "reads": "the frames that it took from there",
    "video": "what the agent shows",
    "trouble": "when the script had a provider fail",
    "waits": "how long people waited for an answer, or for silence; point at one for its stages",
    "steps": "the script",
    "within": "how much of each time limit was used",
}
"""The rows that there may be, and what each shows."""


def signs(calls: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The signs on the time lines of ``calls``, as `call_data` makes them: a style and a meaning each."""
    there = {kind for call in calls for kind in _kinds(call)}
    return [(style, meaning) for kind, style, meaning in _SIGNS if kind in there]


def row_meanings(calls: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The rows of the lanes of ``calls``, and what each shows."""
    there = {
        row["name"].partition(" at ")[0] for call in calls for lane in call["lanes"] for row in lane["rows"]
    }
    return [(name, meaning) for name, meaning in ROWS.items() if name in there]


def _kinds(call: dict[str, Any]) -> Iterator[str]:
    if call["together"]:
        yield "together"
    yield from (kind for _, kind, *_ in call["flags"])
    for lane in call["lanes"]:
        if lane.get("muted"):
            yield "muted"
        yield from (kind for _, kind, *_ in lane["marks"])
        for row in lane["rows"]:
            for _, _, kind, *_, cut in row["spans"]:
                yield kind
                if cut:
                    yield "cut"
