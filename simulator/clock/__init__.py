"""Virtual time for asyncio: simulations that run at once, the same way every time."""

from __future__ import annotations

from simulator.clock.guards import (
    BlockingCallError,
    DeadlockError,
    ForeignThreadError,
    LivelockError,
    NondeterminismError,
    RealIOError,
    SimulationError,
    StallError,
    StuckJobError,
    VirtualTimeLimitError,
)
from simulator.clock.loop import VirtualLoop
from simulator.clock.run import LeftoverWarning, check_reproducible, run
from simulator.clock.scope import virtual_time
from simulator.clock.timers import background

__all__ = [
    "BlockingCallError",
    "DeadlockError",
    "ForeignThreadError",
    "LeftoverWarning",
    "LivelockError",
    "NondeterminismError",
    "RealIOError",
    "SimulationError",
    "StallError",
    "StuckJobError",
    "VirtualLoop",
    "VirtualTimeLimitError",
    "background",
    "check_reproducible",
    "run",
    "virtual_time",
]
