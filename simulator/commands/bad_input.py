"""What a command cannot work with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class BadInput(Exception):
    """The command was asked for something impossible; the message says what was found and what to do instead."""


@contextlib.contextmanager
def told_as_bad_input(what: str) -> Iterator[None]:
    """An `OSError` in the block is bad input: ``what`` could not be done."""
    try:
        yield
    except BrokenPipeError:  # nobody reads any more: no mistake of anyone
        raise
    except OSError as error:
        raise BadInput(f"{what}: {error.strerror or error}") from None
