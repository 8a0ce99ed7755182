"""What STT, TTS, LLM, VAD and the other components have in common."""

from __future__ import annotations

from typing import Any

from agentkit.core import clock
from agentkit.core.events import ErrorEvent, EventManager


class Component:
    """A part of an agent that wraps a provider: it has events, a name, and it can be closed.

    A plugin calls ``super().__init__()`` and keeps its provider's client as ``self.client``.
    """

    provider_name: str = ""
    error_event: type[ErrorEvent] = ErrorEvent

    def __init__(self) -> None:
        self.events = EventManager()
        self.session_id = clock.new_id()
        self.closed = False
        self.provider_name = type(self).provider_name or _default_name(type(self))

    async def start(self) -> None:
        """Get ready: called once when the agent joins. Raise here for permanent trouble such as a bad key."""

    async def close(self) -> None:
        """Release the provider. Calling it again does nothing."""
        self.closed = True

    def _emit_error_event(self, error: BaseException, context: str = "", **details: Any) -> None:
        """Report temporary trouble; the call goes on."""
        self.events.send(
            self.error_event(
                error=error,
                context=context,
                plugin_name=self.provider_name,
                session_id=self.session_id,
                **details,
            )
        )


def _default_name(cls: type) -> str:
    """``agentkit.plugins.acme.stt.STT`` is ``acme``; anything else is its class name in lower case."""
    parts = cls.__module__.split(".")
    if parts[:2] == ["agentkit", "plugins"] and len(parts) > 2:
        return parts[2]
    return cls.__name__.lower()
