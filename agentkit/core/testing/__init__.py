"""Testing what an agent says and does, in text: turns, expectations of them, mocked functions and a judge.

>>> async with TextSession(llm, instructions="Be kind.") as session:
...     turn = await session.user_says("A room for two, please.")
...     turn.expects.function_called("find_room", {"people": 2}).message(containing="202").nothing_else()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.core.testing.events import AgentMessage, Failure, FunctionCall, FunctionResult, TurnEvent
    from agentkit.core.testing.expectations import Expectations
    from agentkit.core.testing.expected import Expected, called, said
    from agentkit.core.testing.judge import Judge
    from agentkit.core.testing.mocks import MockedTool
    from agentkit.core.testing.session import TextSession
    from agentkit.core.testing.turn import Turn
    from agentkit.core.testing.verdict import JudgeError, Verdict

_WHERE = {
    "AgentMessage": "events",
    "Expectations": "expectations",
    "Expected": "expected",
    "Failure": "events",
    "FunctionCall": "events",
    "FunctionResult": "events",
    "Judge": "judge",
    "JudgeError": "verdict",
    "MockedTool": "mocks",
    "TextSession": "session",
    "Turn": "turn",
    "TurnEvent": "events",
    "Verdict": "verdict",
    "called": "expected",
    "said": "expected",
}

__all__ = [
    "AgentMessage",
    "Expectations",
    "Expected",
    "Failure",
    "FunctionCall",
    "FunctionResult",
    "Judge",
    "JudgeError",
    "MockedTool",
    "TextSession",
    "Turn",
    "TurnEvent",
    "Verdict",
    "called",
    "said",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f"agentkit.core.testing.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
