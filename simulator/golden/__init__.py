"""Golden traces: what a call was like when somebody was content with it, and where a later one parts from that."""

from __future__ import annotations

from simulator.golden.compare import Divergence, compare
from simulator.golden.files import GoldenError, Goldens
from simulator.golden.rules import EXACT, Rules, read_rules
from simulator.golden.story import tell_divergence

__all__ = [
    "EXACT",
    "Divergence",
    "GoldenError",
    "Goldens",
    "Rules",
    "compare",
    "read_rules",
    "tell_divergence",
]
