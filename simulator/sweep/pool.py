"""The figures of many calls, put together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields

from simulator.trace import Distribution, Metrics

DIGITS = 3
"""Figures are counted to 0.001, as they are told."""


@dataclass
class Pool:
    """How often each value of each figure was measured: a figure of a turn once a turn, of a call once a call.

    A value is kept once however many calls have it, so that the size of a pool is that of the variety in them.
    """

    counts: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, metrics: Metrics) -> None:
        """One more call."""
        for figure in fields(metrics):
            value = getattr(metrics, figure.name)
            if isinstance(value, Distribution):
                self._count(figure.name, *(getattr(turn, figure.name) for turn in metrics.turns))
            elif figure.name != "turns":
                self._count(figure.name, value)

    def merge(self, other: Pool) -> None:
        """The calls of ``other`` too."""
        for name, counts in other.counts.items():
            self.counts.setdefault(name, Counter()).update(counts)

    def distributions(self) -> dict[str, Distribution]:
        """For each figure of `Metrics`, its distribution over all turns or calls."""
        return {name: Distribution.of(counts.elements()) for name, counts in sorted(self.counts.items())}

    def _count(self, name: str, *values: float | None) -> None:
        known = (round(value, DIGITS) for value in values if value is not None)
        self.counts.setdefault(name, Counter()).update(known)
