"""A concierge who sees: asked something, it says the colour of what it is shown.

Its model is scripted and knows nothing but colours. Any model that watches can take its place:
``await create_agent(edge=..., llm=...)``.
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
from examples import concierge
from simulator.providers import ScriptedVLM

VIEWS: dict[str | re.Pattern[str], Any] = {
    "nothing": "I cannot see you.",
    "*, red": "I see your face.",
    "*, blue": "That is a blue card. It opens the Queen of Clubs.",
    "*, green": "I am looking at your slides.",
}


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the onlooker; ``parts`` replace parts of it, as with `concierge.create_agent`."""
    model = ScriptedVLM(views=VIEWS, default="I see something.", fps=10, frame_buffer_seconds=1)
    return await concierge.create_agent(edge=edge, **({"llm": model} | parts))
