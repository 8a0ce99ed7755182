"""Testing what an agent says and does, in text: turns, expectations of them, mocked functions and a judge.

>>> async with TextSession(llm, instructions="Be kind.") as session:
...     turn = await session.user_says("A room for two, please.")
...     turn.expects.function_called("find_room", {"people": 2}).message(containing="202").nothing_else()
"""

from agentkit.core.testing.events import AgentMessage, Failure, FunctionCall, FunctionResult, TurnEvent
from agentkit.core.testing.expectations import Expectations
from agentkit.core.testing.expected import Expected, called, said
from agentkit.core.testing.judge import Judge
from agentkit.core.testing.mocks import MockedTool
from agentkit.core.testing.session import TextSession
from agentkit.core.testing.turn import Turn
from agentkit.core.testing.verdict import JudgeError, Verdict

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
