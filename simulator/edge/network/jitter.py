"""How much longer than the fastest a packet takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from agentkit.core import clock

_AT_ONCE = 256
"""Draws are made in bulk: one by one they would take longer than all the rest."""


def exponential(mean: int, stream: str) -> Iterator[int]:
    """Draws from an exponential distribution with this ``mean``, rounded down to whole numbers, without end."""
    if not mean:
        yield from repeat(0)
    more = clock.rng(stream).randbytes
    while True:
        words = np.frombuffer(more(8 * _AT_ONCE), "<u8")
        uniform = (words >> np.uint64(11)) * 2.0**-53
        yield from (-mean * np.log1p(-uniform)).astype(np.int64).tolist()
