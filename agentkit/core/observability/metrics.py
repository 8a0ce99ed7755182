"""Figures of a call as OpenTelemetry metrics, and so to Prometheus or wherever a meter provider sends them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.observability.figures import COUNTS, LATENCIES, PARTICIPANTS, Figures

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

Instruments = dict[str, Callable[[float, dict[str, str]], None]]


def record_metrics(events: EventManager, meter: Meter | None = None) -> Callable[[], None]:
    """Record the figures of every call whose events come through ``events``; returns a function that stops it.

    Instruments are called ``agentkit.<figure>``. ``meter`` is the global meter provider's unless given. Does nothing
    where OpenTelemetry is not installed.
    """
    try:
        instruments = _instruments(meter) if meter is not None else _global_instruments()
    except ImportError:
        return lambda: None
    figures = Figures()

    def record(event: BaseEvent) -> None:
        for figure in figures.of(event):
            instruments[figure.name](figure.value, {"plugin": figure.plugin} if figure.plugin else {})

    return events.tap(record, *figures.events)


@functools.cache
def _global_instruments() -> Instruments:
    """Those of the global provider, made once: a provider keeps every instrument it has ever made."""
    from opentelemetry import metrics

    return _instruments(metrics.get_meter("agentkit"))


def _instruments(meter: Meter) -> Instruments:
    """How each figure is recorded."""
    made: Instruments = {}
    for name in LATENCIES:
        made[name] = meter.create_histogram(f"agentkit.{name.removesuffix('_ms')}", unit="ms").record
    for name in COUNTS:
        create = meter.create_up_down_counter if name == PARTICIPANTS else meter.create_counter
        made[name] = create(f"agentkit.{name}").add
    return made
