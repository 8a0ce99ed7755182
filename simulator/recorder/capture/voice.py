"""One voice of a recorded call: placed, measured, and kept until it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agentkit.core.media.resample import StreamResampler
from simulator.media.activity import NS_PER_SECOND, VoiceChange, VoiceMeter
from simulator.media.frames import SAMPLE_RATE, Samples
from simulator.recorder.capture.placing import Placing

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

QUIET_NS = NS_PER_SECOND // 2
"""Whoever sends nothing for so long has fallen silent: a closed microphone sends no silence."""


class Voice:
    """Takes the sound of one person, or of the agent, as it passes. ``now`` is the sample number of this instant."""

    def __init__(self, changed: Callable[[Sequence[VoiceChange]], None]) -> None:
        self.pending: list[tuple[int, bytes]] = []
        self.pending_bytes = 0
        self.end = 0
        self._changed = changed
        self._placing = Placing()
        self._meter = VoiceMeter()
        self._resampler: StreamResampler | None = None

    def hear(self, pcm: PcmData, now: int) -> None:
        """Sound that has just arrived, in any format; its last sample sounds now."""
        if pcm.sample_rate != SAMPLE_RATE or pcm.channels != 1 or pcm.samples.dtype != "int16":
            if self._resampler is None:
                self._resampler = StreamResampler(SAMPLE_RATE)
            pcm = self._resampler.process(pcm)
        samples = pcm.samples.reshape(-1)
        pts = None
        if pcm.pts is not None and pcm.time_base is not None:
            pts = round(pcm.pts * float(pcm.time_base) * SAMPLE_RATE)
        self._keep(samples, now - len(samples), pts, False)

    def plays(self, samples: Samples, now: int, silent: bool) -> None:
        """Sound that is played from now on: 48 kHz mono."""
        self._keep(samples, now, None, silent)

    def fall_silent(self, now: int) -> None:
        """See whether nothing has come for a while."""
        if self._meter.sounding and (now - self.end) * NS_PER_SECOND // SAMPLE_RATE > QUIET_NS:
            self.close()

    def close(self) -> None:
        """Nothing more will come, or not for now."""
        if changes := self._meter.close():
            self._changed(changes)

    def take(self) -> list[tuple[int, bytes]]:
        """What is to be written."""
        taken, self.pending, self.pending_bytes = self.pending, [], 0
        return taken

    def _keep(self, samples: Samples, arrived: int, pts: int | None, silent: bool) -> None:
        start = self._placing.place(len(samples), arrived, pts) if len(samples) else None
        if start is None:
            return
        silent = silent or not samples.any()
        self.end = start + len(samples)
        changes = self._meter.feed(samples, start * NS_PER_SECOND // SAMPLE_RATE, silent)
        if not silent:
            self.pending.append((start, samples.tobytes()))
            self.pending_bytes += 2 * len(samples)
        if changes:
            self._changed(changes)
