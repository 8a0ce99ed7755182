"""Figures of a call, sent to everyone in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agentkit.core.agents.events import AgentTurnEnded
from agentkit.core.edge import EdgeTransport
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager
from agentkit.core.observability.figures import COUNTS, LATENCIES, Figures


def broadcast_metrics(edge: EdgeTransport, events: EventManager) -> Callable[[], None]:
    """After every turn of the agent, send the call's figures so far as a custom event. Returns a function that ends it.

    ``{"type": "agent_metrics", "response_latency_ms": 1124.0, ..., "interruptions": 1}``: counts since the call began,
    and of each latency the latest.
    """
    figures = Figures()
    latest: dict[str, Any] = {"type": "agent_metrics"} | dict.fromkeys(COUNTS, 0)
    sending: set[asyncio.Task[None]] = set()

    async def send(data: dict[str, Any]) -> None:
        try:
            await edge.send_custom_event(data)
        except Exception as error:
            events.send(ErrorEvent(error=error, context="broadcasting metrics"))

    def see(event: BaseEvent) -> None:
        for figure in figures.of(event):
            if figure.name in LATENCIES:
                latest[figure.name] = round(figure.value, 1)
            else:
                latest[figure.name] += round(figure.value)
        if isinstance(event, AgentTurnEnded):
            task = asyncio.get_running_loop().create_task(send(dict(latest)))
            sending.add(task)
            task.add_done_callback(sending.discard)

    remove = events.tap(see, *figures.events)

    def stop() -> None:
        remove()
        for task in sending:
            task.cancel()

    return stop
