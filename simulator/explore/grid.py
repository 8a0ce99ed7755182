"""How times and seeds are drawn: on a grid, and so that they shrink towards the lower bound and the given seed."""

from __future__ import annotations

from hypothesis import strategies as st

from simulator.scenario.model.quantities import Duration

STEP_NS = 1_000_000
"""Times are drawn on a grid of 1 ms. A call moves in steps of 20 ms of sound, so a finer one finds little more."""

SEEDS = 2**31
"""So many seeds are drawn from: more than anyone runs, and few digits to read."""


def times(lo: Duration, hi: Duration) -> st.SearchStrategy[Duration]:
    """Times from ``lo`` to ``hi``, both included, by whole milliseconds. They shrink to ``lo``."""
    steps = -(-(hi.ns - lo.ns) // STEP_NS)
    return st.integers(0, steps).map(lambda step: Duration(min(lo.ns + step * STEP_NS, hi.ns)))


def seeds(first: int = 0) -> st.SearchStrategy[int]:
    """Seeds of a run. They shrink to ``first``."""
    return st.integers(0, SEEDS - 1).map(lambda offset: (first + offset) % 2**63)
