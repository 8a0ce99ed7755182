"""Listening to sound while writing a plugin. Nothing here is used in a call.

Sound is played only where the environment has ``PLAY_AUDIO=1``, so that a script that plays can run anywhere.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

    from agentkit.core.tts.tts import TTS

PLAY_VARIABLE = "PLAY_AUDIO"

SENTENCE = "This is how I sound. Can you hear every word, from the first to the last?"


async def play_pcm_with_ffplay(pcm: PcmData) -> None:
    """Play ``pcm`` aloud with FFmpeg's ffplay and return when it is over; at once unless ``PLAY_AUDIO=1``.

    Raises `FileNotFoundError` when ffplay is not installed, and `RuntimeError` with what it says when it fails.
    """
    if os.environ.get(PLAY_VARIABLE) != "1":
        return
    try:
        player = await asyncio.create_subprocess_exec(
            *("ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-i", "pipe:0"),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(
            "ffplay plays the sound and is not installed: it comes with FFmpeg (`apt install ffmpeg`, "
            f"`brew install ffmpeg`); unset {PLAY_VARIABLE} to go on in silence"
        ) from error
    try:
        _, said = await player.communicate(pcm.to_wav_bytes())
    except BaseException:
        player.kill()
        await player.wait()
        raise
    if player.returncode:
        problem = said.decode(errors="replace").strip()
        raise RuntimeError(f"ffplay could not play {pcm}: {problem or f'exit status {player.returncode}'}")


async def manual_tts_to_wav(
    tts: TTS,
    text: str = SENTENCE,
    *,
    outfile_path: str | Path | None = None,
    sample_rate: int = 16000,
    channels: int = 1,
) -> Path:
    """Have ``tts`` say ``text``, write that to a WAV file, a new one unless it is named, and play it.

    Returns where it is. Raises what the voice raises, and `ValueError` when it says nothing.
    """
    from getstream.video.rtc.track_util import PcmData

    tts.set_output_format(sample_rate, channels)
    spoken = [speech.pcm.samples async for speech in tts.synthesize(text)]
    if not any(map(np.size, spoken)):
        raise ValueError(f"{tts.provider_name} made no sound of {text!r}")
    pcm = PcmData(sample_rate, "s16", np.concatenate(spoken, axis=-1), channels=channels)
    path = Path(outfile_path) if outfile_path is not None else await asyncio.to_thread(_new_file)
    await asyncio.to_thread(path.write_bytes, pcm.to_wav_bytes())
    await play_pcm_with_ffplay(pcm)
    return path


def _new_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="tts-", suffix=".wav")
    os.close(handle)
    return Path(name)
