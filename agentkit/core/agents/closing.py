"""Closing an agent: all that it is made of at once, and within a second, whatever hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agentkit.core.agents.bounded import CANCEL_LIMIT_S, all_within
from agentkit.core.events import ErrorEvent, EventManager

CLOSE_LIMIT_S = 1.0
"""How long closing an agent may take, whatever hangs."""

PARTS_LIMIT_S = 0.85
"""How much of that is for all its parts together; event handlers get what is left."""

CONNECTION_LIMIT_S = 0.5
"""How long the edge waits for the connection to be closed before it is closed itself."""


async def close_all(
    parts: Mapping[str, Awaitable[Any]], events: EventManager, finish: Callable[[], None]
) -> None:
    """Close the ``parts``, call ``finish``, and close the ``events`` when their handlers are done with all that."""
    loop = asyncio.get_running_loop()
    over_at = loop.time() + CLOSE_LIMIT_S
    await close_within(PARTS_LIMIT_S, parts, events)
    finish()
    left_s = over_at - loop.time() - 2 * CANCEL_LIMIT_S
    await all_within(left_s, {"event handlers": events.wait(CLOSE_LIMIT_S)})
    await all_within(CANCEL_LIMIT_S, {"events": events.close()})


async def close_within(limit_s: float, parts: Mapping[str, Awaitable[Any]], events: EventManager) -> None:
    """Close the ``parts``, for at most ``limit_s`` seconds; what fails, or would take longer, is an event."""
    for name, error in (await all_within(limit_s, parts)).items():
        events.send(ErrorEvent(error=error, context=f"closing the {name}"))
