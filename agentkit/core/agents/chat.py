"""`ChatConversation`, by the path plugins know."""

from agentkit.core.conversation import ChatChannel, ChatConversation, ChatPiece

__all__ = ["ChatChannel", "ChatConversation", "ChatPiece"]
