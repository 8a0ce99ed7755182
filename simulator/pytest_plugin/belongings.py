"""What a process has at an instant: threads, sockets, open files. Two instants compared show what was left behind."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from collections.abc import Sequence

import pytest

DESCRIPTORS = "/proc/self/fd"
"""Where Linux lists the open files of a process. Elsewhere, sockets and files are not looked for."""


class Belongings:
    """The threads, sockets and files of this process when it was made."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._files = _open_files()

    def added_since(self) -> list[str]:
        """Those that have come since and are still there."""
        threads = [thread for thread in threading.enumerate() if thread not in self._threads]
        if _open_files() - self._files:
            gc.collect()  # a file that nobody refers to any more is closed by now, or now
        files = (_open_files() - self._files).elements()
        return [*(f"thread {thread.name!r}" for thread in threads), *sorted(files)]


def complain(left: Sequence[str], advice: str) -> None:
    """Fail the test that runs, if there is anything in ``left``."""
    if left:
        pytest.fail("\n  - ".join(["left behind by the test:", *left]) + f"\n{advice}", pytrace=False)


def _open_files() -> Counter[str]:
    """The sockets and files that this process has open, as the system names them, and how often."""
    try:
        descriptors = os.listdir(DESCRIPTORS)
    except OSError:
        return Counter()
    return Counter(name for descriptor in descriptors if (name := _described(descriptor)))


def _described(descriptor: str) -> str:
    try:
        name = os.readlink(f"{DESCRIPTORS}/{descriptor}")
    except OSError:
        return ""  # closed since, as the one that the listing itself was read from
    if name.startswith("socket:"):
        return name.replace(":", " ", 1)
    return f"file {name}" if name.startswith("/") and not name.startswith(("/dev/", "/proc/")) else ""
