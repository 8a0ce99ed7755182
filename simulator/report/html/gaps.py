"""What a line lost of a call: found by holding what arrived against what was sent.

A trace has the number of packets that were missing, and the recording has where that was heard: a frame that is not
the one that was sent was concealed.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.edge.grid import FRAME_NS
from simulator.media.frames import FRAME_SAMPLES
from simulator.media.recording import AGENT, heard_at, stem_file
from simulator.report.timeline import Row, Span
from simulator.report.timeline.model import as_object
from simulator.trace import Record

Bools = npt.NDArray[np.bool_]

LONGEST_LAG_S = 60.0
"""No line delays a sound for longer: 10 s of delay, of a buffer, and of jitter that 99 % of all packets stay within."""


def gaps(folder: Path, records: Iterable[Record]) -> dict[str, list[Row]]:
    """Rows of sound that did not arrive in time, by the name of who made it; ``folder`` holds the stems.

    Each span is where the gap was heard, ``playout_s`` after the sound was sent. Silence is not missed. Empty where
    nobody has a network. Raises `OSError`.
    """
    told = list(records)
    found: dict[str, list[Row]] = {}
    end_ns = max((record.t_ns for record in told), default=0)
    played = end_ns // FRAME_NS  # the frame that begins at the very end never is
    for record in told:
        if record.kind == "network":
            who = record.source
            ways = (("up", who, AGENT, "gaps"), ("down", AGENT, who, f"gaps at {who}"))
            for way, voice, listener, name in ways:
                lag = _lag(as_object(record.data.get(way)).get("playout_s"))
                sent, arrived = _frames(folder, voice), _frames(folder, heard_at(voice, listener))
                spans = tuple(_spans(_missing(sent, arrived[:played], lag)))
                if spans:
                    found.setdefault(voice, []).append(Row(name, spans))
    return found


def _missing(sent: npt.NDArray[np.int16], arrived: npt.NDArray[np.int16], lag: int) -> Bools:
    """Which frames of ``arrived`` are not the frames of ``sent`` of ``lag`` frames before."""
    frames = min(len(arrived), len(sent))
    missing = np.zeros(frames, np.bool_)
    due, heard = sent[: max(0, frames - lag)], arrived[lag:frames]
    missing[lag:] = due.any(axis=1) & (due != heard).any(axis=1)
    return missing


def _spans(missing: Bools) -> Iterator[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8))).tolist()
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        packets = f"{end - first} packet{'s' if end - first > 1 else ''} lost or late"
        yield Span(first * FRAME_NS, end * FRAME_NS, "gap", packets)


def _frames(folder: Path, voice: str) -> npt.NDArray[np.int16]:
    """A stem, a row for each frame of 20 ms; none where there is no such stem."""
    path = stem_file(folder, voice)
    if not path.is_file():
        return np.zeros((0, FRAME_SAMPLES), np.int16)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)


def _lag(playout_s: object) -> int:
    if not isinstance(playout_s, int | float) or not 0 <= playout_s <= LONGEST_LAG_S:
        return 0
    return round(playout_s * 1e9 / FRAME_NS)
