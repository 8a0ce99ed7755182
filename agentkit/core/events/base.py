"""The events everything else derives from.

An event is a plain dataclass that says what happened. Its ``type`` is a dotted name (``"stt.transcript"``)
that survives serialisation; its class is what subscribers ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from agentkit.core import clock


@dataclass(kw_only=True)
class BaseEvent:
    """What every event carries.

    ``timestamp`` is wall time in UNIX seconds. ``participant`` is the person it is about, if it is about one.
    """

    type: str = "base"
    event_id: str = field(default_factory=clock.new_id)
    timestamp: float = field(default_factory=clock.now)
    session_id: str = ""
    participant: Any = None

    frequent: ClassVar[bool] = False
    """True for events that come with every chunk of media: a trace leaves them out unless asked."""


@dataclass(kw_only=True)
class PluginBaseEvent(BaseEvent):
    """An event of a plugin; ``plugin_name`` says whose."""

    type: str = "plugin.base"
    plugin_name: str = ""


@dataclass(kw_only=True)
class ErrorEvent(PluginBaseEvent):
    """Something went wrong and the call goes on.

    ``context`` says what was being done, ``temporary`` whether trying again may help.
    """

    type: str = "error"
    error: BaseException | None = None
    context: str = ""
    temporary: bool = True

    @property
    def error_message(self) -> str:
        """The error in one line: its class and what it says."""
        return f"{type(self.error).__name__}: {self.error}" if self.error is not None else ""


@dataclass(kw_only=True)
class ExceptionEvent(ErrorEvent):
    """An event handler, a processor or a filter raised. ``where`` names it, ``event`` is what it was given."""

    type: str = "exception"
    where: str = ""
    event: BaseEvent | None = None
