"""What was logged while a scenario ran, kept back until it is known whether anyone wants to read it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 20
"""Messages that are kept, the last ones; a message may be a traceback."""


class HeldLog(logging.Handler):
    """The last warnings and errors, as texts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.messages: deque[str] = deque(maxlen=LONGEST)

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(self.format(record))


@contextmanager
def hold_log() -> Iterator[HeldLog]:
    """Keep what would otherwise be printed. An agent that has set up logging itself logs where it wants to."""
    before, held = logging.lastResort, HeldLog()
    logging.lastResort = held
    try:
        yield held
    finally:
        logging.lastResort = before
