"""Logs that say which call and which agent they are about."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import TextIO

about: ContextVar[dict[str, str] | None] = ContextVar("agentkit_log_context", default=None)
"""The ids that the running code works for; `Agent.join` sets ``call_id`` and ``agent_id``."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class CallContext(logging.Filter):
    """Adds the ids of the running call to every record, as attributes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never refuses."""
        for name, value in (about.get() or {}).items():
            setattr(record, name, value)
        return True


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, the call's ids and whatever ``extra`` was given."""

    def format(self, record: logging.LogRecord) -> str:
        """The record on one line."""
        told: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


def configure_logs(
    level: int | str = logging.INFO, *, as_json: bool = False, stream: TextIO | None = None
) -> logging.Handler:
    """Send agentkit's logs to ``stream`` (standard error), in lines for people or, ``as_json``, for machines.

    Calling it again replaces what the last call set up. Returns the handler.
    """
    logger = logging.getLogger("agentkit")
    for handler in [h for h in logger.handlers if getattr(h, "_agentkit", False)]:
        logger.removeHandler(handler)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler._agentkit = True  # type: ignore[attr-defined]
    handler.addFilter(CallContext())
    lines = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if as_json else lines)
    logger.addHandler(handler)
    logger.setLevel(level)
    return handler
