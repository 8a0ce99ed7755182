"""What many measurements of one thing look like together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Distribution:
    """Count, extremes, percentiles and mean of a list of values; None, except for ``count``, where there
    are none.

    Percentiles are by nearest rank: the p-th of n sorted values is the one at place ``ceil(p * n / 100)``,
    so it is always a value that was measured, and p95 of fewer than 20 values is the largest.
    """

    count: int = 0
    min: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    max: float | None = None
    mean: float | None = None

    @classmethod
    def of(cls, values: Iterable[float]) -> Distribution:
        """The distribution of ``values``, in any order."""
        ordered = sorted(values)
        if not ordered:
            return cls()
        return cls(
            count=len(ordered),
            min=ordered[0],
            p50=_nearest_rank(ordered, 50),
            p90=_nearest_rank(ordered, 90),
            p95=_nearest_rank(ordered, 95),
            max=ordered[-1],
            mean=sum(ordered) / len(ordered),
        )

    def as_dict(self) -> dict[str, Any]:
        """The same as a JSON object, rounded to 0.001."""
        return {
            name: value if value is None or name == "count" else round(value, 3)
            for name in self.__slots__
            for value in (getattr(self, name),)
        }


def _nearest_rank(ordered: list[float], percent: int) -> float:
    return ordered[(percent * len(ordered) + 99) // 100 - 1]
