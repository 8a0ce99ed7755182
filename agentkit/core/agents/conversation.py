"""`Conversation`, by the path plugins know."""

from agentkit.core.conversation import Conversation, InMemoryConversation, Message

__all__ = ["Conversation", "InMemoryConversation", "Message"]
