"""The concierge of a hotel whose rooms are named after playing cards.

It answers from rules instead of a model, so that it needs no key and says the same every time. Everything else
about it is an agent as you would write one, and any part of it can be replaced by a real one:
``await create_agent(edge=..., llm=..., stt=..., tts=...)``.
"""

from __future__ import annotations

import re
from typing import Any

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.plugins import silero
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

INSTRUCTIONS = (
    "You are the concierge of a small hotel. Be kind and concise, and never talk about other guests."
)

EXCURSIONS = (
    "There is a great deal to do here. In the morning you could walk along the harbour to the old lighthouse, "
    "which takes about an hour and has the best view of the bay. After lunch the botanical garden is lovely, "
    "and on weekdays it is hardly ever crowded. If you would rather be on the water, a boat leaves for the "
    "islands every hour until six. In the evening there is a concert in the market hall, and I still have four "
    "tickets at the front desk. Which of these shall I arrange for you?"
)

ANSWERS: dict[str | re.Pattern[str], str] = {
    "*queen of clubs*": "The Queen of Clubs is our largest suite. It has a balcony, and it is free tonight.",
    "*seven of clubs*": "The Seven of Clubs is a double room on the third floor. It is free until Sunday.",
    "*ten of clubs*": "The Ten of Clubs is taken tonight, I am afraid. May I offer you the Seven?",
    "*do something*": EXCURSIONS,
    "*forward*": "Then you are almost here. After ten metres, our door is the green one on your left.",
    "*the table*": "I have a table for two by the window at eight. Shall I reserve it?",
    "*take notes*": "I do. Tell me what you need, and I will write it down.",
    "*suing*": "I am sorry, I never talk about other guests. Is there anything I can do for you?",
    "*documents*": "Thank you, I have found the link. Your documents are being printed at the front desk.",
    "*superlative*": "Then only the Queen of Clubs will do. It is our best suite.",
    "*your country*": "President Kennedy said that better than anyone. What may I do for you?",
    re.compile(r"amiable|dashwood|disposed|selfish", re.IGNORECASE): (
        "That is from Sense and Sensibility. There is a copy in our library, next to the fireplace."
    ),
    re.compile(r"^\W*(okay|hmm|mm-hmm|yes)\W*$", re.IGNORECASE): "Very well. Is there anything else?",
}

DEFAULT = "I am not sure that I understood. Could you say that again, please?"


async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    """Make the concierge, to answer on ``edge``. ``parts`` replace its llm, stt, tts, vad and so on."""
    scripted: dict[str, Any] = {
        "llm": ScriptedLLM(rules=ANSWERS, default=DEFAULT),
        "stt": ScriptedSTT(),
        "tts": ScriptedTTS(),
        "vad": silero.VAD(),
    }
    user = User(name="Concierge", id="concierge")
    return Agent(edge=edge, agent_user=user, instructions=INSTRUCTIONS, **(scripted | parts))


async def join_call(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
    """Join the call and answer until it ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.finish()
