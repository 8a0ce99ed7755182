"""The concierge with a telephone at hand: it looks for tables and rooms, books them, and sends a receipt.

Its model calls functions. What those would do in earnest is `Bookings`; a scenario may replace it (``tools:``).
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from agentkit.core.llm import ToolError
from examples import concierge
from simulator.providers import Calls, ScriptedLLM

ANSWERS: dict[str | re.Pattern[str], Any] = {
    **concierge.ANSWERS,
    "*the table*": Calls(
        ("book_table", {"people": 2, "time": "20:00"}),
        first="One moment, I will call the restaurant.",
        then=lambda results: (
            "I am sorry, I could not reach the restaurant."
            if results[0].startswith("Error")
            else f"Your table is booked: {results[0]}."
        ),
    ),
    "*ten of clubs*": Calls(
        ("is_free", {"room": "Ten of Clubs"}),
        then=lambda results: (
            "The Ten of Clubs is free tonight. Shall I reserve it?"
            if results[0] == "true"
            else "The Ten of Clubs is taken tonight, I am afraid."
        ),
    ),
}


class Bookings:
    """The books of the hotel, in memory."""

    def __init__(self) -> None:
        self.tables: list[tuple[int, str]] = []

    def book(self, people: int, time: str) -> str:
        """Keep a table and say which. Raises `ToolError` for more people than there are chairs."""
        if people > 8:
            raise ToolError("the largest table seats eight")
        self.tables.append((people, time))
        return f"table {len(self.tables)} at {time}"


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the concierge that books; ``parts`` replace parts of it, as with `concierge.create_agent`."""
    model = ScriptedLLM(rules=ANSWERS, default=concierge.DEFAULT)
    agent = await concierge.create_agent(edge=edge, **({"llm": model} | parts))
    bookings = Bookings()
    llm = agent.llm
    assert llm is not None

    @llm.register_function()
    async def book_table(people: int, time: str) -> str:
        """Book a table in the restaurant.

        Args:
            people: How many they are.
            time: When, like 19:30.
        """
        booked = bookings.book(people, time)
        await agent.edge.send_custom_event({"kind": "receipt", "people": people, "time": time})
        return booked

    @llm.register_function(on_interrupt="cancel")
    async def is_free(room: str) -> bool:
        """Whether a room is free tonight."""
        return room != "Ten of Clubs"

    return agent
