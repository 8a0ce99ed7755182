"""How long a provider takes: the same every time, or drawn from a distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from agentkit.core import clock


class Latency(Protocol):
    """A model of how long something takes."""

    def draw(self) -> float:
        """The next duration, in seconds."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always ``seconds``."""

    seconds: float

    def __post_init__(self) -> None:
        duration(self.seconds, "Fixed(seconds)")

    def draw(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Half of the draws are below ``median_s`` seconds, and a few take much longer: the shape of network
    services.

    ``sigma`` is the standard deviation of the logarithm: with 0.3, 95 % of the draws lie between 0.55 and 1.8
    times the median. ``stream`` names the random numbers it draws from (`agentkit.core.clock.rng`): give each
    model a name of its own, so that one more draw here changes nothing there.
    """

    median_s: float
    sigma: float
    stream: str

    def __post_init__(self) -> None:
        if duration(self.median_s, "LogNormal(median_s)") == 0:
            raise ValueError(
                "LogNormal(median_s): expected more than 0 seconds, got 0; use Fixed(0) for no latency"
            )
        if not (math.isfinite(self.sigma) and self.sigma >= 0):
            raise ValueError(f"LogNormal(sigma): expected 0 or more, got {self.sigma!r}; try 0.3")
        if not self.stream:
            raise ValueError(
                "LogNormal(stream): expected a name for its random numbers, such as 'llm.first_token'"
            )

    def draw(self) -> float:
        return clock.rng(self.stream).lognormvariate(math.log(self.median_s), self.sigma)


def latency(value: float | Latency) -> Latency:
    """Take a number of seconds, or a model as it is."""
    return value if hasattr(value, "draw") else Fixed(value)


def duration(seconds: object, name: str) -> float:
    """Refuse as ``name`` what is not a number of seconds, 0 or more."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name}: expected a number of seconds, got {seconds!r}")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"{name}: expected 0 or more seconds, got {seconds!r}")
    return seconds


def limit(seconds: float | None, name: str) -> float | None:
    """The same, where None stands for never."""
    return None if seconds is None else duration(seconds, name)
