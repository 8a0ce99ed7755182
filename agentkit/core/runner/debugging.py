"""``--debug``: what blocks the event loop is an error."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

logger = logging.getLogger(__name__)

_READS_AT_ONCE = ("agentkit/core/agents/instructions.py", {"__init__"})
"""Instructions are small files, read where an agent is made."""


@contextlib.contextmanager
def debugging(enabled: bool) -> Iterator[None]:
    """Inside the block, if ``enabled``, a call that blocks the event loop raises; where blockbuster is installed.

    Questions to the file system (does it exist, what is in the folder) take microseconds and are left alone.
    """
    if not enabled:
        yield
        return
    try:
        from blockbuster import BlockBuster
    except ModuleNotFoundError:
        logger.warning("install blockbuster to have blocking calls raise; asyncio only reports slow ones")
        yield
        return
    checks = {name: check for name, check in BlockBuster().functions.items() if not name.startswith("os.")}
    for name in ("io.BufferedReader.read", "io.TextIOWrapper.read"):
        checks[name].can_block_in(*_READS_AT_ONCE)
    for check in checks.values():
        check.activate()
    try:
        yield
    finally:
        for check in checks.values():
            check.deactivate()
