"""What an MCP server answers, as a value for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentkit.core.llm.tools import ToolError

if TYPE_CHECKING:
    from mcp.types import CallToolResult


def value_of(result: CallToolResult) -> Any:
    """The text of ``result``, or its data where it has no text; what is neither is named.

    Raises `ToolError` for a result that is an error.
    """
    parts = [_told(block) for block in result.content]
    text = "\n".join(parts)
    if result.is_error:
        raise ToolError(text or "the MCP server reports an error and does not say which")
    return text if parts else result.structured_content


def _told(block: Any) -> str:
    """A block of content in words: a model that is spoken to cannot be shown pictures by a function."""
    if block.type == "text":
        return str(block.text)
    if block.type == "resource":
        text = getattr(block.resource, "text", None)
        return (
            str(text) if text is not None else f"[{block.resource.mime_type or 'data'}: {block.resource.uri}]"
        )
    if block.type == "resource_link":
        return f"[{block.name}: {block.uri}]"
    return f"[{block.type}: {block.mime_type}]"
