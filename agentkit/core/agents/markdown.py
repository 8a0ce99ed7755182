"""`pieces`, by the path plugins know."""

from agentkit.core.conversation.markdown import pieces

__all__ = ["pieces"]
