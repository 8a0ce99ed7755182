"""The figures of a call, put into words for tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

from simulator.trace import Distribution, Metrics
from simulator.trace.metrics import TurnMetrics

STATISTICS = ("count", "min", "p50", "p90", "p95", "max", "mean")
STAGES = ("response_latency_ms", "endpointing_ms", "llm_first_token_ms", "tts_first_audio_ms", "playout_ms")


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure to be read at a glance."""

    name: str
    value: str
    unit: str = ""
    tone: str = ""


def tiles(metrics: Metrics, virtual_s: float) -> list[Tile]:
    """The figures that tell the most."""
    return [
        Tile("length", f"{virtual_s:.1f}", "s"),
        Tile("response, p95", whole(metrics.response_latency_ms.p95), "ms"),
        Tile("yield, p95", whole(metrics.yield_latency_ms.p95), "ms"),
        Tile("interruptions", str(metrics.interruptions)),
        Tile("talk-over", whole(metrics.talk_over_ms), "ms"),
        Tile("errors", str(metrics.errors)),
    ]


def distributions(metrics: Metrics) -> Iterator[tuple[str, list[str]]]:
    """A row for each latency that was measured at least once."""
    for name, distribution in _distributions(metrics):
        if distribution.count:
            yield spoken(name), [whole(getattr(distribution, statistic)) for statistic in STATISTICS]


def counts(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """All figures that are a single number."""
    for field in fields(metrics):
        value = getattr(metrics, field.name)
        if field.name != "turns" and not isinstance(value, Distribution):
            yield spoken(field.name), _Unit.of(field.name).told(value)


def turn_rows(metrics: Metrics) -> Iterator[tuple[TurnMetrics, list[str]]]:
    """The agent's turns, each with its wait and the stages of it."""
    for turn in metrics.turns:
        yield turn, [whole(getattr(turn, stage)) for stage in STAGES]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after. ``trend`` is -1 where it got better, 1 where it got worse, 0 for neither."""

    name: str
    before: str
    after: str
    change: str
    trend: int


def changes(before: Metrics, after: Metrics) -> Iterator[Change]:
    """All figures that either of two calls has."""
    for name, old in _distributions(before):
        new: Distribution = getattr(after, name)
        for statistic in ("p50", "p95"):
            values = getattr(old, statistic), getattr(new, statistic)
            yield from _change(f"{spoken(name)}, {statistic}", *values, _Unit.of(name), 1)
    worse = {"talk_over_ms": 1, "false_interruptions": 1, "errors": 1, "heard_ratio": -1}
    for field in fields(before):
        old_value, new_value = getattr(before, field.name), getattr(after, field.name)
        if field.name != "turns" and not isinstance(old_value, Distribution):
            unit = _Unit.of(field.name)
            yield from _change(spoken(field.name), old_value, new_value, unit, worse.get(field.name, 0))


def spoken(name: str) -> str:
    """``response_latency_ms`` as ``response latency``."""
    return name.removesuffix("_ms").replace("_", " ").replace("llm ", "model ").replace("tts ", "voice ")


def whole(value: float | None) -> str:
    """Without digits nobody needs, a dash for nothing."""
    return "–" if value is None else f"{value:.0f}"


class _Unit(NamedTuple):
    """How a figure is written: in units of ``name``, of which one of the figure has ``scale``."""

    name: str
    scale: float = 1

    @classmethod
    def of(cls, figure: str) -> _Unit:
        if figure.endswith("_ms"):
            return cls(" ms")
        return cls(" %", 100) if figure.endswith("_ratio") else cls("")

    def told(self, value: float | None, sign: str = "") -> str:
        return "–" if value is None else f"{value * self.scale:{sign}.0f}{self.name}"


def _change(name: str, old: float | None, new: float | None, unit: _Unit, worse: int) -> Iterator[Change]:
    if old is None and new is None:
        return
    told, trend = "new" if old is None else "gone", 0
    if old is not None and new is not None:
        difference = round((new - old) * unit.scale)
        told = unit.told(new - old, "+") if difference else ""
        trend = worse * ((difference > 0) - (difference < 0))
    yield Change(name, unit.told(old), unit.told(new), told, trend)


def _distributions(metrics: Metrics) -> Iterator[tuple[str, Distribution]]:
    for field in fields(metrics):
        value = getattr(metrics, field.name)
        if isinstance(value, Distribution):
            yield field.name, value
