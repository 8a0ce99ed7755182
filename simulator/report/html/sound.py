"""The sound of a call, small enough for a page: waveforms to draw, and the recording to play."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from simulator.media.recording import stem_files
from simulator.report.folder import SOUND

RATE = 200
"""Stretches a second for which a waveform has a lowest and a highest sample: 5 ms, a pitch period or so."""

BIT_RATE = 32_000
"""Of the Opus recording: RFC 7845 calls this enough for speech, in stereo and over the full band."""

_OPUS_EFFORT = "5"
"""Of 10: half the time of the highest, for a file that is 2 % larger."""


def waveforms(folder: Path) -> dict[str, str]:
    """The waveform of each voice recorded in ``folder``, by name; empty where there is no sound.

    Base64 of int8 pairs, lowest and highest sample of each stretch; the loudest sample of the call is 127.
    """
    outlines = {name: _outline(path) for name, path in stem_files(folder).items()}
    peak = max((int(np.abs(outline).max(initial=0)) for outline in outlines.values()), default=0)
    scale = 127 / max(1, peak)
    return {
        name: _base64((outline * scale).round().astype(np.int8).tobytes())
        for name, outline in outlines.items()
    }


def playable(folder: Path) -> str | None:
    """The recording of the call as a data URI: Opus in Ogg, people left and the agent right; None without a sound."""
    path = folder / SOUND
    if not path.is_file():
        return None
    encoded = io.BytesIO()
    # Else FFmpeg numbers its streams by chance, and no two pages of the same call would be the same.
    with av.open(encoded, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        with wave.open(str(path)) as file:
            rate, layout = file.getframerate(), "stereo" if file.getnchannels() == 2 else "mono"
            stream = container.add_stream("libopus", rate=rate, layout=layout)
            stream.bit_rate = BIT_RATE
            stream.options = {"compression_level": _OPUS_EFFORT}
            at = 0
            for block in _blocks(file, rate):
                frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout=layout)
                frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
                at += len(block)
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return f"data:audio/ogg;base64,{_base64(encoded.getvalue())}"


def _outline(path: Path) -> npt.NDArray[np.float32]:
    """The lowest and the highest sample of each stretch, one after the other."""
    with wave.open(str(path)) as file:
        stretch = file.getframerate() // RATE
        pieces = [
            np.stack([whole.min(axis=1), whole.max(axis=1)], axis=1).ravel()
            for block in _blocks(file, stretch * 10 * RATE)
            for whole in [np.resize(block[:, 0], -(-len(block) // stretch) * stretch).reshape(-1, stretch)]
        ]
    return np.concatenate(pieces).astype(np.float32) if pieces else np.zeros(0, np.float32)


def _blocks(file: wave.Wave_read, frames: int) -> Iterator[npt.NDArray[np.int16]]:
    """The samples of a 16-bit file, ``frames`` at a time, a column for each channel."""
    while data := file.readframes(frames):
        yield np.frombuffer(data, "<i2").reshape(-1, file.getnchannels())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
