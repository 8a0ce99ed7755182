"""The end of a command whose output goes nowhere: its reader has gone, or its disk is full."""

from __future__ import annotations

import errno
import os

BROKEN_PIPE = 141
"""128 and the number of SIGPIPE: what a shell reports for a program whose reader has gone."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def is_broken_pipe(error: BaseException) -> bool:
    """Whether ``error`` is a broken pipe, or what typer makes of one: ``SystemExit(1)``."""
    return isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)


def is_full(error: OSError) -> bool:
    """Whether the standard output takes no more. Of a file, the error has the name."""
    return error.errno in _FULL and error.filename is None


def let_go_of_output() -> None:
    """Python writes what is left when it ends; let that go nowhere, rather than fail with words of its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
