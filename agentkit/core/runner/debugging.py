"""``--debug``: what blocks the event loop is an error."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def debugging(enabled: bool) -> Iterator[None]:
    """Inside the block, if ``enabled``, a blocking call in the event loop raises; where blockbuster is installed."""
    if not enabled:
        yield
        return
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    try:
        from blockbuster import blockbuster_ctx
    except ModuleNotFoundError:
        logger.warning("install blockbuster to have blocking calls raise; asyncio only reports slow ones")
        yield
        return
    with blockbuster_ctx():
        yield
