"""The unit in which sound moves through a call: 20 ms of 48 kHz mono."""

from __future__ import annotations

import numpy as np

from agentkit.core.media.output import SAMPLE_RATE, Samples

__all__ = ["FRAME_SAMPLES", "SAMPLE_RATE", "SILENCE", "Samples"]

FRAME_SAMPLES = SAMPLE_RATE // 50
"""Samples in one frame; 20 ms is what WebRTC puts into a packet."""

SILENCE: Samples = np.zeros(FRAME_SAMPLES, np.int16)
"""The frame in which nothing sounds. Everyone shares this one, so it cannot be written to."""

SILENCE.flags.writeable = False
