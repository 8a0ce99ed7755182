"""Events: what happened, told to whoever asked."""

from agentkit.core.events.base import BaseEvent, ErrorEvent, ExceptionEvent, PluginBaseEvent
from agentkit.core.events.manager import EventManager

__all__ = ["BaseEvent", "ErrorEvent", "EventManager", "ExceptionEvent", "PluginBaseEvent"]
