"""What was said in a call: the conversation, and a chat that shows it."""

from agentkit.core.conversation.chat import ChatChannel, ChatConversation, ChatPiece
from agentkit.core.conversation.conversation import Conversation, InMemoryConversation, Message, Role

__all__ = [
    "ChatChannel",
    "ChatConversation",
    "ChatPiece",
    "Conversation",
    "InMemoryConversation",
    "Message",
    "Role",
]
