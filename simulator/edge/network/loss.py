"""Which packets are lost: singly, or in bursts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from math import log, log1p

from agentkit.core import clock

_FOREVER = 2.0**60


def gilbert_elliott(share: float, burst: float | None, stream: str) -> Iterator[bool]:
    """Which of the packets that follow each other are hit, without end.

    A chain of two states: in one no packet is hit, in the other all are, and it may change with every packet. A share
    ``share`` of all is hit, ``burst`` in a row on average. Without ``burst`` each is hit or not whatever happened to
    the one before: the chain whose bursts last 1 / (1 - share). How long a state lasts is geometrically distributed,
    and drawn when it begins; for most packets nothing is.
    """
    draw = clock.rng(stream).random
    ends = 1 - share if burst is None else 1 / burst
    begins = share * ends / (1 - share) if share < 1 else 1.0
    hit = draw() < share
    while True:
        leaves = ends if hit else begins
        lasts = 1.0
        if leaves < 1:
            lasts += log(1.0 - draw()) / log1p(-leaves) if leaves > 0 else _FOREVER
        yield from repeat(hit, int(min(lasts, _FOREVER)))
        hit = not hit
