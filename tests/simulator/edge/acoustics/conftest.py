"""Chance for what is tested outside of a call, and sound to test with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentkit.core import clock
from simulator.clock.source import VirtualClock


@pytest.fixture(autouse=True)
def quiet_chance() -> Iterator[None]:
    """Streams of chance as a simulation has them: the same in every run of a test."""
    seeded = VirtualClock(seed=1, monotonic_ns=lambda: 0, wall_offset_ns=0)
    with clock.use(seeded):
        yield
