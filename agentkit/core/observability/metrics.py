"""Figures of a call as OpenTelemetry metrics, and so to Prometheus or wherever a meter provider sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.observability.figures import COUNTS, LATENCIES, PARTICIPANTS, Figures

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter


def record_metrics(events: EventManager, meter: Meter | None = None) -> Callable[[], None]:
    """Record the figures of every call whose events come through ``events``; returns a function that stops it.

    Instruments are called ``agentkit.<figure>``. ``meter`` is the global meter provider's unless given. Does nothing
    where OpenTelemetry is not installed.
    """
    if meter is None:
        try:
            from opentelemetry import metrics
        except ImportError:
            return lambda: None
        meter = metrics.get_meter("agentkit")
    instruments = _instruments(meter)
    figures = Figures()

    def record(event: BaseEvent) -> None:
        for figure in figures.of(event):
            instruments[figure.name](figure.value, {"plugin": figure.plugin} if figure.plugin else {})

    return events.tap(record, *figures.events)


def _instruments(meter: Meter) -> dict[str, Callable[[float, dict[str, str]], None]]:
    """How each figure is recorded."""
    made: dict[str, Callable[[float, dict[str, str]], None]] = {}
    for name in LATENCIES:
        made[name] = meter.create_histogram(f"agentkit.{name.removesuffix('_ms')}", unit="ms").record
    for name in COUNTS:
        create = meter.create_up_down_counter if name == PARTICIPANTS else meter.create_counter
        made[name] = create(f"agentkit.{name}").add
    return made
